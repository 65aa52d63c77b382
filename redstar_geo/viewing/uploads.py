"""A picture from a stranger → a picture as models take it, or a sentence that says what is wrong with it."""

from __future__ import annotations

import io

from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from redstar_geo.errors import InputError
from redstar_geo.records import Image
from redstar_geo.sources.pictures import PictureError, as_diagram, on_white

MOST_BYTES = 8 << 20
_MOST_PIXELS, _LONGEST_SIDE, _SHORTEST_SIDE = 25_000_000, 2_048, 4
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
_ACCEPTED = "PNG, JPEG, WebP, GIF and BMP are accepted"


class UploadError(InputError):
    """A picture that is refused; the message is for the person who sent it."""


def read_upload(data: bytes) -> Image:
    """PNG, RGB, upright, on white, at most 2,048 pixels a side.

    Nothing is decoded before its kind and its size have been looked at.

    Raises:
        UploadError: too large in bytes or pixels, not a picture (SVG is a program), animated, or damaged.
    """
    if len(data) > MOST_BYTES:
        raise UploadError(
            f"The picture has {len(data) >> 20} MB; at most {MOST_BYTES >> 20} are accepted. Make it smaller."
        )
    try:
        with Pillow.open(io.BytesIO(data), formats=_FORMATS) as opened:
            _check(opened)
            picture = on_white(opened)
    except UnidentifiedImageError:
        raise UploadError(f"This file is no picture that can be read. {_ACCEPTED}; export a drawing as PNG.") from None
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, Pillow.DecompressionBombError) as error:
        raise UploadError(f"The picture is damaged ({type(error).__name__}). {_ACCEPTED}; save it again.") from None
    except PictureError as error:
        raise UploadError(f"The picture cannot be used ({error}).") from None
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Pillow.Resampling.LANCZOS)
    return as_diagram(picture)


def _check(opened: Pillow.Image) -> None:
    width, height = opened.size
    if width * height > _MOST_PIXELS:
        raise UploadError(
            f"The picture has {width} × {height} pixels; at most {_MOST_PIXELS // 1_000_000} million are taken. "
            "Make it smaller."
        )
    if min(width, height) < _SHORTEST_SIDE or max(width, height) > 50 * min(width, height):
        raise UploadError(f"A picture of {width} × {height} pixels shows no diagram. Take another one.")
    if opened.format in ("GIF", "WEBP", "PNG") and _frames(opened) > 1:
        raise UploadError("The picture is animated. Send one that stands still.")


def _frames(opened: Pillow.Image) -> int:
    """How many pictures the file holds, as its format says it."""
    opened.seek(0)
    try:
        opened.seek(1)
    except EOFError:
        return 1
    finally:
        opened.seek(0)
    return 2
