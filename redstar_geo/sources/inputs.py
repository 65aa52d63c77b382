"""What a source reads here, by its content, so that a run knows when it has changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from redstar_geo.errors import InputError
from redstar_geo.fingerprint import sha256
from redstar_geo.pictures.bounds import MOST_BYTES
from redstar_geo.sources import exam_file, folder
from redstar_geo.sources.catalogue import BuiltinSource, ExamFileSource, FolderSource, ProblemSource, RunSource

_OF_A_RUN = ("problems.parquet", "prompts.parquet", "traces.parquet")
_ROWS = {".arrow", ".csv", ".json", ".jsonl", ".parquet"}
_PICTURES = {".bmp", ".gif", ".heic", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}


def fingerprint(source: ProblemSource | RunSource) -> str | None:
    """Of the local files that a source reads; None for what comes from the hub or is made here.

    Of your own folder and examination file these are the questions of the split and the pictures that they name; of a
    copy of a public data set every table and picture in the folder, so that its schema need not be known here.

    Raises:
        InputError: a folder of your own has no questions, or a file cannot be read.
    """
    if isinstance(source, BuiltinSource) or source.path is None:
        return None
    place = Path(source.path)
    files = list(_files(source, source.path))
    named = of_files(files, place if place.is_dir() else place.parent)
    if files != [place]:
        return named
    return f"{named} sha256:{sha256(place)}"  # a file of another name with this content is the same


def of_files(files: Iterable[Path], root: Path) -> str | None:
    """SHA-256 over the files' names below `root` and their contents, in the order of the names; None without a file.

    Raises:
        InputError: a file cannot be read.
    """
    digest, paths = hashlib.sha256(), sorted(set(files))
    for file in paths:
        try:
            digest.update(os.fsencode(file.relative_to(root)) + f"\n{_content(file)}\n".encode())
        except OSError as error:
            raise InputError(f"{file} cannot be read: {error}. Mend it, or take it away.") from None
    return f"sha256:{digest.hexdigest()}" if paths else None


def _content(file: Path) -> str:
    """The file's SHA-256; of a picture that is too long to be read, its length."""
    length = file.stat().st_size
    return f"{length} bytes" if length > MOST_BYTES and file.suffix.lower() in _PICTURES else sha256(file)


def _files(source: ProblemSource | RunSource, path: str) -> Iterator[Path]:
    place = Path(path)
    if isinstance(source, RunSource):
        yield from (place / name for name in _OF_A_RUN if (place / name).is_file())
    elif isinstance(source, FolderSource):
        yield from folder.files(path, source.split or "train", source.gold)
    elif isinstance(source, ExamFileSource):
        yield from exam_file.files(path, source.split or "test")
    elif place.is_file():
        yield place
    else:
        suffixes = _ROWS | _PICTURES
        yield from (file for file in place.rglob("*") if file.suffix.lower() in suffixes and file.is_file())
