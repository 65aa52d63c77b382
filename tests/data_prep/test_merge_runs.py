"""Merging runs that share their problems: what nothing is left of makes no rows, and all stages come to their end."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redstar_geo import recipe
from redstar_geo.data_prep.pipeline import main
from redstar_geo.errors import InputError
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import SCHEMAS, Problem, Trace, Verdict, to_row
from redstar_geo.run import write_rows


def finished(folder: Path, numbers: range, samples: int = 2) -> Path:
    """A run with the problems of these numbers and right traces for each."""
    problems = [
        Problem(f"m/{n}", "math", "m", "train", "own", f"Find x if x + {n} = 100.", str(100 - n), "number", "en")
        for n in numbers
    ]
    traces = [trace(problem, sample) for problem in problems for sample in range(samples)]
    write_rows(folder / "problems.parquet", SCHEMAS[Problem], map(to_row, problems))
    write_rows(folder / "traces.parquet", SCHEMAS[Trace], map(to_row, traces))
    return folder


def trace(problem: Problem, sample: int) -> Trace:
    reasoning = f"Telling {sample}: both sides of {problem.question} are made less by as much."
    response = f"The answer is \\boxed{{{problem.answer}}}."
    right = Verdict("correct", "match", problem.answer)
    return Trace(problem.id, sample, "t", f"{problem.id}#{sample}", reasoning, response, "stop", verdict=right)


def merged(tmp_path: Path, *runs: Path, **changes: Any) -> dict[str, Any]:
    sources = {f"run{n}": {"kind": "run", "path": str(run)} for n, run in enumerate(runs)}
    values = {"run": str(tmp_path / "merged"), "sources": sources, "filters": {}, "workers": 1}
    return main(recipe.check(DataRecipe, values | changes, "test"))


def groups(path: Path) -> list[int]:
    found = pq.read_metadata(path)
    return [found.row_group(number).num_rows for number in range(found.num_row_groups)]


@pytest.mark.parametrize("changes", [{}, {"prompts": {}}])
def test_the_same_run_twice_counts_once(tmp_path: Path, changes: dict[str, Any]) -> None:
    run = finished(tmp_path / "a", range(3))
    counts = merged(tmp_path, run, run, **changes)
    assert counts["collect"] == {"in": 6, "out": 3, "rejected": {"problem_of_an_earlier_run": 3}, "pending": 0}
    assert counts["verify"]["out"] == counts["filter"]["in"] == 6
    for name in ("problems.parquet", "traces.parquet"):
        assert 0 not in groups(tmp_path / "merged" / name)


def test_a_whole_batch_that_an_earlier_run_has(tmp_path: Path) -> None:
    small = finished(tmp_path / "small", range(1024), samples=1)
    large = finished(tmp_path / "large", range(1030), samples=1)
    counts = merged(tmp_path, small, large, filters=None)
    assert counts["collect"]["out"] == counts["select"]["in"] == 1030
    written = groups(tmp_path / "merged" / "problems.parquet")
    assert sum(written) == 1030 and 0 not in written


def test_row_groups_of_nothing_do_no_harm(tmp_path: Path) -> None:
    run = finished(tmp_path / "a", range(3))
    for name, kind in (("problems.parquet", Problem), ("traces.parquet", Trace)):
        table = pq.read_table(run / name)
        with pq.ParquetWriter(run / name, SCHEMAS[kind]) as writer:
            for part in (table.slice(0, 2), table.slice(0, 0), table.slice(2)):
                for batch in part.to_batches() or [pa.RecordBatch.from_pylist([], SCHEMAS[kind])]:
                    writer.write_batch(batch)
    assert 0 in groups(run / "problems.parquet")
    counts = merged(tmp_path, run, prompts={})
    assert counts["screen"]["in"] == 3 and counts["filter"]["in"] == 6


def test_runs_without_a_problem_are_said_so(tmp_path: Path) -> None:
    run = finished(tmp_path / "empty", range(0))
    with pytest.raises(InputError, match=rf"No problem in {run}: no run there asked one"):
        merged(tmp_path, run)


def test_a_run_that_was_merged_and_changes_is_noticed(tmp_path: Path) -> None:
    run = finished(tmp_path / "a", range(3))
    merged(tmp_path, run)
    finished(tmp_path / "a", range(10, 13))
    with pytest.raises(InputError, match=r"made with other inputs: sources\.run0\.path was"):
        merged(tmp_path, run)
