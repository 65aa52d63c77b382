"""What each cell of a grid over a picture holds: dense targets for a vision tower.

A layout knows where every label, point and mark lies. So each image token can be taught what is in it: its labels,
glyph by glyph, the marks, and which points the things in it are about. The last is what reading a diagram takes: the
cell with `53°` names the vertex and the arms of its angle, the cell with A the points that lines lead to from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redstar_geo.geometry.draw import Layout, Pixel
from redstar_geo.geometry.figure import Figure
from redstar_geo.geometry.incidence import arm, lines, neighbours, on_circles

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
GLYPHS = "0123456789" + LETTERS + "°?.+−√/()x"
SLOTS = 6  # glyphs a cell: `2x + 15°`; of longer labels the beginning
ABOUT = ("point", "neighbour", "circle", "side", "vertex", "arm")  # each by letter
MARKS = tuple(f"{kind}{count}" for kind in ("angle", "right", "ticks", "arrows") for count in (1, 2, 3))


@dataclass(frozen=True)
class Cells:
    """Of the R × C cells of a picture, row by row.

    Attributes:
        glyphs: [R·C, SLOTS], 0 for none and 1 + the index in `GLYPHS`, of the labels whose middle lies in the cell: a
            label is told in one place, however many cells it covers.
        about: [R·C, 6, 26], whether what lies in the cell is about a letter, by `ABOUT`: the name of a point here; of a
            point or its name the next points on the lines through it, and the circles; of another label or a mark the
            ends of its side, or vertex and arms of its angle.
        marks: [R·C, 12], whether the middle of such a mark lies in the cell, by `MARKS`.
    """

    glyphs: NDArray[np.int64]
    about: NDArray[np.bool_]
    marks: NDArray[np.bool_]


def cells(figure: Figure, page: Layout, rows: int, columns: int) -> Cells:
    """The targets of a figure and its layout."""
    found = _Grid(page.size, rows, columns)
    found.write(page)
    drawn = lines(figure)
    for name, place in page.places.items():
        found.note(place, "point", name)
        found.note_all(place, _named(figure, drawn, name))
    for label in page.labels:
        found.note_all((label.x, label.y), _named(figure, drawn, label.points))
    for mark, place in page.marks:
        found.note_all(place, _named(figure, drawn, mark.points))
        found.marks[found.cell(place), MARKS.index(f"{mark.kind}{min(mark.count, 3)}")] = True
    return Cells(found.glyphs, found.about, found.marks)


def lettering(page: Layout, rows: int, columns: int) -> Cells:
    """The targets of a page that is about nothing: its glyphs alone."""
    found = _Grid(page.size, rows, columns)
    found.write(page)
    return Cells(found.glyphs, found.about, found.marks)


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

    def cell(self, place: Pixel) -> int:
        column = min(self.columns - 1, max(0, int(place[0] * self.columns / self.size[0])))
        row = min(self.rows - 1, max(0, int(place[1] * self.rows / self.size[1])))
        return row * self.columns + column

    def write(self, page: Layout) -> None:
        """The glyphs of all labels, from left to right; what has no slot left is left out."""
        taken = [0] * len(self.glyphs)
        for label in sorted(page.labels, key=lambda label: label.x):
            cell = self.cell((label.x, label.y))
            for glyph in label.text:
                if glyph in GLYPHS and taken[cell] < SLOTS:
                    self.glyphs[cell, taken[cell]] = GLYPHS.index(glyph) + 1
                    taken[cell] += 1

    def note(self, place: Pixel, what: str, letters: str) -> None:
        for letter in letters:
            self.about[self.cell(place), ABOUT.index(what), LETTERS.index(letter)] = True

    def note_all(self, place: Pixel, said: Iterator[tuple[str, str]]) -> None:
        for what, letters in said:
            self.note(place, what, letters)
