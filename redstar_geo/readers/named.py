"""The reader that a recipe or a command names, and the picture file that it is to read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from redstar_geo.errors import InputError
from redstar_geo.pictures.bounds import PictureError
from redstar_geo.pictures.read import picture_size, read_file
from redstar_geo.recipe import Section
from redstar_geo.records import Image

if TYPE_CHECKING:
    from redstar_geo.formalise.picture import PictureReader

MOST_SAMPLES = 32


class Reader(Section):
    """Who says what pictures show.

    Attributes:
        name: `strokes` for clean line drawings, without a model; `base`, or a folder or hub id of a model trained to
            read diagrams; or the address of a server, http://…/v1.
        model: its name at the server; the server's first where none is given.
        key_env: environment variable that holds the server's key.
        samples: readings of a picture by a model, of which more than half have to agree.
    """

    name: str = Field(min_length=1)
    model: str = ""
    key_env: str | None = None
    samples: int = Field(default=1, gt=0, le=MOST_SAMPLES)

    def open(self) -> PictureReader:
        """The reader, imported only where it is used.

        Raises:
            InputError: `base` does not ship with this installation.
        """
        if self.name == "strokes":
            from redstar_geo.readers.strokes import StrokeReader

            return StrokeReader()
        from redstar_geo.generation.address import ServerAddress
        from redstar_geo.models.shipped import located
        from redstar_geo.readers.model import in_folder, served

        if self.name.startswith(("http://", "https://")):
            return served(ServerAddress(url=self.name, key_env=self.key_env), self.model, self.samples)
        return in_folder(located(self.name), self.samples)


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
