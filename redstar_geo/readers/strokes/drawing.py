"""What a drawing is made of: lines, circles, named points, marks and values, in pixels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from redstar_geo.readers.strokes import marks
from redstar_geo.readers.strokes.circles import Circle, circles, on
from redstar_geo.readers.strokes.components import Component, components
from redstar_geo.readers.strokes.ink import LETTER, Ink, ink_of
from redstar_geo.readers.strokes.labels import Box, Label, dashes, labels, letter_height, parts
from redstar_geo.readers.strokes.lines import Line, lines
from redstar_geo.readers.strokes.points import Point, named, points

_LONGEST_MARK = 3 * LETTER  # a part of a wide arc that looks straight
_LEAST_STROKE = 12  # pixels; what is smaller is left of one that is known


@dataclass(frozen=True)
class Drawing:
    """What a picture is made of, in pixels with y downwards.

    Attributes:
        names: the points by their letters.
        values: labels that are no letter of a point.
        left: the boxes of strokes that are none of all this.
    """

    lines: Sequence[Line]
    circles: Sequence[Circle]
    names: Mapping[str, Point]
    values: Sequence[Label]
    corners: Sequence[marks.Corner]
    along: Sequence[marks.Along]
    left: Sequence[Box]

    def on_line(self, number: int) -> str:
        """The points on a line in their order."""
        line = self.lines[number]
        on_it = [name for name, point in self.names.items() if number in point.lines]
        return "".join(sorted(on_it, key=lambda name: self.place(line, name)))

    def place(self, line: Line, name: str) -> float:
        """How far along a line a point is."""
        return line.place(self.names[name].x, self.names[name].y)[0]


def drawing(data: bytes, question: str) -> Drawing:
    """The drawing in a picture.

    Args:
        question: of two letters that look alike it is rather one that this has.

    Raises:
        PictureError: the picture cannot be read, or is no line drawing.
    """
    ink = ink_of(data)
    ink = ink.scaled(LETTER / letter_height(ink))
    there = parts(ink)
    stroked = _only(ink, [*there.strokes, *dashes(there.bars)])
    rings = circles(stroked, stroked.mask)
    mask = stroked.mask
    for ring in rings:
        mask &= ~on(ring, mask.shape)
    straight = lines(stroked, mask)
    known = marks.Rest(stroked, straight, rings).hidden
    loose = [bar for bar in there.bars if known[bar.rows, bar.columns].mean() < 0.5]
    written = labels(ink, [*there.signs, *loose], "".join(set(re.findall("[A-Z]", question))))
    letters = [label for label in written if label.is_point]
    dots = [
        ((left + right - 1) / 2, (top + bottom - 1) / 2) for left, top, right, bottom in (d.box for d in there.dots)
    ]
    names, _ = named(points(straight, rings, dots), letters)
    straight = [line for number, line in enumerate(straight) if _is_side(line, number, names)]
    names, strays = named(points(straight, rings, dots), letters)
    rest = marks.Rest(stroked, straight, rings)
    corners, along = marks.corners(rest, names, straight, rings), marks.along(rest, straight)
    left = [part.box for part in components(rest.left) if len(part.rows) >= _LEAST_STROKE]
    values = [label for label in written if not label.is_point]
    return Drawing(straight, rings, names, [*values, *strays], corners, along, left)


def _is_side(line: Line, number: int, names: Mapping[str, Point]) -> bool:
    """Whether a line is no part of a mark: it is long, or has letters."""
    return line.length > _LONGEST_MARK or sum(number in point.lines for point in names.values()) > 1


def _only(ink: Ink, kept: Sequence[Component]) -> Ink:
    """The ink of some parts, with their blurred edges."""
    mask = np.zeros(ink.dark.shape, bool)
    for part in kept:
        mask[part.rows, part.columns] = True
    near = mask.copy()
    for axis in (0, 1):
        for shift in (1, -1):
            near |= np.roll(mask, shift, axis)
    return Ink(np.where(near, ink.dark, 0.0))
