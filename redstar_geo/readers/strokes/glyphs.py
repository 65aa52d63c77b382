"""Letters, digits and signs by their shape, whatever their size: the most alike of the same in several typefaces."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from redstar_geo.geometry import lettering
from redstar_geo.readers.strokes.ink import INK, LETTER, Array, Ink

CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CHARACTERS = CAPITALS + "0123456789abcdefghkmnopqrstuvwxyz?()+√/π"
_GRID = 16
_RENDERED = (11.3, 24)  # pixels of a capital's height: small print is blurred
_SHIFTS = (0, 0.5)
_ASPECT, _HEIGHT = 0.35, 0.5  # what a wrong proportion or size costs, per doubling


class Guess(NamedTuple):
    """A character, how alike it is (1: the same), and how much more than the most alike of other characters."""

    text: str
    score: float
    margin: float


class _Atlas(NamedTuple):
    """Shapes in the order of `_CHARACTERS`, and where those of each start."""

    starts: NDArray[np.int64]
    shapes: Array
    aspects: Array
    heights: Array


def guess(dark: Array, height: float | None = None, among: str | None = None) -> Guess:
    """What a piece of ink, cut to its edges, says.

    Args:
        height: of its box, in capitals; None where that is not known.
        among: the characters that it may be.
    """
    atlas = _atlas()
    scores = atlas.shapes @ _shape(dark)
    scores -= _ASPECT * np.abs(np.log2(dark.shape[1] / dark.shape[0]) - atlas.aspects)
    if height is not None:
        scores -= _HEIGHT * np.maximum(0, np.abs(np.log2(height) - atlas.heights) - 0.1)
    best = np.maximum.reduceat(scores, atlas.starts)
    if among is not None:
        best = np.where([text in among for text in _CHARACTERS], best, -1.0)
    second, first = np.argsort(best)[-2:]
    return Guess(_CHARACTERS[first], float(best[first]), float(best[first] - best[second]))


def _shape(dark: Array) -> Array:
    """Ink brought to one size, less its mean, of length 1."""
    grid = Image.fromarray(dark.astype(np.float32)).resize((_GRID, _GRID), Image.Resampling.BILINEAR)
    flat = np.asarray(grid, np.float32).ravel()
    flat = flat - flat.mean()
    return flat / max(float(np.linalg.norm(flat)), 1e-9)


@lru_cache(maxsize=1)
def _atlas() -> _Atlas:
    fonts = [(_font(face, height), height) for face, height in product(_faces(), _RENDERED)]
    starts: list[int] = []
    shapes: list[Array] = []
    for text in _CHARACTERS:
        starts.append(len(shapes))
        shapes += [dark for font, height in fonts for dark in _drawn(font, text, LETTER / height)]
    sizes = np.array([dark.shape for dark in shapes], float)
    return _Atlas(
        np.array(starts),
        np.array([_shape(dark) for dark in shapes]),
        np.log2(sizes[:, 1] / sizes[:, 0]),
        np.log2(sizes[:, 0] / LETTER),
    )


def _font(face: Path, height: float) -> ImageFont.FreeTypeFont:
    """A typeface at the size where its capitals have this height in pixels."""
    _, top, _, bottom = ImageFont.truetype(face, 100).getbbox("E")
    return ImageFont.truetype(face, 100 * height / (bottom - top))


def _drawn(font: ImageFont.FreeTypeFont, text: str, scale: float) -> Iterator[Array]:
    """A character's ink at several places between pixels; nothing where the typeface lacks it."""
    start, side = round(font.size), 3 * round(font.size)
    for shift in _SHIFTS:
        masks = [Image.new("L", (side, side), 0) for _ in range(2)]
        for mask, each in zip(masks, (text, "\uffff"), strict=True):
            ImageDraw.Draw(mask).text((start + shift, start), each, 255, font)
        if masks[0].tobytes() == masks[1].tobytes():
            return
        dark = Ink(np.asarray(masks[0], np.float64) / 255).scaled(scale).dark
        rows, columns = np.flatnonzero((dark > INK).any(axis=1)), np.flatnonzero((dark > INK).any(axis=0))
        if len(rows):
            yield dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _faces() -> list[Path]:
    own = Path(lettering.__file__).with_name("fonts")
    faces = sorted(own.glob("*.ttf"))
    try:
        import matplotlib
    except ImportError:
        return faces
    more = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    names = ("DejaVuSans", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSerif-Italic", "cmr10", "cmmi10", "cmss10")
    return faces + [more / f"{name}.ttf" for name in names]
