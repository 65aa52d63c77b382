"""Runs, evaluations and comparisons in one folder are found, and browsed as traces."""

from __future__ import annotations

from pathlib import Path

import pytest

from redstar_geo.errors import InputError
from redstar_geo.eval.compare import main as compare
from redstar_geo.recipes.evaluation import CompareRecipe
from redstar_geo.viewing.runs import Runs
from redstar_geo.viewing.trace_store import Query
from tests.viewing.evaluated import write_evaluation, write_problems
from tests.viewing.many import write_many


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight problems: the second evaluation gains the first two, loses the third, and is right on the fourth too."""
    folder = tmp_path_factory.mktemp("runs")
    problems = write_problems(folder / "exam" / "problems.parquet", 8)
    wrong = [rf"\boxed{{{1000 + place}}}" for place in range(8)]
    right = [rf"\boxed{{{problem.answer}}}" for problem in problems]
    first, second = wrong[:2] + right[2:4] + wrong[4:], right[:2] + wrong[2:3] + right[3:4] + wrong[4:]
    for name, answers in (("before", first), ("after", second)):
        pairs = list(zip(problems, answers, strict=True))
        write_evaluation(folder / name, folder / "exam" / "problems.parquet", name, pairs)
    recipe = {"first": str(folder / "before"), "second": str(folder / "after"), "run": str(folder / "compared")}
    compare(CompareRecipe.model_validate(recipe))
    write_many(folder / "data", 100)
    return folder


def test_all_kinds_are_found_in_a_folder_and_each_by_itself(folder: Path) -> None:
    assert Runs(folder).names == ["after", "before", "compared", "data"]
    for name in ("after", "compared", "data", "data/../before"):
        assert Runs(folder / name).first.traces > 0


def test_an_evaluation_is_browsed_as_traces(folder: Path) -> None:
    store = Runs(folder).open("before")
    traces = [store.trace(row) for row in range(store.traces)]
    assert [trace.verdict.status for trace in traces if trace.verdict] == ["wrong"] * 2 + ["correct"] * 2 + [
        "wrong"
    ] * 4
    assert traces[0].reasoning == "It says\x85before." and traces[0].response == r"\boxed{1000}"
    assert store.values("teacher") == ["before"] and store.values("flip") == []
    problem = store.problem(traces[0].problem_id)
    assert problem is not None and problem.images


def test_flips_stand_first_and_show_both_answers(folder: Path) -> None:
    store = Runs(folder).open("compared")
    assert store.values("flip") == ["gained", "lost", "same"]
    gained = store.find(Query({"flip": ["gained"]})).tolist()
    assert gained == [0, 1, 2, 3] and store.find(Query({"flip": ["lost"]})).tolist() == [4, 5]
    for row in gained:
        both = store.together(row)
        assert [trace.teacher for trace in both] == ["1 · before", "2 · after"]
        assert [trace.verdict.status for trace in both if trace.verdict] == ["wrong", "correct"]
        assert both[0].problem_id == both[1].problem_id


def test_what_is_missing_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to browse"):
        Runs(tmp_path)
    with pytest.raises(InputError, match="nothing called"):
        Runs(folder).open("../exam")
    (tmp_path / "compare.json").write_text((folder / "compared" / "compare.json").read_text().replace("before", "gone"))
    with pytest.raises(InputError, match="cannot be read"):
        Runs(tmp_path)
