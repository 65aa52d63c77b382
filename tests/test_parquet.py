"""Parquet whose few bytes unpack to gigabytes is read in bounded memory or refused; honest files are read as ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redstar_geo.errors import InputError
from redstar_geo.geometry.construct import construct
from redstar_geo.parquet import ROOM, batches, row_group, whole_columns
from redstar_geo.records import SCHEMAS, Problem, from_row, read, to_row
from redstar_geo.run import write_json, write_rows
from redstar_geo.trainer.dataset import export_files, open_export
from redstar_geo.viewing.trace_store import TraceStore

_LONG, _ROWS = 3_200_000, 1_000


def one_value(path: Path) -> None:
    """A question of megabytes that stands in every row, written once: 3.2 GB in some kilobytes."""
    row = to_row(construct("isosceles", seed=1).problem) | {"images": []}
    table = pa.Table.from_pylist([row] * _ROWS, schema=SCHEMAS[Problem])
    question = pa.DictionaryArray.from_arrays(pa.array([0] * _ROWS, pa.int32()), pa.array(["x" * _LONG]))
    table = table.set_column(table.schema.get_field_index("question"), "question", question)
    pq.write_table(table, path, compression="zstd", store_schema=False, row_group_size=_ROWS)


def zeros(path: Path) -> None:
    """The same without a dictionary: one page after the other packs to nothing."""
    table = pa.table({"question": pa.array(["x" * _LONG] * 100)})
    pq.write_table(table, path, compression="zstd", use_dictionary=False)


def nothing(path: Path) -> None:
    """A list of millions of nulls."""
    lists = pa.ListArray.from_arrays(pa.array([0, (1 << 26) + 1], pa.int32()), pa.nulls((1 << 26) + 1, pa.int8()))
    pq.write_table(pa.table({"question": lists}), path, compression="zstd")


def test_a_batch_has_room_for_the_largest_value_in_each_row(tmp_path: Path) -> None:
    one_value(tmp_path / "problems.parquet")
    assert (tmp_path / "problems.parquet").stat().st_size < 100_000
    with pq.ParquetFile(tmp_path / "problems.parquet") as file:
        first = next(batches(file, ["question"]))
        assert len(first) > 0 and first.nbytes <= ROOM
        with pytest.raises(pa.ArrowInvalid):
            row_group(file, 0)
    problem = next(read(Problem, tmp_path / "problems.parquet"))
    assert len(problem.question) == _LONG


def test_the_app_does_not_open_it(tmp_path: Path) -> None:
    one_value(tmp_path / "problems.parquet")
    write_json(tmp_path / "run.json", {"recipe": {}, "counts": {}})
    before = pa.total_allocated_bytes()
    with pytest.raises(InputError, match="MiB"):
        TraceStore(tmp_path)
    assert pa.total_allocated_bytes() - before < ROOM


def test_a_training_does_not_unpack_it(tmp_path: Path) -> None:
    said = [{"role": "user", "content": "x"}]
    table = pa.table({name: pa.array([said] * 100) for name in ("prompt", "completion")})
    ids = pa.DictionaryArray.from_arrays(pa.array([0] * 100, pa.int32()), pa.array(["x" * _LONG]))
    table = table.append_column("id", ids).append_column("images", pa.nulls(100))
    pq.write_table(table, tmp_path / "train.parquet", compression="zstd", store_schema=False)
    before = pa.total_allocated_bytes()
    with pytest.raises(InputError, match="MiB"):
        open_export(export_files(str(tmp_path / "train.parquet")))
    assert pa.total_allocated_bytes() - before < ROOM


@pytest.mark.parametrize("bomb", [zeros, nothing])
def test_what_the_footer_tells_is_refused_unread(tmp_path: Path, bomb: Callable[[Path], None]) -> None:
    bomb(tmp_path / "a.parquet")
    with pytest.raises(pa.ArrowInvalid, match="question"):
        whole_columns(tmp_path / "a.parquet", ["question"])


def test_an_honest_file_is_read_as_it_is(tmp_path: Path) -> None:
    made = construct("isosceles", seed=1).problem
    problems = [replace(made, id=f"a/{number}") for number in range(1_000)]
    path = tmp_path / "problems.parquet"
    write_rows(path, SCHEMAS[Problem], map(to_row, problems))
    with pq.ParquetFile(path) as file:
        found = [from_row(Problem, row) for batch in batches(file) for row in batch.to_pylist()]
        assert row_group(file, 0, ["id"]).num_rows == file.metadata.row_group(0).num_rows
    assert found == problems and list(read(Problem, path)) == problems
    assert whole_columns(path, ["id"])["id"].to_pylist() == [problem.id for problem in problems]
