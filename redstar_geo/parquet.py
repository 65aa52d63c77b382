"""Parquet files of others, read in bounded memory.

A value that is written once and stands in every row unpacks to gigabytes from kilobytes, and no footer tells. So a
batch has only as many rows as have room though each held all of a column's bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROOM = 128 << 20
"""Bytes of a column in a batch, of a row group that is read whole, and of what unpacks to any number of times more."""

_TIMES = 100  # the bytes in the file, to which they may unpack beyond that; text packs to a fifth or a twentieth
_MOST_VALUES = 1 << 26  # of a column in a row group


def batches(
    file: pq.ParquetFile, columns: Sequence[str] | None = None, rows: int = 256, groups: Sequence[int] | None = None
) -> Iterator[pa.RecordBatch]:
    """The rows in order, at most so many in a batch and fewer where they may be large; `groups`: of these row groups.

    Raises:
        pa.ArrowInvalid: a row group is larger than what is read.
    """
    for group in range(file.num_row_groups) if groups is None else groups:
        about = file.metadata.row_group(group)
        chunks = [about.column(place) for place in range(about.num_columns)]
        if refused := next(filter(_is_beyond, chunks), None):
            raise pa.ArrowInvalid(
                f"{refused.path_in_schema} of row group {group} has {refused.num_values} values, which unpack from "
                f"{refused.total_compressed_size} to {refused.total_uncompressed_size} bytes: more than is read"
            )
        largest = max((chunk.total_uncompressed_size for chunk in chunks), default=0)
        at_once = min(rows, max(1, ROOM // max(1, largest)))
        yield from file.iter_batches(at_once, row_groups=[group], columns=columns)


def _is_beyond(chunk: pq.ColumnChunkMetaData) -> bool:
    unpacked = chunk.total_uncompressed_size
    return bool(unpacked > max(ROOM, _TIMES * chunk.total_compressed_size) or chunk.num_values > _MOST_VALUES)


def row_group(file: pq.ParquetFile, group: int, columns: Sequence[str] | None = None) -> pa.Table:
    """A row group, whole.

    Raises:
        pa.ArrowInvalid: it unpacks to more than `ROOM`.
    """
    return _together(file, columns, [group], ROOM)


def whole_columns(path: Path, columns: Sequence[str]) -> pa.Table:
    """These columns of all rows.

    Raises:
        pa.ArrowInvalid: they unpack to more than `ROOM`, and to more than is natural for a file of this size.
        OSError: the file cannot be read.
    """
    with pq.ParquetFile(path) as file:
        return _together(file, columns, None, max(ROOM, _TIMES * path.stat().st_size))


def check_row_groups(path: Path) -> None:
    """That no row group unpacks to more than is natural for its bytes, for readers that take row groups whole.

    Raises:
        pa.ArrowInvalid: one does.
        OSError: the file cannot be read.
    """
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            about = file.metadata.row_group(group)
            packed = sum(about.column(place).total_compressed_size for place in range(about.num_columns))
            for _ in _bounded(file, None, [group], max(ROOM, _TIMES * packed)):
                pass


def _together(file: pq.ParquetFile, columns: Sequence[str] | None, groups: Sequence[int] | None, most: int) -> pa.Table:
    parts = list(_bounded(file, columns, groups, most))
    return pa.Table.from_batches(parts) if parts else file.read(columns=columns)


def _bounded(
    file: pq.ParquetFile, columns: Sequence[str] | None, groups: Sequence[int] | None, most: int
) -> Iterator[pa.RecordBatch]:
    size = 0
    for batch in batches(file, columns, 1 << 16, groups):
        size += batch.nbytes
        if size > most:
            raise pa.ArrowInvalid(f"it unpacks to more than {most >> 20} MiB")
        yield batch
