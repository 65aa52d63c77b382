"""The labels' letters: what ink a text has, how large it is, and where each of its glyphs lies."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_FONTS = Path(__file__).with_name("fonts")
_FONT_SIZE = 17


@lru_cache(maxsize=4_096)
def ink(text: str) -> Image.Image:
    """The text's ink as a mask, cut to its edges; point names in italics."""
    left, top, right, bottom = _bounds(text)
    mask = Image.new("L", (right - left, bottom - top), 0)
    ImageDraw.Draw(mask).text((-left, -top), text, 255, _font_of(text))
    return mask


@lru_cache(maxsize=4_096)
def half_size(text: str) -> tuple[float, float]:
    """Half the width and height of a text's ink, in pixels."""
    mask = ink(text)
    return mask.width / 2, mask.height / 2


def glyph_centres(text: str) -> Iterator[tuple[str, float]]:
    """Each glyph but the spaces, with the place of its middle in pixels right of the text's middle."""
    font, (left, _, right, _) = _font_of(text), _bounds(text)
    start = 0.0
    for place, glyph in enumerate(text):
        end = font.getlength(text[: place + 1])
        if not glyph.isspace():
            yield glyph, (start + end - left - right) / 2
        start = end


def _bounds(text: str) -> tuple[int, int, int, int]:
    left, top, right, bottom = _font_of(text).getbbox(text)
    return math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)


def _font_of(text: str) -> ImageFont.FreeTypeFont:
    return _font(italic=text.isalpha() and text.isupper())


@lru_cache(maxsize=2)
def _font(*, italic: bool) -> ImageFont.FreeTypeFont:
    name = "STIXGeneralItalic.ttf" if italic else "STIXGeneral.ttf"
    return ImageFont.truetype(_FONTS / name, _FONT_SIZE)
