"""Straight lines in the ink: the most voted for first, each taken out of what votes for the next (Hough 1962)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from redstar_geo.readers.strokes.ink import INK, LETTER, Array, Ink

_DIRECTIONS = 180
_SHORTEST = 1.5 * LETTER  # of a side of a figure; what is shorter is a mark
_NEAR = 1.6  # pixels from the middle of a stroke to its edge
DASH_GAP = 0.4 * LETTER
_SOLID = 0.85  # share of ink along a line that is not dashed
_DASHED = 0.4  # at least
_MOST_BEND = 0.7
_MOST = 60  # lines


class Line(NamedTuple):
    """A stroke from one end to the other."""

    x1: float
    y1: float
    x2: float
    y2: float
    dashed: bool = False

    @property
    def length(self) -> float:
        return math.hypot(self.x2 - self.x1, self.y2 - self.y1)

    @property
    def along(self) -> tuple[float, float]:
        """The direction from the first end, of length 1."""
        return (self.x2 - self.x1) / self.length, (self.y2 - self.y1) / self.length

    def place(self, x: float, y: float) -> tuple[float, float]:
        """How far along a point is from the first end, and how far to the side."""
        dx, dy = self.along
        return (x - self.x1) * dx + (y - self.y1) * dy, (y - self.y1) * dx - (x - self.x1) * dy


def lines(ink: Ink, mask: NDArray[np.bool_]) -> list[Line]:
    """The straight lines of a mask, longest support first; how far each goes is read off all ink.

    Args:
        mask: what is no label and on no circle.
    """
    y, x = (each.astype(float) for each in np.nonzero(mask))
    votes = _Votes(x, y, mask.shape)
    found: list[Line] = []
    for _ in range(2 * _MOST):
        free = ~votes.taken
        if free.sum() < _SHORTEST or len(found) >= _MOST:
            break
        line = _refined(x[free], y[free], *votes.best())
        on = np.zeros(len(x), bool)
        for each in _runs(ink, line) if line else ():
            along, aside = _places(each, x, y)
            mine = (np.abs(aside) < _NEAR + 0.5) & (along > -_NEAR) & (along < each.length + _NEAR)
            if (mine & free).sum() >= 0.5 * each.length:
                found.append(each)
                on |= mine
        if not (on & free).any():
            on = votes.voters()
        votes.take(on & free)
    return found


class _Votes:
    """How many free pixels lie on each line, by direction of its normal and distance from the middle."""

    def __init__(self, x: Array, y: Array, shape: tuple[int, ...]) -> None:
        self.turns = np.arange(_DIRECTIONS) * math.pi / _DIRECTIONS
        self.middle = shape[1] / 2, shape[0] / 2
        self.reach = math.ceil(math.hypot(*shape) / 2) + 2
        aside = np.outer(x - self.middle[0], np.cos(self.turns)) + np.outer(y - self.middle[1], np.sin(self.turns))
        self.cells = (np.round(aside).astype(np.int32) + self.reach) + np.arange(_DIRECTIONS, dtype=np.int32) * (
            2 * self.reach
        )
        self.count = self._counted(slice(None))
        self.taken = np.zeros(len(x), bool)

    def _counted(self, which: NDArray[np.bool_] | slice) -> NDArray[np.int64]:
        return np.bincount(self.cells[which].ravel(), minlength=_DIRECTIONS * 2 * self.reach)

    def _peak(self) -> int:
        return int((self.count[1:] + self.count[:-1]).argmax())  # a stroke is about two pixels wide

    def best(self) -> tuple[float, float, float]:
        """The direction of the normal and a point of the line that most are on."""
        row, place = divmod(self._peak(), 2 * self.reach)
        turn, distance = self.turns[row], place + 0.5 - self.reach
        return turn, self.middle[0] + distance * math.cos(turn), self.middle[1] + distance * math.sin(turn)

    def voters(self) -> NDArray[np.bool_]:
        peak = self._peak()
        cells = self.cells[:, peak // (2 * self.reach)]
        return np.asarray((cells >= peak - 1) & (cells <= peak + 2))

    def take(self, which: NDArray[np.bool_]) -> None:
        self.count -= self._counted(which)
        self.taken |= which


def _refined(x: Array, y: Array, turn: float, x0: float, y0: float) -> Line | None:
    """The line through the pixels near this one, by total least squares; long enough to cross the picture."""
    dx, dy = -math.sin(turn), math.cos(turn)
    for near in (3.0, 2.0, 1.2, 1.2):
        aside = (y - y0) * dx - (x - x0) * dy
        on = np.abs(aside) < near
        if on.sum() < 3:
            return None
        points = np.stack([x[on], y[on]])
        (x0, y0), (dx, dy) = points.mean(axis=1), np.linalg.eigh(np.cov(points))[1][:, -1]
    along = (x - x0) * dx + (y - y0) * dy
    low, high = along[on].min() - 2 * LETTER, along[on].max() + 2 * LETTER
    return Line(x0 + low * dx, y0 + low * dy, x0 + high * dx, y0 + high * dy)


def _places(line: Line, x: Array, y: Array) -> tuple[Array, Array]:
    dx, dy = line.along
    return (x - line.x1) * dx + (y - line.y1) * dy, (y - line.y1) * dx - (x - line.x1) * dy


def _runs(ink: Ink, line: Line) -> list[Line]:
    """The parts of a line on which there is ink, dashes joined; none of what is bent."""
    dx, dy = line.along
    steps = np.arange(0, line.length, 0.5)
    aside = np.arange(-2.5, 2.6, 0.5)[:, None]
    dark = ink.at(line.x1 + steps * dx - aside * dy, line.y1 + steps * dy + aside * dx)
    there = np.flatnonzero(dark[4:7].max(axis=0) > INK)
    if not len(there):
        return []
    found = []
    for part in np.split(there, np.flatnonzero(np.diff(there) > 2 * DASH_GAP) + 1):
        first, last = steps[part[0]], steps[part[-1]]
        share = len(part) / (part[-1] - part[0] + 1)
        if last - first >= _SHORTEST and share > _DASHED and _bend(dark[:, part], aside) < _MOST_BEND:
            ends = (line.x1 + first * dx, line.y1 + first * dy, line.x1 + last * dx, line.y1 + last * dy)
            found.append(Line(*ends, dashed=bool(share < _SOLID)))
    return found


def _bend(dark: Array, aside: Array) -> float:
    """By how many pixels a stroke bulges: the part of a parabola in its middle, from end to end."""
    middle = (dark * aside).sum(axis=0) / np.maximum(dark.sum(axis=0), 0.1)
    place = np.linspace(-1, 1, len(middle))
    parabola = place**2 - np.mean(place**2)
    return abs(float(middle @ parabola / (parabola @ parabola)))
