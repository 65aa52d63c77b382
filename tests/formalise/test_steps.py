from __future__ import annotations

import json
from pathlib import Path

import pytest

from redstar_geo.errors import InputError
from redstar_geo.formalise.steps import judge_file
from redstar_geo.geometry.construct import construct
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.narrate import narrate
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.records import SCHEMAS, Problem, to_row
from redstar_geo.run import write_rows
from redstar_geo.sources import formalgeo7k
from tests.paths import DOZEN


@pytest.fixture
def problems(tmp_path: Path) -> Path:
    path = tmp_path / "problems.parquet"
    built = [construct("isosceles", seed=seed).problem for seed in range(3)]
    write_rows(path, SCHEMAS[Problem], map(to_row, built))
    return path


def _lines(tmp_path: Path) -> Path:
    file = tmp_path / "items.jsonl"
    rows = []
    for seed in range(3):
        built = construct("isosceles", seed=seed)
        told = narrate(built.proof, form="long", language="en", seed=seed)
        rows.append(
            json.dumps({"id": built.problem.id, "response": f"{told.reasoning} And 2 + 2 = {4 + (seed == 1)}."})
        )
    rows.insert(1, "not json")
    rows.append(json.dumps({"id": "builtin/nobody", "response": "1 + 1 = 2"}))
    file.write_text("\n".join(rows) + "\n")
    return file


def test_every_line_has_its_claims_or_a_reason_and_the_false_step_is_named(tmp_path: Path, problems: Path) -> None:
    out = tmp_path / "steps.jsonl"
    tally = judge_file(_lines(tmp_path), problems, out)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["line"] for row in rows] == [1, 2, 3, 4, 5]
    assert ["claims" in row for row in rows] == [True, False, True, True, False]
    assert [row.get("first_false") is not None for row in rows] == [False, False, True, False, False]
    false = rows[2]["claims"][rows[2]["first_false"]]
    assert false["text"] == "2 + 2 = 5" and false["reason"] == "arithmetic: 4 against 5"
    assert tally.counts["no claims: bad_line"] == 2
    assert [row["errors"] for row in rows if "claims" in row] == [0, 1, 0] and tally.counts["errors made"] == 1
    assert tally.unreadable[0] == (2, "not JSON (Expecting value at character 1)")
    assert tally.unreadable[1] == (5, "no problem has the id 'builtin/nobody'")
    assert tally.counts["traces with a false step"] == tally.counts["false"] == 1


def test_an_error_that_the_trace_mends_is_counted_and_no_false_step(tmp_path: Path, problems: Path) -> None:
    file = tmp_path / "mended.jsonl"
    name = construct("isosceles", seed=0).problem.id
    file.write_text(json.dumps({"id": name, "response": "2 + 2 = 5. Wait, that's wrong: 2 + 2 = 4."}) + "\n")
    tally = judge_file(file, problems, tmp_path / "steps.jsonl")
    (row,) = map(json.loads, (tmp_path / "steps.jsonl").read_text().splitlines())
    assert (row["first_false"], row["errors"], row["mended"]) == (None, 1, 1)
    first, last = row["claims"]
    assert (first["status"], first["was"], first["mended"], last["status"]) == ("withdrawn", "false", True, "true")
    assert tally.counts["errors mended by the trace itself"] == 1


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path, problems: Path) -> None:
    file, whole, torn = _lines(tmp_path), tmp_path / "whole.jsonl", tmp_path / "torn.jsonl"
    judge_file(file, problems, whole)
    lines = whole.read_text().splitlines(keepends=True)
    torn.write_text("".join(lines[:2]) + lines[2][:20])
    judge_file(file, problems, torn)
    assert torn.read_text() == whole.read_text()


def test_a_missing_file_is_named(tmp_path: Path, problems: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.jsonl"):
        judge_file(tmp_path / "nowhere.jsonl", problems, tmp_path / "out.jsonl")
    with pytest.raises(InputError, match=r"nowhere\.parquet"):
        judge_file(_lines(tmp_path), tmp_path / "nowhere.parquet", tmp_path / "out.jsonl")
    with pytest.raises(InputError, match="has no readable predicate and theorem files"):
        judge_file(_lines(tmp_path), problems, tmp_path / "out.jsonl", tmp_path / "gdl")


def test_what_was_judged_by_other_problems_is_not_gone_on_with(tmp_path: Path, problems: Path) -> None:
    file, out = _lines(tmp_path), tmp_path / "steps.jsonl"
    judge_file(file, problems, out)
    before = out.read_bytes()
    write_rows(problems, SCHEMAS[Problem], [to_row(construct("isosceles", seed=0).problem)])
    with pytest.raises(InputError, match="left as it is"):
        judge_file(file, problems, out)
    write_rows(problems, SCHEMAS[Problem], [to_row(construct("isosceles", seed=9).problem)])
    with pytest.raises(InputError, match=r"has no line with an id of .*problems\.parquet and a response"):
        judge_file(file, problems, out)
    assert out.read_bytes() == before


def test_proofs_and_figures_are_kept_for_the_next_process(tmp_path: Path) -> None:
    problem = next(found for found in formalgeo7k.problems(DOZEN) if isinstance(found, Problem))
    path = tmp_path / "facts.sqlite"
    with Library(path, DOZEN / "gdl") as library:
        proof, figures = library.proof(problem), library.facts(problem).figures
    with Library(path, None) as library, pytest.raises(ReplayError, match="no_formal_statement"):
        library.proof(problem)
    with Library(path, Path("no such folder")) as library:  # nothing is replayed again
        assert library.proof(problem) == proof
        assert library.facts(problem).figures == figures
