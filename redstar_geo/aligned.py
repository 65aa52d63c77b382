"""Tables of a run that stand row for row beside each other.

A stage writes what it decides about problems or traces in the order of `problems.parquet` or `traces.parquet`. One
reader walks both and compares their ids at every row, so that a table of another run is never taken for this one's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from redstar_geo.errors import InputError
from redstar_geo.parquet import batches, whole_columns
from redstar_geo.records import Problem

_ROWS_A_BATCH = 256  # some carry pictures
_IDS = ("problem_id", "sample")
T = TypeVar("T")


class OutOfStepError(InputError):
    """Two tables that should describe the same rows do not."""


def aligned(
    path: Path,
    beside: Mapping[Path, Sequence[str]],
    columns: Sequence[str] | None = None,
    optional: bool = False,
    rows: int = _ROWS_A_BATCH,
) -> Iterator[pa.Table]:
    """The rows of `path` in batches, with columns of the tables beside it in place of its own of the same name.

    Args:
        path: `problems.parquet` or `traces.parquet`, read batch by batch.
        beside: a table with a row for every row of `path`, and the columns that are wanted of it, which are read whole.
        columns: those of `path`, besides its ids; None for all.
        optional: whether a stage may have written no table: its columns are null then, where `path` has none.
        rows: at most so many in a batch.

    Raises:
        OutOfStepError: a table has another id in some row, or another number of rows.
    """
    with pq.ParquetFile(path) as file:
        ids = ["id"] if "id" in file.schema_arrow.names else list(_IDS)
        wanted = None if columns is None else list(dict.fromkeys([*ids, *columns]))
        there = [other for other in beside if other.is_file() or not optional]
        others = {other: _read(other, path, _IDS[: len(ids)], beside[other]) for other in there}
        row = 0
        for batch in batches(file, wanted, rows):
            table = pa.Table.from_batches([batch])
            for other, names in beside.items():
                theirs = others[other].slice(row, len(table)) if other in others else None
                if theirs is not None:
                    _check(table.select(ids), theirs, path, other, row)
                for name in names:
                    table = _with_column(table, name, theirs)
            row += len(table)
            yield table
        for other, theirs in others.items():
            if len(theirs) > row:
                raise _out_of_step(path, other, row, "more rows")


def by_problem(
    problems: Iterable[Problem], rows: Iterable[T], problem_id: Callable[[T], str]
) -> Iterator[tuple[Problem, list[T]]]:
    """Every problem with its rows, which may be none; both come in the same order, so one pass is enough.

    Raises:
        OutOfStepError: a row belongs to none of the problems, or to one that is past.
    """
    groups = groupby(rows, key=problem_id)
    following = next(groups, None)
    for problem in problems:
        if following is not None and following[0] == problem.id:
            yield problem, list(following[1])
            following = next(groups, None)
        else:
            yield problem, []
    if following is not None:
        raise OutOfStepError(
            f"A trace of {following[0]} stands where no such problem is: problems.parquet and traces.parquet are not "
            "of the same run. Bring both back from a copy, or give this run its own folder with run=…"
        )


def _read(other: Path, path: Path, ids: Sequence[str], names: Sequence[str]) -> pa.Table:
    if missing := set(ids) - set(pq.read_schema(other).names):
        raise _out_of_step(path, other, 0, f"no {' and '.join(sorted(missing))}")
    return whole_columns(other, [*ids, *names])


def _with_column(table: pa.Table, name: str, theirs: pa.Table | None) -> pa.Table:
    place = table.schema.get_field_index(name)
    if theirs is None:
        return table if place >= 0 else table.append_column(name, pa.nulls(len(table)))
    column = theirs.column(name)
    return table.append_column(name, column) if place < 0 else table.set_column(place, name, column)


def _check(ids: pa.Table, theirs: pa.Table, path: Path, other: Path, row: int) -> None:
    if len(theirs) < len(ids):
        raise _out_of_step(path, other, row + len(theirs), "no more rows")
    for own, name in zip(ids.columns, _IDS, strict=False):
        place = pc.index(pc.equal(own, theirs.column(name)), False).as_py()
        if place >= 0:
            raise _out_of_step(path, other, row + place, f"{name} {theirs.column(name)[place]}, not {own[place]}")


def _out_of_step(path: Path, other: Path, row: int, what: str) -> OutOfStepError:
    return OutOfStepError(
        f"{other} is out of step with {path.name}: at row {row} it has {what}. One of them is of another run: bring "
        "both back from a copy, or give this run its own folder with run=…"
    )
