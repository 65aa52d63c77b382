"""A picture as ink on paper: how dark each pixel is, at a size where its capital letters are `LETTER` pixels high."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from redstar_geo.pictures.bounds import PictureError
from redstar_geo.pictures.read import read_picture

Array = NDArray[np.float64]

LETTER = 16.0  # every length of this package is in pixels of that size
MOST_PIXELS = 4_000_000
INK = 0.3  # darkness of what is part of a stroke
_MOST_INK = 0.25  # of the pixels: a drawing is mostly paper
_GREY = (0.12, 0.3)  # darkness of what is neither
_MOST_GREY = 0.1  # of the pixels


class NotADrawingError(PictureError):
    """A picture that is no clean line drawing with letters; `what` says why."""

    def __init__(self, what: str) -> None:
        super().__init__("not_a_drawing", what)

    def __str__(self) -> str:
        return (
            f"The picture cannot be read by its strokes: {self.what}. Only clean line drawings can be. Have a model "
            "read it, or say what it shows in statements."
        )


@dataclass(frozen=True)
class Ink:
    """Darkness from 0, paper, to 1, by row and column."""

    dark: Array

    @property
    def mask(self) -> NDArray[np.bool_]:
        return self.dark > INK

    def at(self, x: Array, y: Array) -> Array:
        """The darkness at places between pixels, whose centres have whole coordinates; 0 outside."""
        height, width = self.dark.shape
        left, top = np.floor(x).astype(int), np.floor(y).astype(int)
        inside = (left >= 0) & (top >= 0) & (left < width - 1) & (top < height - 1)
        left, top = np.clip(left, 0, width - 2), np.clip(top, 0, height - 2)
        across, down = x - left, y - top
        upper = self.dark[top, left] * (1 - across) + self.dark[top, left + 1] * across
        lower = self.dark[top + 1, left] * (1 - across) + self.dark[top + 1, left + 1] * across
        return np.where(inside, upper * (1 - down) + lower * down, 0.0)

    def scaled(self, factor: float) -> Ink:
        """The same picture, larger or smaller.

        Raises:
            NotADrawingError: it would be too large.
        """
        height, width = (max(2, round(side * factor)) for side in self.dark.shape)
        if width * height > MOST_PIXELS:
            raise NotADrawingError("its letters are too small for its size")
        grey = Pillow.fromarray(self.dark.astype(np.float32)).resize((width, height), Pillow.Resampling.BICUBIC)
        return Ink(np.clip(np.asarray(grey, np.float64), 0, 1))


def ink_of(data: bytes) -> Ink:
    """The ink of a picture of dark strokes on light paper, or of light ones on dark.

    Raises:
        PictureError: it cannot be read.
        NotADrawingError: it is no drawing.
    """
    picture = np.asarray(read_picture(data), np.float64)
    shades = picture.min(axis=2) if _paper(picture.min(axis=2)) > 127 else 255 - picture.max(axis=2)
    paper = _paper(shades)
    below = shades[shades < paper - 32]
    if below.size < 16:
        raise NotADrawingError("nothing is drawn on it")
    darkest = np.percentile(below, 10)
    dark = np.clip((paper - shades) / (paper - darkest), 0, 1)
    if (dark > INK).mean() > _MOST_INK or ((dark > _GREY[0]) & (dark < _GREY[1])).mean() > _MOST_GREY:
        raise NotADrawingError("it is a photo or a painting, not black on white")
    return Ink(dark)


def _paper(shades: Array) -> float:
    """The most frequent shade."""
    counts = np.bincount(np.clip(shades, 0, 255).astype(int).ravel(), minlength=256)
    return float(np.convolve(counts, np.ones(5), "same").argmax())
