"""The traces of a run, a page at a time: what is filtered by lies in memory in narrow columns, texts stay in Parquet.

One million traces cost about 50 MB of columns and are filtered in a fraction of a second; a trace's text is read from
its own row group when it is looked at. Questions and answers of problems are narrow enough to be held too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from redstar_geo.errors import InputError
from redstar_geo.records import SCHEMAS, Problem, Trace, from_table
from redstar_geo.run import read_manifest

FACETS = ("verdict", "reason", "filtered", "selected", "source")
_CODED = pa.dictionary(pa.int32(), pa.string())
_TAUGHT = "–"  # stands for: no reason against it
_NARROW = ["problem_id", "sample", "verdict.status", "verdict.reason"]


@dataclass(frozen=True)
class Query:
    """What is wanted; empty means all. Bounds are inclusive."""

    verdict: Sequence[str] = ()
    reason: Sequence[str] = ()
    filtered: Sequence[str] = ()
    selected: Sequence[str] = ()
    source: Sequence[str] = ()
    difficulty: tuple[float, float] | None = None
    length: tuple[int, int] | None = None
    search: str = ""


class TraceStore:
    """A run folder of `redstar-geo data`, opened for reading.

    Args:
        folder: with `problems.parquet`; without `traces.parquet` there are problems alone.

    Raises:
        InputError: it is no run, or its files cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        try:
            self._problem_file = pq.ParquetFile(folder / "problems.parquet")
            self.problem_table = self._problem_file.read(columns=["id", "question", "source", "difficulty"])
            path = folder / "traces.parquet"
            self._trace_file = pq.ParquetFile(path) if path.is_file() else None
        except (OSError, pa.ArrowException) as error:
            raise InputError(
                f"{folder} cannot be browsed ({error}). Give a folder that redstar-geo data wrote."
            ) from None
        self._problem_starts = _starts(self._problem_file)
        self._trace_starts = _starts(self._trace_file) if self._trace_file else np.zeros(1, np.int64)
        self._columns: pa.Table | None = None

    @property
    def gdl(self) -> Path | None:
        """FormalGeo's predicates and theorems, where the run's recipe names a source that has them."""
        recipe = self.manifest.get("recipe", {})
        sources = [recipe.get("source"), *(recipe.get("sources") or {}).values()]
        paths = [Path(str(source["path"])) / "gdl" for source in sources if source and source.get("path")]
        return next((path for path in paths if (path / "theorem_GDL.json").is_file()), None)

    @property
    def traces(self) -> int:
        return int(self._trace_starts[-1])

    @property
    def columns(self) -> pa.Table:
        """What traces are filtered by, a row a trace, in the order of `traces.parquet`; read once."""
        if self._columns is None:
            self._columns = self._read_columns()
        return self._columns

    def values(self, facet: str) -> list[str]:
        """The values that a facet has, in alphabetical order."""
        return sorted(value for value in pc.unique(self.columns[facet]).to_pylist() if value is not None)

    def find(self, query: Query) -> NDArray[np.int64]:
        """The numbers of the matching rows, in order."""
        table = self.columns
        keep: pa.ChunkedArray | None = None
        for facet in FACETS:
            wanted = getattr(query, facet)  # a field of the dataclass for each facet
            if wanted:
                keep = _both(keep, pc.is_in(table[facet], pa.array(list(wanted), pa.string())))
        for name, bounds in (("difficulty", query.difficulty), ("length", query.length)):
            if bounds is not None:
                inside = pc.and_(pc.greater_equal(table[name], bounds[0]), pc.less_equal(table[name], bounds[1]))
                keep = _both(keep, pc.fill_null(inside, False))
        if query.search.strip():
            keep = _both(keep, pc.is_in(table["problem"], pa.array(self._problems_with(query.search.strip()))))
        return np.arange(len(table)) if keep is None else np.flatnonzero(keep.to_numpy())

    def reasons(self, rows: NDArray[np.int64]) -> list[tuple[str, int]]:
        """Why traces of these rows are not taught, most frequent first: wrong answer, filter, selection."""
        table = self.columns
        column = "selected" if pc.count(table["selected"]).as_py() else "reason"
        found = pc.value_counts(table[column].combine_chunks().cast(pa.string()).take(pa.array(rows)))
        counted = [(str(one["values"]), int(one["counts"])) for one in found.to_pylist() if one["values"] is not None]
        return sorted(((name, n) for name, n in counted if name != _TAUGHT), key=lambda one: (-one[1], one[0]))

    def rows(self, rows: NDArray[np.int64], columns: Sequence[str]) -> list[list[Any]]:
        """What is shown of these rows in a table, without their texts; problems by their ids."""
        part = self.columns.take(pa.array(rows))
        names = self.problem_table["id"].take(part["problem"])
        shown = {name: part[name].to_pylist() for name in columns} | {"problem": names.to_pylist()}
        return [list(row) for row in zip(*(shown[name] for name in columns), strict=True)]

    def trace(self, row: int) -> Trace:
        """One trace with its text and verdict."""
        assert self._trace_file is not None
        group = int(np.searchsorted(self._trace_starts, row, side="right")) - 1
        return next(from_table(Trace, _group(self._trace_file, group).slice(row - int(self._trace_starts[group]), 1)))

    def problem(self, name: str) -> Problem | None:
        """The problem of this id."""
        row = pc.index(self.problem_table["id"], name).as_py()
        return None if row < 0 else self.problems(row, 1)[0]

    def problems(self, first: int, count: int) -> list[Problem]:
        """So many problems from a place on."""
        found: list[Problem] = []
        while len(found) < count and first < self._problem_starts[-1]:
            group = int(np.searchsorted(self._problem_starts, first, side="right")) - 1
            part = _group(self._problem_file, group).slice(first - int(self._problem_starts[group]), count - len(found))
            found += from_table(Problem, part)
            first += len(part)
        return found

    def tables(self, rows: NDArray[np.int64]) -> Iterator[pa.Table]:
        """The traces of these rows, whole, a row group at a time."""
        assert self._trace_file is not None
        groups = np.searchsorted(self._trace_starts, rows, side="right") - 1
        for group in np.unique(groups).tolist():
            inside = rows[groups == group] - self._trace_starts[group]
            yield self._trace_file.read_row_group(group).select(SCHEMAS[Trace].names).take(pa.array(inside))

    def _problems_with(self, text: str) -> NDArray[np.int32]:
        found = pc.or_(
            pc.match_substring(self.problem_table["question"], text, ignore_case=True),
            pc.match_substring(self.problem_table["id"], text, ignore_case=True),
        )
        return np.flatnonzero(found.to_numpy()).astype(np.int32)

    def _read_columns(self) -> pa.Table:
        if self._trace_file is None:
            return pa.table({name: pa.array([], pa.string()) for name in ("problem", *FACETS, "difficulty", "length")})
        narrow = self._trace_file.read(columns=_NARROW)
        verdict = narrow["verdict"].combine_chunks()
        problem = pc.index_in(narrow["problem_id"], self.problem_table["id"].combine_chunks())
        by_problem = self.problem_table.take(problem.combine_chunks())
        return pa.table(
            {
                "problem": problem,
                "sample": narrow["sample"],
                "verdict": pc.struct_field(verdict, "status").cast(_CODED),
                "reason": pc.struct_field(verdict, "reason").cast(_CODED),
                "filtered": self._sidecar("filters.parquet"),
                "selected": self._sidecar("selection.parquet"),
                "source": by_problem["source"].combine_chunks().cast(_CODED),
                "difficulty": by_problem["difficulty"],
                "length": self._lengths(),
            }
        )

    def _sidecar(self, name: str) -> pa.Array:
        """The reason that a stage has against each trace; no reason at all where the run has no such stage."""
        path = self.folder / name
        if not path.is_file():
            return pa.nulls(self.traces, _CODED)
        column = pq.read_table(path, columns=["reason"])["reason"].combine_chunks()
        return pc.fill_null(column, _TAUGHT).cast(_CODED)

    def _lengths(self) -> pa.Array:
        """Tokens of each trace, where its teacher counted them."""
        assert self._trace_file is not None
        return self._trace_file.read(columns=["completion_tokens"])["completion_tokens"].combine_chunks()


def _both(first: Any, second: Any) -> Any:
    return second if first is None else pc.and_(first, second)


def _starts(file: pq.ParquetFile) -> NDArray[np.int64]:
    """The number of the first row of each row group, and of all rows at the end."""
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)


@lru_cache(maxsize=8)
def _group(file: pq.ParquetFile, group: int) -> pa.Table:
    """The row groups looked at last: neighbours on a page share one."""
    return file.read_row_group(group)
