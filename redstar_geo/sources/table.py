"""Rows of a public data set, from the hub or from files in its layout, with its columns checked before the first one.

A source names its table once (`Table`) and turns rows into problems; how they are stored is settled here.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from redstar_geo.errors import InputError
from redstar_geo.parquet import batches
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, foreign_json
from redstar_geo.sources.row import Row, rejecting

_ABOUT_THE_DATA = {"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"}
_SPLITS = {"train", "training", "validation", "valid", "val", "dev", "test", "testmini"}
_ROWS_AT_ONCE = 64  # some tables carry pictures
_CHUNK = 1 << 20
_NO_VALUE = (ArithmeticError, LookupError, ValueError, pa.ArrowException)  # dates, zones, text that is no UTF-8
_BETWEEN = " \t\r\n,[]"  # around the objects of a list


@dataclass(frozen=True)
class Table:
    """A data set as its owners publish it.

    `columns` are the ones that a row cannot do without; upper and lower case are the same, as copies differ in it.
    `configs` are read one after the other from the hub; of a local copy the files or folders so named, or every file
    when none is. `formats` are the files that hold rows; CSV is read where it is named.
    """

    hub_id: str
    columns: tuple[str, ...]
    configs: tuple[str, ...] = ()
    formats: tuple[str, ...] = (".parquet", ".jsonl", ".json")


def problems(
    table: Table, path: str | None, split: str, name: str, problem: Callable[[Row, str], Problem]
) -> Iterator[Problem | Rejected]:
    """Every row as `problem(row, id)` makes it; ids are `name/split/number` in the table's order.

    A line that cannot be read is rejected as `bad_json`, a row without all columns as `missing_field`, and one that
    `problem` finds unusable under its reason.

    Args:
        path: a Parquet, JSON Lines or JSON file or a folder of such, in the table's schema; None asks the hub.

    Raises:
        InputError: nothing to read at `path`, no such split, or columns are missing.
    """
    made = rejecting(problem)
    for number, row in enumerate(rows(table, path, split)):
        problem_id = f"{name}/{split}/{number}"
        if row is None:
            yield Rejected(problem_id, "bad_json")
        elif any(column not in row for column in table.columns):
            yield Rejected(problem_id, "missing_field")
        else:
            yield made(row, problem_id)


def rows(table: Table, path: str | None, split: str) -> Iterator[Row | None]:
    """The rows as plain values, pictures as `{"bytes", "path"}`; None stands for a line that cannot be read."""
    if path is None:
        yield from _hub_rows(table, split)
        return
    for file in files(table, Path(path), split):
        read = {".parquet": _parquet_rows, ".csv": _csv_rows}.get(file.suffix.lower(), _json_rows)
        yield from _checked(read(file), table, str(file))


def _hub_rows(table: Table, split: str) -> Iterator[Row | None]:
    from datasets import load_dataset

    for config in table.configs or (None,):
        try:
            loaded = load_dataset(table.hub_id, config, split=split, streaming=True).decode(False)
        except (OSError, ValueError) as error:  # unknown or gated data set, config or split; no connection
            raise InputError(
                f"{table.hub_id} ({config or 'default'}, {split}) cannot be read from the hub: {error}. Check "
                "source.split and the connection, or give a local copy as source.path."
            ) from error
        yield from _checked(loaded, table, f"{table.hub_id} ({split})")


def files(table: Table, path: Path, split: str) -> list[Path]:
    """The file itself, or the folder's data files of the table's configs and the split.

    Raises:
        InputError: as `problems`.
    """
    if path.is_file() and path.suffix.lower() in table.formats:
        return [path]
    data_files = sorted(file for file in path.rglob("*") if file.suffix.lower() in table.formats and file.is_file())
    data_files = [file for file in data_files if file.name not in _ABOUT_THE_DATA]
    if not data_files:
        there = "holds no Parquet, JSON Lines or JSON file" if path.exists() else "does not exist"
        raise InputError(
            f"source.path={path} {there}. Give a local copy of {table.hub_id}, or leave source.path out to read "
            "it from the hub."
        )
    names = {file: file.relative_to(path).with_suffix("").parts for file in data_files}
    configured = [file for file in data_files if not set(names[file]).isdisjoint(table.configs)] or data_files
    splits = {file: split_of(names[file], split) for file in configured}
    named = [file for file, its in splits.items() if its == split]
    others = {its for its in splits.values() if its}
    if others and not named:
        raise InputError(
            f"source.path={path} has no split {split!r}, only {', '.join(sorted(others))}. Name one of these as "
            "source.split, or the file itself as source.path."
        )
    return named or configured


def split_of(names: tuple[str, ...], wanted: str) -> str | None:
    """The split that a file belongs to by its own name (`test-00000-of-00001`, `en_test`) or its nearest folder's."""
    for name in reversed(names):
        bare = re.sub(r"-\d{3,}(?:-of-\d+)?$", "", name)
        if bare == wanted:
            return wanted
        parts = set(re.split(r"[-_.]", bare.lower()))
        if wanted in parts:
            return wanted
        if splits := parts & _SPLITS:
            return min(splits)
    return None


