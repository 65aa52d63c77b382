"""The tables of a run that stand row for row beside each other: read together, and never when they are out of step."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redstar_geo.aligned import OutOfStepError, aligned, by_problem
from redstar_geo.records import Problem


def write(path: Path, rows_a_group: int = 7, **columns: list) -> Path:
    pq.write_table(pa.table(columns), path, row_group_size=rows_a_group)
    return path


@pytest.fixture
def problems(tmp_path: Path) -> Path:
    levels = [float(n) for n in range(20)]
    return write(
        tmp_path / "problems.parquet", id=[f"p/{n}" for n in range(20)], question=["?"] * 20, difficulty=levels
    )


def test_columns_beside_take_the_place_of_its_own_whatever_the_row_groups(problems: Path, tmp_path: Path) -> None:
    ids = [f"p/{n}" for n in range(20)]
    screened = write(tmp_path / "a.parquet", 3, problem_id=ids, difficulty=[n + 0.5 for n in range(20)])
    audited = write(tmp_path / "b.parquet", 20, problem_id=ids, status=ids)
    batches = list(aligned(problems, {screened: ["difficulty"], audited: ["status"]}, ["difficulty"], rows=5))
    table = pa.concat_tables(batches)
    assert table.column_names == ["id", "difficulty", "status"] and max(map(len, batches)) == 5
    assert table["difficulty"].to_pylist() == [n + 0.5 for n in range(20)]
    assert table["status"].to_pylist() == table["id"].to_pylist()


def test_a_stage_that_was_left_out_has_no_reason_and_leaves_the_levels(problems: Path, tmp_path: Path) -> None:
    absent = {tmp_path / "none.parquet": ["difficulty", "reason"]}
    table = pa.concat_tables(aligned(problems, absent, ["difficulty"], optional=True))
    assert table["difficulty"].to_pylist() == list(range(20)) and table["reason"].null_count == 20
    with pytest.raises(FileNotFoundError):
        list(aligned(problems, absent))


def test_another_runs_table_is_named_with_its_row(tmp_path: Path) -> None:
    ids, samples = ["a", "a", "b", "b"], [0, 1, 0, 1]
    traces = write(tmp_path / "traces.parquet", problem_id=ids, sample=samples)
    other = tmp_path / "filters.parquet"
    for theirs, message in (
        (
            {"problem_id": ["a", "a", "b", "c"], "sample": samples},
            r"filters\.parquet is out.*row 3 it has problem_id c",
        ),
        ({"problem_id": ids, "sample": [0, 1, 1, 0]}, r"at row 2 it has sample 1, not 0"),
        ({"problem_id": ids[:3], "sample": samples[:3]}, r"at row 3 it has no more rows"),
        ({"problem_id": [*ids, "c"], "sample": [*samples, 0]}, r"at row 4 it has more rows"),
        ({"sample": samples}, r"at row 0 it has no problem_id"),
    ):
        write(other, reason=["x"] * len(theirs["sample"]), **theirs)
        with pytest.raises(OutOfStepError, match=message):
            list(aligned(traces, {other: ["reason"]}))


def test_every_problem_gets_its_rows_and_no_row_is_left_over() -> None:
    asked = [Problem(name, "math", "m", "train", "own", "?", "1", "number", "en") for name in "abc"]
    rows = [("a", 1), ("a", 2), ("c", 3)]
    found = [(problem.id, some) for problem, some in by_problem(asked, rows, lambda row: row[0])]
    assert found == [("a", rows[:2]), ("b", []), ("c", rows[2:])]
    with pytest.raises(OutOfStepError, match="A trace of b stands"):
        list(by_problem(asked, [("c", 1), ("b", 2)], lambda row: row[0]))
