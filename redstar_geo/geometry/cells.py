"""What each cell of a grid over a picture holds: dense targets for a vision tower.

A layout knows where every label, point and mark lies. So each image token can be taught what is in it: its labels,
glyph by glyph, the marks, and which points the things in it are about. The last is what reading a diagram takes: the
cell with `53°` names the vertex and the arms of its angle, the cell with A the points that lines lead to from there.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redstar_geo.geometry.draw import Layout, Pixel
from redstar_geo.geometry.figure import Figure
from redstar_geo.geometry.incidence import arm, lines, neighbours, on_circles
from redstar_geo.geometry.lettering import glyph_centres

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
GLYPHS = "0123456789" + LETTERS + "°?.+−√/()x"
SLOTS = 6  # glyphs a cell: `2x + 15°`; of longer labels the beginning
ABOUT = ("point", "neighbour", "circle", "side", "vertex", "arm")  # each by letter
_DIRECTIONS = 8
MARKS = (
    *(f"{kind}{count}" for kind in ("angle", "right", "ticks", "arrows") for count in (1, 2, 3)),
    *(f"line{direction}" for direction in range(_DIRECTIONS)),
    "circle",
)
_STRIDE = 2.0  # pixels from one place of a line to the next
_SHORTEST = 8.0  # pixels of a line in a cell that it passes through
PATCH = 2  # patches along an edge of a cell: what a tower sees before they are merged


@dataclass(frozen=True)
class Cells:
    """Of the R × C cells of a picture, row by row.

    Attributes:
        glyphs: [R·C, SLOTS], 0 for none and 1 + the index in `GLYPHS`, of the labels whose middle lies in the cell: a
            label is told in one place, however many cells it covers.
        about: [R·C, 6, 26], whether what lies in the cell is about a letter, by `ABOUT`: the name of a point here; of a
            point or its name the next points on the lines through it, and the circles; of another label or a mark the
            ends of its side, or vertex and arms of its angle.
        marks: [R·C, 21], by `MARKS`: whether the middle of such a mark lies in the cell, or a line of such a direction
            or a circle passes through it.
        patches: [R·C, PATCH²], the glyph whose middle lies in each part of the cell, as in `glyphs`.
    """

    glyphs: NDArray[np.int64]
    about: NDArray[np.bool_]
    marks: NDArray[np.bool_]
    patches: NDArray[np.int64]


def cells(figure: Figure, page: Layout, rows: int, columns: int) -> Cells:
    """The targets of a figure and its layout."""
    found = _Grid(page.size, rows, columns)
    found.draw(page)
    drawn = lines(figure)
    for name, place in page.places.items():
        found.note(place, "point", name)
        found.note_all(place, _named(figure, drawn, name))
    for label in page.labels:
        found.note_all((label.x, label.y), _named(figure, drawn, label.points))
    for mark, place in page.marks:
        found.note_all(place, _named(figure, drawn, mark.points))
        found.marks[found.cell(place), MARKS.index(f"{mark.kind}{min(mark.count, 3)}")] = True
    return found.cells()


def lettering(page: Layout, rows: int, columns: int) -> Cells:
    """The targets of a page that is about nothing: its glyphs alone."""
    found = _Grid(page.size, rows, columns)
    found.draw(page)
    return found.cells()


def _named(figure: Figure, drawn: list[str], points: str) -> Iterator[tuple[str, str]]:
    """What a point, label or mark with these points says of which letters."""
    if len(points) == 1:
        yield "neighbour", "".join(neighbours(drawn, points))
        yield "circle", "".join(circle for circle, on_it in on_circles(figure).items() if points in on_it)
    if len(points) == 2:
        yield "side", points
    if len(points) == 3:
        yield "vertex", points[1]
        yield "arm", "".join(arm(drawn, points[1], end) for end in (points[0], points[2]))


class _Grid:
    def __init__(self, size: tuple[int, int], rows: int, columns: int) -> None:
        self.size, self.rows, self.columns = size, rows, columns
        self.glyphs = np.zeros((rows * columns, SLOTS), np.int64)
        self.about = np.zeros((rows * columns, len(ABOUT), len(LETTERS)), np.bool_)
        self.marks = np.zeros((rows * columns, len(MARKS)), np.bool_)
        self.patches = np.zeros((rows * PATCH, columns * PATCH), np.int64)

    def cells(self) -> Cells:
        parts = self.patches.reshape(self.rows, PATCH, self.columns, PATCH).swapaxes(1, 2)
        return Cells(self.glyphs, self.about, self.marks, parts.reshape(-1, PATCH * PATCH))

    def cell(self, place: Pixel) -> int:
        column = min(self.columns - 1, max(0, int(place[0] * self.columns / self.size[0])))
        row = min(self.rows - 1, max(0, int(place[1] * self.rows / self.size[1])))
        return row * self.columns + column

    def draw(self, page: Layout) -> None:
        """What is seen of it: labels, lines and circles."""
        self.write(page)
        for x1, y1, x2, y2 in (*page.strokes, *page.dashed):
            steps = max(1, round(math.dist((x1, y1), (x2, y2)) / _STRIDE))
            direction = round(math.atan2(y2 - y1, x2 - x1) / math.pi * _DIRECTIONS) % _DIRECTIONS
            self.pass_through(
                f"line{direction}",
                [(x1 + (x2 - x1) * at / steps, y1 + (y2 - y1) * at / steps) for at in range(steps + 1)],
            )
        for x, y, radius in page.rings:
            turns = [math.tau * at * _STRIDE / (math.tau * radius) for at in range(round(math.tau * radius / _STRIDE))]
            self.pass_through("circle", [(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns])

    def pass_through(self, mark: str, places: list[Pixel]) -> None:
        """Mark the cells that hold several of these places."""
        held = Counter(self.cell(place) for place in places if self.inside(place))
        for cell, count in held.items():
            self.marks[cell, MARKS.index(mark)] |= count * _STRIDE >= _SHORTEST

    def inside(self, place: Pixel) -> bool:
        return 0 <= place[0] < self.size[0] and 0 <= place[1] < self.size[1]

    def write(self, page: Layout) -> None:
        """The glyphs of all labels, from left to right; what has no slot left is left out."""
        taken = [0] * len(self.glyphs)
        for label in sorted(page.labels, key=lambda label: label.x):
            cell = self.cell((label.x, label.y))
            for glyph in label.text:
                if glyph in GLYPHS and taken[cell] < SLOTS:
                    self.glyphs[cell, taken[cell]] = GLYPHS.index(glyph) + 1
                    taken[cell] += 1
            for glyph, right in glyph_centres(label.text):
                place = label.x + right, label.y
                if glyph in GLYPHS and self.inside(place):
                    column, row = (
                        int(at * PATCH * n / edge)
                        for at, n, edge in zip(place, (self.columns, self.rows), self.size, strict=True)
                    )
                    self.patches[row, column] = GLYPHS.index(glyph) + 1

    def note(self, place: Pixel, what: str, letters: str) -> None:
        for letter in letters:
            self.about[self.cell(place), ABOUT.index(what), LETTERS.index(letter)] = True

    def note_all(self, place: Pixel, said: Iterator[tuple[str, str]]) -> None:
        for what, letters in said:
            self.note(place, what, letters)
