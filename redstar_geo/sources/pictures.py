"""Diagrams as data sets have them → diagrams as models take them."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from redstar_geo.errors import RedStarError
from redstar_geo.records import Image

MIN_SIDE = 56  # two merged patches of 28 px: less than that, Qwen-VL and InternVL processors refuse or blur
_MAX_PIXELS = 50_000_000
_MAX_ASPECT = 200  # beyond it a stroke is no diagram: Qwen-VL processors refuse it, and made wide it fills the memory


class PictureError(RedStarError):
    """A file that is no readable picture, or an unreasonably large one."""


def flatten(data: bytes) -> Pillow.Image:
    """The picture in RGB, upright as its camera says, transparency on white.

    Raises:
        PictureError: not a picture, truncated, above 50 megapixels, one side above 200 times the other, or of values
            that are no shades (floats, or integers beyond 16 bits).
    """
    try:
        with Pillow.open(io.BytesIO(data)) as opened:
            sides = sorted(opened.size)
            if sides[0] * sides[1] > _MAX_PIXELS or sides[1] > _MAX_ASPECT * sides[0]:
                raise PictureError(f"{opened.width} × {opened.height} pixels")
            return on_white(opened)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Pillow.DecompressionBombError) as error:
        raise PictureError(repr(error)) from None


def on_white(opened: Pillow.Image) -> Pillow.Image:
    """An opened picture in RGB, upright as its camera says, transparency on white.

    Raises:
        PictureError: its values are no shades.
    """
    picture = _in_bytes(ImageOps.exif_transpose(opened)).convert("RGBA")
    flat = Pillow.new("RGB", picture.size, "white")
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


def normalise(data: bytes) -> Image:
    """PNG, RGB, transparency on white, the shorter side at least `MIN_SIDE` pixels.

    Raises:
        PictureError: as `flatten`.
    """
    return as_diagram(flatten(data))


def as_diagram(flat: Pillow.Image) -> Image:
    """A flat picture as PNG, the shorter side at least `MIN_SIDE` pixels."""
    shorter = min(flat.size)
    if shorter < MIN_SIDE:
        scale = MIN_SIDE / shorter
        flat = flat.resize((round(flat.width * scale), round(flat.height * scale)), Pillow.Resampling.LANCZOS)
    out = io.BytesIO()
    flat.save(out, "PNG")
    return Image.of(out.getvalue())


def _in_bytes(picture: Pillow.Image) -> Pillow.Image:
    """A picture of 16-bit grey in 8 bits; `convert` would make all above 255 white. Any other as it is."""
    if picture.mode == "F":
        raise PictureError("shades in floating point, whose white is not known")
    if not picture.mode.startswith("I"):
        return picture
    shades = np.asarray(picture)
    if shades.min() < 0 or shades.max() > 0xFFFF:
        raise PictureError(f"shades from {shades.min()} to {shades.max()}")
    return Pillow.fromarray((shades // 256).astype(np.uint8))
