"""The reader that a user names, and the picture file that it is to read."""

from __future__ import annotations

from pathlib import Path

from redstar_geo.errors import InputError
from redstar_geo.formalise.picture import PictureReader
from redstar_geo.generation.address import ServerAddress
from redstar_geo.pictures.bounds import PictureError
from redstar_geo.pictures.read import picture_size, read_file
from redstar_geo.readers.model import in_folder, served
from redstar_geo.readers.strokes import StrokeReader
from redstar_geo.records import Image


def open_reader(
    name: str, base: Path | None, model: str = "", key_env: str | None = None, samples: int = 1
) -> PictureReader:
    """`strokes`, `base`, a folder or hub id, or an address that begins with http.

    Args:
        base: the folder of the model that ships with the package; None where none does.

    Raises:
        InputError: there is no such reader.
    """
    if name.startswith(("http://", "https://")):
        return served(ServerAddress(url=name, key_env=key_env), model, samples)
    if name == "strokes":
        return StrokeReader()
    if name != "base":
        return in_folder(name, samples)
    if base is None:
        raise InputError(
            "No base ships with this version. Name another reader by --reader: strokes, the folder of a model, or the "
            "address of a server (http://…/v1); or say what the picture shows by --statements."
        )
    return in_folder(str(base), samples)


def read_image(path: Path) -> Image:
    """A picture file, within the bounds of `pictures`.

    Raises:
        InputError: it cannot be read, or is no picture.
    """
    try:
        data = read_file(path)
        picture_size(data)
    except (OSError, PictureError) as error:
        raise InputError(f"The picture {path} cannot be read: {error}. Give a PNG, JPEG or WebP file.") from None
    return Image.of(data)
