"""The rows of a file, however stored: Parquet, JSON Lines, JSON in its several layouts, CSV; gzipped or not."""

from __future__ import annotations

import codecs
import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from redstar_geo.errors import InputError
from redstar_geo.parquet import batches
from redstar_geo.sources import foreign_json
from redstar_geo.sources.row import Row

FORMS = (".parquet", ".jsonl", ".json", ".csv", ".tsv")
_NAMES = {".parquet": "Parquet", ".jsonl": "JSON Lines", ".json": "JSON", ".csv": "CSV", ".tsv": "TSV"}
_ROWS_AT_ONCE = 64  # some tables carry pictures
_CHUNK = 1 << 20
_LONGEST = 1 << 28  # characters of a value or line; a gzipped file of kilobytes may hold one of gigabytes
_NO_VALUE = (ArithmeticError, LookupError, ValueError, pa.ArrowException)  # dates, zones, text that is no UTF-8
_BETWEEN = " \t\r\n,[]"  # around the objects of a list


def form(file: Path) -> str:
    """How a file stores its rows, by its name: `.jsonl` of `test.jsonl.gz`."""
    name = file.name.lower().removesuffix(".gz")
    return f".{name.rpartition('.')[2]}"


def called(forms: tuple[str, ...]) -> str:
    """The forms in words."""
    *others, last = (_NAMES[each] for each in forms)
    return f"{', '.join(others)} or {last}"


def bad(file: Path) -> str:
    """The reason for a row that cannot be read."""
    return "bad_csv" if form(file) in (".csv", ".tsv") else "bad_json"


def rows(file: Path, is_row: Callable[[Row], bool]) -> Iterator[Row | None]:
    """The rows as plain values, pictures as `{"bytes", "path"}`; None stands for one that cannot be read.

    Args:
        is_row: whether an object is a row and not what holds the rows.

    Raises:
        InputError: the file is torn or of another form than its name says.
    """
    kind = form(file)
    try:
        if kind == ".parquet":
            yield from _parquet(file)
        elif kind in (".csv", ".tsv"):
            yield from _sheet(file)
        else:
            yield from _json(file, is_row)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{file} cannot be unpacked: {error}. Fetch it again.") from None


def row_of(line: bytes) -> Row | None:
    """The JSON object in a line or file; None where it is none."""
    try:
        row = foreign_json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _opened(file: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(file)) if file.name.lower().endswith(".gz") else file.open("rb")


def _parquet(file: Path) -> Iterator[Row | None]:
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


def _sheet(file: Path) -> Iterator[Row | None]:
    """Rows of a sheet, whose values are all text; the header shows the delimiter."""
    try:
        with _opened(file) as packed:
            wide = packed.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # "Unicode text" of Excel
            packed.seek(0)
            opened = TextIOWrapper(packed, encoding="utf-16" if wide else "utf-8-sig", newline="")
            delimiter = max(",;\t", key=opened.readline(_CHUNK).count)
            opened.seek(0)
            sheet = csv.DictReader(opened, delimiter=delimiter)
            names = [name for name in sheet.fieldnames or () if name]
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise InputError(f"{file} has several columns called {', '.join(twice)}. Rename all but one of each.")
            for row in sheet:
                yield None if None in row else row  # more values than columns
    except (csv.Error, UnicodeError) as error:
        raise InputError(
            f"{file} cannot be read as {_NAMES[form(file)]}: {error}. Save the sheet as CSV in UTF-8; where a field is "
            "too large, a quotation mark is not closed."
        ) from None


def _json(file: Path, is_row: Callable[[Row], bool]) -> Iterator[Row | None]:
    """A line a row, or values in a list or one after the other, or all of them within one value."""
    with _opened(file) as opened:
        start = opened.read(_CHUNK).removeprefix(codecs.BOM_UTF8).lstrip()[:1]
        opened.seek(0)
        if form(file) == ".json" or start == b"[":
            yield from _values(file, TextIOWrapper(opened, encoding="utf-8-sig"), is_row, whole=start == b"{")
            return
        while line := opened.readline(_LONGEST):
            if len(line) == _LONGEST:
                raise InputError(f"{file} has a line of more than {_LONGEST >> 20} MiB. It is no table of questions.")
            if line.removeprefix(codecs.BOM_UTF8).strip():
                yield row_of(line)


def _values(file: Path, opened: IO[str], is_row: Callable[[Row], bool], whole: bool) -> Iterator[Row | None]:
    """The objects of a JSON file, a few at a time in memory; `whole`: the first may hold all rows."""
    decoder = json.JSONDecoder()
    text, place = "", 0
    try:
        while True:
            while place < len(text) and text[place] in _BETWEEN:
                place += 1
            try:
                value, end = decoder.raw_decode(text, place)
            except json.JSONDecodeError:  # nothing is left, an object goes on behind what was read, or it is broken
                text, place = text[place:], 0
                more = opened.read(max(_CHUNK, len(text))) if len(text) < _LONGEST else ""
                if not more and text:
                    raise
                if not more:
                    return
                text += more
            else:
                if not isinstance(value, dict) or not foreign_json.whole(value, text, place, end):
                    yield None
                elif whole:
                    yield from _unfolded(value, is_row)
                else:
                    yield value
                place, whole = end, False
    except (ValueError, RecursionError) as error:
        remedy = "Write every backslash of a formula twice." if "escape" in str(error) else "Fetch it again."
        raise InputError(f"{file} is not JSON: {error}. {remedy}") from None


def _unfolded(value: dict[str, Any], is_row: Callable[[Row], bool]) -> Iterator[Row | None]:
    """The rows in an object: itself, what its keys name, what it lists under one of them, or what its columns hold."""
    members = list(value.values())
    if is_row(value):
        columns = [list(each.values()) if isinstance(each, dict) else each for each in members]
        if all(isinstance(each, list) and len(each) == len(columns[0]) for each in columns):
            yield from (dict(zip(value, cells, strict=True)) for cells in zip(*columns, strict=True))
        else:
            yield value
    elif members and all(isinstance(each, dict) for each in members):
        yield from ({"id": key, **each} for key, each in value.items())
    elif len(lists := [each for each in members if isinstance(each, list) and each]) == 1:
        yield from (each if isinstance(each, dict) else None for each in lists[0])
    else:
        yield value
