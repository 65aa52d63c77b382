"""A picture from a stranger → a picture as models take it, or a sentence that says what is wrong with it."""

from __future__ import annotations

import io

from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from redstar_geo.errors import InputError
from redstar_geo.records import Image
from redstar_geo.sources.pictures import PictureError, normalise

MOST_BYTES = 8 << 20
_MOST_PIXELS, _LONGEST_SIDE, _SHORTEST_SIDE = 25_000_000, 2_048, 4
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
_TAKEN = "PNG, JPEG, WebP, GIF and BMP are taken"


class UploadError(InputError):
    """A picture that is not taken; the message is for the person who sent it."""


def read_upload(data: bytes) -> Image:
    """PNG, RGB, upright, on white, at most 2,048 pixels a side.

    Nothing is decoded before its kind and its size have been looked at.

    Raises:
        UploadError: too large in bytes or pixels, not a picture (SVG is a program), animated, or damaged.
    """
    if len(data) > MOST_BYTES:
        raise UploadError(
            f"The picture has {len(data) >> 20} MB; at most {MOST_BYTES >> 20} are taken. Make it smaller."
        )
    try:
        with Pillow.open(io.BytesIO(data), formats=_FORMATS) as opened:
            _check(opened)
            upright = ImageOps.exif_transpose(_eight_bits(opened))
            upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Pillow.Resampling.LANCZOS)
            out = io.BytesIO()
            upright.convert("RGBA" if _transparent(upright) else "RGB").save(out, "PNG")
    except UnidentifiedImageError:
        raise UploadError(f"This file is no picture that can be read. {_TAKEN}; export a drawing as PNG.") from None
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, Pillow.DecompressionBombError) as error:
        raise UploadError(f"The picture is damaged ({type(error).__name__}). {_TAKEN}; save it again.") from None
    try:
        return normalise(out.getvalue())
    except PictureError as error:
        raise UploadError(f"The picture cannot be used ({error}).") from None


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


def _eight_bits(opened: Pillow.Image) -> Pillow.Image:
    """Sixteen-bit grey would be cut off at 255 by a plain conversion."""
    if opened.mode.startswith("I"):
        return opened.convert("I").point(lambda value: value / 256).convert("L")
    opened.load()
    return opened


def _transparent(picture: Pillow.Image) -> bool:
    return picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
