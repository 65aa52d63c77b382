"""The pictures of a row: inside it as the hub stores them, or beside it in a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from redstar_geo.pictures.bounds import PictureError
from redstar_geo.pictures.read import read_file
from redstar_geo.records import Image
from redstar_geo.sources.pictures import normalise
from redstar_geo.sources.row import UnusableRowError

_OF_ROWS = ("data", "dataset")  # what owners call the folder of their rows


def picture(value: Any, folder: Path | None) -> Image:
    """The picture that a column holds, normalised.

    Args:
        value: `{"bytes", "path"}` as the hub has it, or a path.
        folder: where paths begin; they never lead out of it. None: only bytes will do.

    Raises:
        UnusableRowError: `missing_picture`, or the reason of a `PictureError`.
    """
    embedded, path = _parts(value)
    try:
        return normalise(_read(path, folder) if embedded is None else embedded)
    except PictureError as error:
        raise UnusableRowError(error.reason) from None


def files(values: Iterable[Any], folder: Path | None) -> Iterator[Path]:
    """The files that `picture` would read for these values."""
    for value in values:
        embedded, path = _parts(value)
        if embedded is None and (place := beside(path, folder)):
            yield place


def folder_of(path: str | None) -> Path | None:
    """The folder in which the pictures of a local copy lie; None for the hub."""
    if path is None:
        return None
    return Path(path) if Path(path).is_dir() else Path(path).parent


def beside(path: Any, folder: Path | None) -> Path | None:
    """The file that a row names, where there is one.

    Checked by its name alone: the hub's own cache is made of links that lead out.
    """
    if folder is None or not isinstance(path, str):
        return None
    inside = PurePosixPath(path.strip().replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts:
        return None
    for home in _homes(folder):
        try:
            if (home / inside).is_file():
                return home / inside
        except (OSError, ValueError):  # a name that no file can have
            continue
    return None


def _homes(folder: Path) -> Iterator[Path]:
    """Where a repository keeps its pictures, seen from its own folder or from the one that has its rows."""
    roots = [folder, *(folder / name for name in _OF_ROWS)]
    if folder.name in _OF_ROWS:
        roots.append(folder.parent)
    for root in roots:
        yield from (root, root / "images")


def _parts(value: Any) -> tuple[bytes | None, Any]:
    """The picture's bytes, where the value holds them, and its path."""
    if not isinstance(value, dict):
        return None, value
    embedded = value.get("bytes")
    return (embedded if isinstance(embedded, bytes) else None), value.get("path")


def _read(path: Any, folder: Path | None) -> bytes:
    place = beside(path, folder)
    try:
        if place is not None:
            return read_file(place)
    except OSError:  # no right to read it
        pass
    raise UnusableRowError("missing_picture")
