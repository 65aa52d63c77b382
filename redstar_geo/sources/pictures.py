"""Diagrams as data sets have them → diagrams as models take them."""

from __future__ import annotations

import io

from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from redstar_geo.errors import RedStarError
from redstar_geo.records import Image

MIN_SIDE = 56  # two merged patches of 28 px: less than that, Qwen-VL and InternVL processors refuse or blur
_MAX_PIXELS = 50_000_000


class PictureError(RedStarError):
    """A file that is no readable picture, or an unreasonably large one."""


def flatten(data: bytes) -> Pillow.Image:
    """The picture in RGB, upright as its camera says, transparency on white.

    Raises:
        PictureError: not a picture, truncated, or above 50 megapixels.
    """
    try:
        with Pillow.open(io.BytesIO(data)) as opened:
            if opened.width * opened.height > _MAX_PIXELS:
                raise PictureError(f"{opened.width} × {opened.height} pixels")
            picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Pillow.DecompressionBombError) as error:
        raise PictureError(repr(error)) from None
    flat = Pillow.new("RGB", picture.size, "white")
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


def normalise(data: bytes) -> Image:
    """PNG, RGB, transparency on white, the shorter side at least `MIN_SIDE` pixels.

    Raises:
        PictureError: not a picture, truncated, or above 50 megapixels.
    """
    flat = flatten(data)
    shorter = min(flat.size)
    if shorter < MIN_SIDE:
        scale = MIN_SIDE / shorter
        flat = flat.resize((round(flat.width * scale), round(flat.height * scale)), Pillow.Resampling.LANCZOS)
    out = io.BytesIO()
    flat.save(out, "PNG")
    return Image.of(out.getvalue())