def _parquet_rows(file: Path) -> Iterator[Row | None]:
    try:
        with pq.ParquetFile(file) as opened:
            for batch in batches(opened, rows=_ROWS_AT_ONCE):
                yield from plain_rows(batch)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file} cannot be read as Parquet: {error}. Fetch it again.") from None


def plain_rows(batch: pa.RecordBatch) -> list[Row]:
    """The rows; a cell that Python has no value for, as a date in the year 30000 or half a character, is empty."""
    try:
        return list(batch.to_pylist())
    except _NO_VALUE:
        names, columns = batch.schema.names, batch.columns
        return [
            {name: _value(column[row]) for name, column in zip(names, columns, strict=True)}
            for row in range(len(batch))
        ]


def _value(cell: pa.Scalar) -> object:
    try:
        return cell.as_py()
    except _NO_VALUE:
        return None


def _csv_rows(file: Path) -> Iterator[Row | None]:
    """Rows of a sheet saved as CSV, whose values are all text; the header shows the delimiter."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            delimiter = max(",;\t", key=opened.readline().count)
            opened.seek(0)
            for row in csv.DictReader(opened, delimiter=delimiter):
                yield None if None in row else row  # more values than columns
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read as CSV: {error}. Save the sheet as CSV in UTF-8.") from None


def _json_rows(file: Path) -> Iterator[Row | None]:
    """A line a row, or values in a list or one after the other, however many lines they take."""
    with file.open("rb") as opened:
        start = opened.read(_CHUNK).removeprefix(codecs.BOM_UTF8).lstrip()[:1]
        opened.seek(0)
        if file.suffix.lower() == ".json" or start == b"[":
            yield from _values(file)
            return
        for line in opened:
            if line.removeprefix(codecs.BOM_UTF8).strip():
                yield row_of(line)


def row_of(line: bytes) -> Row | None:
    """The JSON object in a line or file; None where it is none."""
    try:
        row = foreign_json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _values(file: Path) -> Iterator[Row | None]:
    """The objects of a JSON file, a few at a time in memory."""
    decoder = json.JSONDecoder()
    text, place = "", 0
    try:
        with file.open(encoding="utf-8-sig") as opened:
            while True:
                while place < len(text) and text[place] in _BETWEEN:
                    place += 1
                try:
                    value, end = decoder.raw_decode(text, place)
                except json.JSONDecodeError:  # nothing is left, an object goes on behind what was read, or it is broken
                    text, place = text[place:], 0
                    more = opened.read(max(_CHUNK, len(text)))
                    if not more and text:
                        raise
                    if not more:
                        return
                    text += more
                else:
                    yield value if isinstance(value, dict) and foreign_json.whole(value, text, place, end) else None
                    place = end
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is not JSON: {error}. Fetch it again.") from None


def _checked(rows: Iterable[Row | None], table: Table, where: str) -> Iterator[Row | None]:
    """The rows, their columns spelled as the table does; the first that can be read must have all of them."""
    spelled: dict[str, str] | None = None
    unreadable = False
    for row in rows:
        if row is None:
            unreadable = True
            yield None
            continue
        if spelled is None:
            spelled = _spelled(row, table, where)
        yield {spelled.get(column, column): value for column, value in row.items()} if spelled else row
    if unreadable and spelled is None:
        raise InputError(f"{where} has no line that is a JSON object (a Git LFS pointer, perhaps). Fetch it again.")


def _spelled(row: Row, table: Table, where: str) -> dict[str, str]:
    """The columns that the table spells otherwise, and how.

    Raises:
        InputError: columns are missing, whatever their spelling.
    """
    spelling = {column.lower(): column for column in row}
    missing = [column for column in table.columns if column.lower() not in spelling]
    if missing:
        raise InputError(
            f"{where} lacks {', '.join(missing)}; it has {', '.join(sorted(row))}. "
            f"{table.hub_id} has {', '.join(table.columns)}: give a copy of it, or name the right source.kind."
        )
    return {spelling[column.lower()]: column for column in table.columns if column not in row}
