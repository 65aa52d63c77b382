"""Selections of traces as files for download: no large one, and of all visitors only the last few."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
from gradio.utils import get_upload_folder

from redstar_geo.errors import disk_full_reported
from redstar_geo.records import SCHEMAS, Trace

_MOST_BYTES, _KEPT = 256 << 20, 8


class Exports:
    """Files in Gradio's own folder, which it serves without a copy for each click; gone with this object.

    Args:
        most_bytes: of a file, to within a row group.
        kept: files; the oldest make room.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES, kept: int = _KEPT) -> None:
        Path(get_upload_folder()).mkdir(parents=True, exist_ok=True)
        self._folder = TemporaryDirectory(prefix="redstar-geo-export-", dir=get_upload_folder())
        self._most_bytes, self._kept = most_bytes, kept
        self._files: dict[str, Path] = {}  # by visitor, the oldest first

    def write(self, visitor: str, traces: Iterator[pa.Table]) -> tuple[Path, int]:
        """The file of a visitor's selection, in place of an earlier one, and how many of the traces are in it.

        Raises:
            DiskFull: there is no room.
        """
        self.forget(visitor)
        while len(self._files) >= self._kept:
            self.forget(next(iter(self._files)))
        name = "".join(sign for sign in visitor if sign.isalnum())
        path = self._files[visitor] = Path(self._folder.name) / f"selection-{name}.parquet"
        rows = 0
        with (
            disk_full_reported(path),
            path.open("wb") as file,
            pq.ParquetWriter(file, SCHEMAS[Trace], compression="zstd") as writer,
        ):
            for part in traces:
                writer.write_table(part)
                rows += len(part)
                if file.tell() >= self._most_bytes:
                    break
        return path, rows

    def forget(self, visitor: str) -> None:
        """Delete the file of a visitor who has left."""
        if path := self._files.pop(visitor, None):
            path.unlink(missing_ok=True)
