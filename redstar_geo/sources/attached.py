"""The pictures of a row: inside it as the hub stores them, or beside it in a folder."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from redstar_geo.records import Image
from redstar_geo.sources.pictures import PictureError, normalise
from redstar_geo.sources.row import UnusableRowError


def picture(value: Any, folder: Path | None) -> Image:
    """The picture that a column holds, normalised.

    Args:
        value: `{"bytes", "path"}` as the hub has it, or a path.
        folder: where paths begin; they never lead out of it. None: only bytes will do.

    Raises:
        UnusableRowError: `missing_picture` or `bad_picture`.
    """
    if isinstance(value, dict):
        found = value.get("bytes")
        data = found if isinstance(found, bytes) else _beside(value.get("path"), folder)
    else:
        data = _beside(value, folder)
    try:
        return normalise(data)
    except PictureError:
        raise UnusableRowError("bad_picture") from None


def folder_of(path: str | None) -> Path | None:
    """The folder in which the pictures of a local copy lie; None for the hub."""
    if path is None:
        return None
    return Path(path) if Path(path).is_dir() else Path(path).parent


def _beside(path: Any, folder: Path | None) -> bytes:
    """The file that a row names. Checked by its name alone: the hub's own cache is made of links that lead out."""
    if folder is None or not isinstance(path, str):
        raise UnusableRowError("missing_picture")
    inside = PurePosixPath(path)
    if inside.is_absolute() or ".." in inside.parts:
        raise UnusableRowError("missing_picture")
    for place in (folder / inside, folder / "images" / inside):
        try:
            if place.is_file():
                return place.read_bytes()
        except (OSError, ValueError):  # a name that no file can have, or no right to read it
            continue
    raise UnusableRowError("missing_picture")
