"""The traces of a run, a page at a time: what is filtered by lies in memory in narrow columns, texts stay in Parquet.

One million traces cost about 50 MB of columns and are filtered in a fraction of a second; a trace's text is read from
its own row group when it is looked at. Questions of problems are narrow enough to be held too. Looking for words in the
texts of traces reads all of them, so it is done for some seconds at a time and goes on from there when asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from redstar_geo.aligned import aligned
from redstar_geo.errors import InputError
from redstar_geo.parquet import row_group, whole_columns
from redstar_geo.records import SCHEMAS, Problem, Trace, from_table
from redstar_geo.run import read_manifest

FACETS = ("verdict", "reason", "flip", "teacher", "filtered", "selected", "source")
Rows = NDArray[np.int32]  # numbers of traces in the order of their file
_ROWS_A_BATCH = 65_536
_CODED = pa.dictionary(pa.int32(), pa.string())
NO_REASON = "–"  # nothing speaks against the trace
_NARROW = ["problem_id", "sample", "teacher", "verdict.status", "verdict.reason", "completion_tokens"]
_TEXTS = ["reasoning", "response"]


@dataclass(frozen=True)
class Query:
    """A filter; empty parts match all. `facets` has values of any of `FACETS`; bounds are inclusive; `search` looks
    in questions and ids.
    """

    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    difficulty: tuple[float, float] | None = None
    length: tuple[float, float] | None = None
    search: str = ""


class TraceStore:
    """A run folder of `redstar-geo data`, opened for reading.

    Args:
        folder: with `problems.parquet`; without `traces.parquet` there are problems alone.
        problems: where they are instead.

    Raises:
        InputError: it is no run, or its files cannot be read.
    """

    def __init__(self, folder: Path, problems: Path | None = None) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        try:
            path = problems or folder / "problems.parquet"
            self._problem_file = pq.ParquetFile(path)
            _check_columns(self._problem_file.schema_arrow, SCHEMAS[Problem])
            self.problem_table = whole_columns(path, ["id", "question", "source", "difficulty"])
            path = folder / "traces.parquet"
            self._trace_file = pq.ParquetFile(path) if path.is_file() else None
            if self._trace_file:
                _check_columns(self._trace_file.schema_arrow, SCHEMAS[Trace])
        except (OSError, KeyError, ValueError, pa.ArrowException) as error:
            raise _unreadable(folder, error) from None
        self._problem_starts = _starts(self._problem_file)
        self._trace_starts = _starts(self._trace_file) if self._trace_file else np.zeros(1, np.int64)
        self._columns: pa.Table | None = None
        self._values: dict[str, list[str]] = {}
        self._all = np.arange(self.traces, dtype=np.int32)  # one for all visitors who do not filter

    @property
    def gdl(self) -> Path | None:
        """FormalGeo's predicates and theorems, where the run's recipe names a source that has them."""
        recipe = self.manifest["recipe"]
        several = recipe.get("sources")
        sources = [recipe.get("source"), *(several.values() if isinstance(several, dict) else [])]
        named = [source.get("path") for source in sources if isinstance(source, dict)]
        paths = [Path(name) / "gdl" for name in named if isinstance(name, str) and "\0" not in name]
        return next((path for path in paths if (path / "theorem_GDL.json").is_file()), None)

    @property
    def traces(self) -> int:
        return int(self._trace_starts[-1])

    @property
    def columns(self) -> pa.Table:
        """What traces are filtered by, a row a trace, in the order of `traces.parquet`; read once.

        Raises:
            InputError: a stage's file cannot be read.
        """
        if self._columns is None:
            try:
                self._columns = self._read_columns()
            except (OSError, LookupError, ValueError, pa.ArrowException) as error:
                raise _unreadable(self.folder, error) from None
        return self._columns

    def values(self, facet: str) -> list[str]:
        """The values that a facet has, in alphabetical order."""
        if facet not in self._values:
            values = pc.unique(self.columns[facet]).drop_null()
            self._values[facet] = sorted(values.to_pylist())
        return self._values[facet]

    def find(self, query: Query) -> Rows:
        """The numbers of the matching rows, in order."""
        table = self.columns
        keep: pa.ChunkedArray | None = None
        for facet, wanted in query.facets.items():
            if wanted:
                keep = _both(keep, pc.is_in(table[facet], pa.array(list(wanted), pa.string())))
        for name, bounds in (("difficulty", query.difficulty), ("length", query.length)):
            if bounds is not None:
                inside = pc.and_(pc.greater_equal(table[name], bounds[0]), pc.less_equal(table[name], bounds[1]))
                keep = _both(keep, pc.fill_null(inside, False))
        if query.search.strip():
            keep = _both(keep, pc.is_in(table["problem"], pa.array(self._problems_with(query.search.strip()))))
        return self._all if keep is None else np.flatnonzero(keep.to_numpy()).astype(np.int32)

    def search(self, rows: Rows, text: str, within_s: float) -> tuple[Rows, int]:
        """Those of `rows` whose thought or answer has `text` in it, whatever its case.

        Returns:
            The matches, and how many of `rows` were searched before the time was over: all, or up to the end of a row
            group; always some.
        """
        matches, searched, started = [self._all[:0]], 0, time.monotonic()
        for inside, part in self._groups(rows, _TEXTS):
            hits = [pc.fill_null(pc.match_substring(part[name], text, ignore_case=True), False) for name in _TEXTS]
            matches.append(inside[pc.or_(*hits).to_numpy()])
            searched += len(inside)
            if time.monotonic() - started > within_s:
                break
        return np.concatenate(matches), searched

    def reasons(self, rows: Rows) -> list[tuple[str, int]]:
        """Why these traces are not trained on, most frequent first: wrong answer, filter, selection."""
        table = self.columns
        column = "selected" if pc.count(table["selected"]).as_py() else "reason"
        counts = pc.value_counts(table[column].combine_chunks().cast(pa.string()).take(pa.array(rows))).to_pylist()
        reasons = [(each["values"], each["counts"]) for each in counts if each["values"] not in (None, NO_REASON)]
        return sorted(reasons, key=lambda each: (-each[1], each[0]))

    def rows(self, rows: Rows, columns: Sequence[str]) -> list[list[Any]]:
        """These columns of these rows, problems by their ids."""
        part = self.columns.take(pa.array(rows))
        values = {name: part[name] for name in columns} | {"problem": self.problem_table["id"].take(part["problem"])}
        return [list(row) for row in zip(*(values[name].to_pylist() for name in columns), strict=True)]

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
        problems: list[Problem] = []
        while len(problems) < count and first < self._problem_starts[-1]:
            group = int(np.searchsorted(self._problem_starts, first, side="right")) - 1
            start = first - int(self._problem_starts[group])
            part = _group(self._problem_file, group).slice(start, count - len(problems))
            problems += from_table(Problem, part)
            first += len(part)
        return problems

    def together(self, row: int) -> list[Trace]:
        """The traces that are shown side by side when this row is selected."""
        return [self.trace(row)]

    def tables(self, rows: Rows) -> Iterator[pa.Table]:
        """The traces of these rows, whole, a row group at a time."""
        for _, part in self._groups(rows, SCHEMAS[Trace].names):
            yield part

    def _groups(self, rows: Rows, columns: list[str]) -> Iterator[tuple[Rows, pa.Table]]:
        """Rows, which are in order, row group by row group with these columns of theirs."""
        if self._trace_file is None:
            return
        bounds = np.searchsorted(rows, self._trace_starts)
        for group in np.flatnonzero(np.diff(bounds)).tolist():
            inside = rows[bounds[group] : bounds[group + 1]]
            whole = row_group(self._trace_file, group, columns).select(columns)
            yield inside, whole.take(pa.array(inside - self._trace_starts[group]))

    def _problems_with(self, text: str) -> NDArray[np.int32]:
        hits = [pc.match_substring(self.problem_table[name], text, ignore_case=True) for name in ("question", "id")]
        return np.flatnonzero(pc.or_(*hits).to_numpy()).astype(np.int32)

    def _read_columns(self) -> pa.Table:
        path = self.folder / "traces.parquet"
        narrow = whole_columns(path, _NARROW) if self._trace_file else SCHEMAS[Trace].empty_table()
        verdict = narrow["verdict"].combine_chunks()
        problem = pc.index_in(narrow["problem_id"], self.problem_table["id"].combine_chunks())
        by_problem = self.problem_table.take(problem.combine_chunks())
        return pa.table(
            {
                "problem": problem,
                "sample": narrow["sample"],
                "verdict": pc.struct_field(verdict, "status").cast(_CODED),
                "reason": pc.struct_field(verdict, "reason").cast(_CODED),
                "flip": self._sidecar("flips.parquet"),
                "teacher": narrow["teacher"].combine_chunks().cast(_CODED),
                "filtered": self._sidecar("filters.parquet"),
                "selected": self._sidecar("selection.parquet"),
                "source": by_problem["source"].combine_chunks().cast(_CODED),
                "difficulty": by_problem["difficulty"],
                "length": narrow["completion_tokens"],
            }
        )

    def _sidecar(self, name: str) -> pa.Array:
        """The reason that a stage has against each trace; no reason at all where the run has no such stage."""
        path = self.folder / name
        if not path.is_file() or not self.traces:
            return pa.nulls(self.traces, _CODED)
        table = pa.concat_tables(aligned(self.folder / "traces.parquet", {path: ["reason"]}, [], rows=_ROWS_A_BATCH))
        return pc.fill_null(table["reason"].combine_chunks(), NO_REASON).cast(_CODED)


def _check_columns(found: pa.Schema, wanted: pa.Schema) -> None:
    for column in wanted:
        place = found.get_field_index(column.name)
        if place < 0 or found.field(place).type != column.type:
            raise pa.ArrowInvalid(f"it has no column {column.name} of {column.type}")


def _unreadable(folder: Path, error: Exception) -> InputError:
    return InputError(f"{folder} cannot be browsed ({str(error)[:300]}). Give a folder that redstar-geo data wrote.")


def _both(first: Any, second: Any) -> Any:
    return second if first is None else pc.and_(first, second)


def _starts(file: pq.ParquetFile) -> NDArray[np.int64]:
    """The number of the first row of each row group, and of all rows at the end."""
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)


@lru_cache(maxsize=8)
def _group(file: pq.ParquetFile, group: int) -> pa.Table:
    """The row groups looked at last: neighbours on a page share one."""
    return row_group(file, group)
