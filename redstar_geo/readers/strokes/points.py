"""Where strokes meet or end, and which letters stand there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from redstar_geo.readers.strokes.circles import Circle
from redstar_geo.readers.strokes.ink import LETTER
from redstar_geo.readers.strokes.labels import Label
from redstar_geo.readers.strokes.lines import DASH_GAP, Line

_SAME = 0.4 * LETTER  # pixels between what is one point
_ON = 2.0  # pixels from a line or circle to a point on it
TOUCH = 1.3  # pixels between a tangent and its circle
_FARTHEST = 1.5 * LETTER  # from a letter to its point
_MERE_CROSSING = 0.4 * LETTER  # how much nearer a letter has to be to a crossing than to an end


@dataclass
class Point:
    """A place with the lines and circles through it, by number.

    Attributes:
        ends: the lines that end in it.
    """

    x: float
    y: float
    lines: set[int] = field(default_factory=set)
    ends: set[int] = field(default_factory=set)
    circles: set[int] = field(default_factory=set)
    centre: set[int] = field(default_factory=set)

    def distance(self, x: float, y: float) -> float:
        return math.hypot(self.x - x, self.y - y)


def points(lines: Sequence[Line], circles: Sequence[Circle], dots: Sequence[tuple[float, float]]) -> list[Point]:
    """All places where lines end, meet one another or a circle, the centres, and the dots."""
    found: list[Point] = []
    for each in _places(lines, circles, dots):
        near = [other for other in found if other.distance(each.x, each.y) < _SAME]
        if near:
            _join(min(near, key=lambda other: other.distance(each.x, each.y)), each)
        else:
            found.append(each)
    for point in found:
        _settle(point, lines, circles)
    for point in found:
        point.lines |= {n for n, line in enumerate(lines) if _is_on(line, point)}
        point.circles |= {
            n for n, circle in enumerate(circles) if abs(point.distance(*circle[:2]) - circle.radius) < _ON
        }
    return found


def named(found: Sequence[Point], labels: Sequence[Label]) -> tuple[dict[str, Point], list[Label]]:
    """The points by their letters, and the letters that stand at none."""
    pairs = sorted(
        (label.gap(point.x, point.y) + (0 if point.ends or point.centre else _MERE_CROSSING), i, j)
        for i, label in enumerate(labels)
        for j, point in enumerate(found)
        if label.gap(point.x, point.y) < _FARTHEST
    )
    names: dict[str, Point] = {}
    taken: set[int] = set()
    for _, i, j in pairs:
        text = labels[i].text
        if text is not None and text not in names and j not in taken:
            names[text] = found[j]
            taken.add(j)
    return names, [label for label in labels if label.text not in names]


def _places(lines: Sequence[Line], circles: Sequence[Circle], dots: Sequence[tuple[float, float]]) -> Iterator[Point]:
    for (i, first), (j, second) in combinations(enumerate(lines), 2):
        if crossing := _crossing(first, second):
            yield Point(*crossing, {i, j})
    for j, circle in enumerate(circles):
        yield Point(circle.x, circle.y, centre={j})
        for i, line in enumerate(lines):
            yield from (Point(x, y, {i}, circles={j}) for x, y in _meeting(line, circle))
    yield from (Point(x, y) for x, y in dots)
    for i, line in enumerate(lines):
        for x, y in _ends(line, circles):
            yield Point(x, y, {i}, {i})


def _ends(line: Line, circles: Sequence[Circle]) -> Iterator[tuple[float, float]]:
    """The ends; of a line that touches a circle what looks like its last part may be the circle's."""
    for x, y in ((line.x1, line.y1), (line.x2, line.y2)):
        for circle in circles:
            along, aside = line.place(circle.x, circle.y)
            dx, dy = line.along
            foot = line.x1 + along * dx, line.y1 + along * dy
            blurred = math.sqrt(2 * circle.radius * 2.5) + 3
            if abs(abs(aside) - circle.radius) < TOUCH and math.dist(foot, (x, y)) < blurred:
                x, y = foot
        yield x, y


def _crossing(first: Line, second: Line) -> tuple[float, float] | None:
    (ax, ay), (bx, by) = first.along, second.along
    cross = ax * by - ay * bx
    if abs(cross) < 0.05:
        return None
    along = ((second.x1 - first.x1) * by - (second.y1 - first.y1) * bx) / cross
    x, y = first.x1 + along * ax, first.y1 + along * ay
    slack = min(3 * _SAME, _SAME / abs(cross))
    return (x, y) if all(_reaches(line, x, y, slack) for line in (first, second)) else None


def _reaches(line: Line, x: float, y: float, slack: float) -> bool:
    """Whether a line goes to a place on it; a dashed one may end with the gap after a dash."""
    if line.dashed:
        slack += DASH_GAP
    return -slack < line.place(x, y)[0] < line.length + slack


def _meeting(line: Line, circle: Circle) -> Iterator[tuple[float, float]]:
    along, aside = line.place(circle.x, circle.y)
    half = math.sqrt(max(0.0, circle.radius**2 - aside**2))
    if abs(aside) > circle.radius + TOUCH:
        return
    for place in {along} if abs(aside) > circle.radius - TOUCH else {along - half, along + half}:
        x, y = line.x1 + place * line.along[0], line.y1 + place * line.along[1]
        if _reaches(line, x, y, _SAME):
            yield x, y


def _join(point: Point, other: Point) -> None:
    point.lines |= other.lines
    point.ends |= other.ends
    point.circles |= other.circles
    point.centre |= other.centre


def _settle(point: Point, lines: Sequence[Line], circles: Sequence[Circle]) -> None:
    """Move a point to where its lines and circles are nearest to one another."""
    rows, rest = [], []
    for line in (lines[n] for n in point.lines):
        dx, dy = line.along
        rows.append((-dy, dx))
        rest.append(-line.place(point.x, point.y)[1])
    for circle in (circles[n] for n in point.circles):
        away = max(point.distance(circle.x, circle.y), 1e-9)
        rows.append(((point.x - circle.x) / away, (point.y - circle.y) / away))
        rest.append(circle.radius - away)
    if len(rows) < 2:
        return
    matrix = np.array(rows)
    if np.linalg.svd(matrix, compute_uv=False)[-1] < 0.1:
        return
    dx, dy = np.linalg.lstsq(matrix, np.array(rest))[0]
    if math.hypot(dx, dy) < 2 * _SAME:
        point.x, point.y = point.x + float(dx), point.y + float(dy)


def _is_on(line: Line, point: Point) -> bool:
    return abs(line.place(point.x, point.y)[1]) < _ON and _reaches(line, point.x, point.y, _SAME)
