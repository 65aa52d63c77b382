"""Marks: little squares and arcs at corners, ticks and arrow heads on lines. Each is looked for where it would be."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redstar_geo.readers.strokes.circles import Circle
from redstar_geo.readers.strokes.ink import INK, LETTER, Array, Ink
from redstar_geo.readers.strokes.lines import Line
from redstar_geo.readers.strokes.points import Point

_THICK = 2.0  # pixels from the middle of a stroke beyond which there is none of its ink
_SIDES = np.arange(0.3, 1.3, 0.04) * LETTER  # of a little square
_RADII = np.arange(0.35 * LETTER, 5 * LETTER, 0.5)  # of an arc
_LEAST_ARC = 3.0  # pixels of it between the strokes of the arms
_TRIMMED = 2.5  # pixels of it at either arm
_COVERED = 0.8
_SAME_RADIUS = 1.5  # pixels between arcs in neighbouring wedges that are one
_FLAT = 0.99 * math.pi
_OFFSETS = np.arange(2.5, 4.6, 0.5)  # pixels from a line at which its ticks and arrows are seen
_SLANT = 1.5  # of an arrow's strokes: along by aside
_TOGETHER = 0.55 * LETTER  # from one tick or arrow to the next


class Ray(NamedTuple):
    """A direction in which a line leaves a point, how far it goes, and the next point on it."""

    turn: float
    reach: float
    line: int
    towards: str


@dataclass(frozen=True)
class Corner:
    """An angle with a mark: the points that name it, and how far from the vertex the mark reaches."""

    name: str
    kind: Literal["right", "arcs"]
    turns: tuple[float, float]
    count: int
    radius: float


@dataclass(frozen=True)
class Along:
    """So many ticks or arrow heads on a line, and how far along it from its first end their middle is."""

    kind: Literal["ticks", "arrows"]
    line: int
    place: float
    count: int


class Rest:
    """Ink that nothing explains yet; `seen` tells apart what is hidden by strokes that are known."""

    def __init__(self, ink: Ink, lines: Sequence[Line], circles: Sequence[Circle]) -> None:
        self.hidden = np.zeros(ink.dark.shape)
        self.ink = ink
        for line in lines:
            self.hide_stroke(line.x1, line.y1, line.x2, line.y2)
        y, x = np.ogrid[: ink.dark.shape[0], : ink.dark.shape[1]]
        for circle in circles:
            self.hidden[np.abs(np.hypot(x - circle.x, y - circle.y) - circle.radius) < _THICK] = 1

    def hide_stroke(self, x1: float, y1: float, x2: float, y2: float) -> None:
        length = max(math.hypot(x2 - x1, y2 - y1), 1e-6)
        dx, dy = (x2 - x1) / length, (y2 - y1) / length
        left, top = max(0, int(min(x1, x2) - 3)), max(0, int(min(y1, y2) - 3))
        part = self.hidden[top : int(max(y1, y2) + 4), left : int(max(x1, x2) + 4)]
        y, x = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
        along, aside = (x - x1) * dx + (y - y1) * dy, (y - y1) * dx - (x - x1) * dy
        part[(np.abs(aside) < _THICK) & (along > -_THICK) & (along < length + _THICK)] = 1

    def seen(self, x: Array, y: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether there is ink at places, and at which of them it would be seen."""
        free = Ink(self.hidden).at(x, y) < 0.5
        return (self.ink.at(x, y) > INK) & free, free

    @property
    def left(self) -> NDArray[np.bool_]:
        """The pixels that nothing explains."""
        return np.asarray(self.ink.mask & (self.hidden == 0))


def rays(names: Mapping[str, Point], vertex: str, lines: Sequence[Line]) -> list[Ray]:
    """The directions in which named points can be seen from a point along lines, by their turn."""
    here, found = names[vertex], []
    for number in here.lines:
        line = lines[number]
        start = line.place(here.x, here.y)[0]
        for side in (1, -1):
            others = {
                name: side * (line.place(point.x, point.y)[0] - start)
                for name, point in names.items()
                if number in point.lines and name != vertex
            }
            ahead = {name: distance for name, distance in others.items() if distance > 0}
            if ahead:
                nearest = min(ahead, key=lambda name: ahead[name])
                turn = math.atan2(names[nearest].y - here.y, names[nearest].x - here.x)
                found.append(Ray(turn, max(ahead.values()), number, nearest))
    return sorted(found)


def corners(rest: Rest, names: Mapping[str, Point], lines: Sequence[Line], circles: Sequence[Circle]) -> list[Corner]:
    """The marked angles at named points; what they explain is hidden."""
    found: list[Corner] = []
    for vertex in sorted(names):
        here = names[vertex]
        around = rays(names, vertex, lines)
        found += _right_angles(rest, vertex, here, around)
        found += _arcs(rest, vertex, here, around, [circles[n].radius for n in here.centre])
    return found


def _right_angles(rest: Rest, vertex: str, here: Point, around: Sequence[Ray]) -> Iterator[Corner]:
    for one, other in combinations(around, 2):
        if abs(abs(_turn(one, other)) - math.pi / 2) > math.radians(5):
            continue
        u, v = ((math.cos(ray.turn), math.sin(ray.turn)) for ray in (one, other))
        best = max(_SIDES, key=lambda side: _square(rest, here, u, v, side))
        if _square(rest, here, u, v, best) > _COVERED and best < 0.5 * min(one.reach, other.reach):
            p, r = ((here.x + best * w[0], here.y + best * w[1]) for w in (u, v))
            q = p[0] + best * v[0], p[1] + best * v[1]
            rest.hide_stroke(*p, *q)
            rest.hide_stroke(*q, *r)
            yield Corner(one.towards + vertex + other.towards, "right", (one.turn, _turn(one, other)), 1, best * 1.4)


def _square(rest: Rest, here: Point, u: tuple[float, float], v: tuple[float, float], side: float) -> float:
    """The share of ink on the two outer sides of a little square."""
    steps = np.linspace(0.2, 1, 12) * side
    x = here.x + np.concatenate([side * u[0] + steps * v[0], side * v[0] + steps * u[0]])
    y = here.y + np.concatenate([side * u[1] + steps * v[1], side * v[1] + steps * u[1]])
    dark, free = rest.seen(x, y)
    return float(dark.sum() / free.sum()) if free.sum() >= 12 else 0.0


def _arcs(rest: Rest, vertex: str, here: Point, around: Sequence[Ray], skipped: Sequence[float]) -> Iterator[Corner]:
    """Arcs by the rays that they go from and to."""
    wedges = [(one, other) for one, other in zip(around, [*around[1:], *around[:1]], strict=True) if one != other]
    spans: dict[tuple[int, int], list[float]] = {}
    for first, last, radius in _spans([_radii(rest, here, *wedge, skipped) for wedge in wedges]):
        spans.setdefault((first, last), []).append(radius)
    for (first, last), radii in spans.items():
        one, other = wedges[first][0], wedges[last][1]
        sweep = _turn(one, other) % (2 * math.pi)
        if sweep < _FLAT:
            for radius in radii:
                _hide_arc(rest, here, radius, one.turn, sweep)
            yield Corner(one.towards + vertex + other.towards, "arcs", (one.turn, sweep), len(radii), max(radii))


def _spans(radii: Sequence[Sequence[float]]) -> Iterator[tuple[int, int, float]]:
    """The first and the last wedge of each arc, which goes on where the next one has an arc of its radius too."""

    def goes_on(wedge: int, radius: float) -> bool:
        return any(abs(radius - other) < _SAME_RADIUS for other in radii[wedge % len(radii)])

    for first, found in enumerate(radii):
        for radius in found:
            last = first
            while last + 1 < first + len(radii) and goes_on(last + 1, radius):
                last += 1
            if not goes_on(first - 1, radius):
                yield first, last % len(radii), radius


def _hide_arc(rest: Rest, here: Point, radius: float, start: float, sweep: float) -> None:
    turns = start + np.linspace(0, sweep, max(3, int(sweep * radius / 2)))
    places = list(zip(here.x + radius * np.cos(turns), here.y + radius * np.sin(turns), strict=True))
    for one, other in pairwise(places):
        rest.hide_stroke(*one, *other)


def _radii(rest: Rest, here: Point, one: Ray, other: Ray, skipped: Sequence[float]) -> list[float]:
    """The radii of the arcs that fill a wedge."""
    sweep, most = _turn(one, other) % (2 * math.pi), min(one.reach, other.reach)
    radii = _RADII[(most > _RADII) & np.all([np.abs(_RADII - each) > 2 * _THICK for each in (0, *skipped)], axis=0)]
    turns = np.arange(0, sweep, 0.7 / _RADII[-1])
    between = np.minimum(turns, sweep - turns) * radii[:, None] > _TRIMMED
    x, y = np.cos(one.turn + turns), np.sin(one.turn + turns)
    dark, seen = np.zeros(between.shape, bool), between
    for r in (radii[:, None] - 0.4, radii[:, None] + 0.4):
        ink, free = rest.seen(here.x + r * x, here.y + r * y)
        dark, seen = dark | ink, seen & free
    count = seen.sum(axis=1)
    long = count * radii * 0.7 / _RADII[-1] >= _LEAST_ARC
    hits = radii[long & ((dark & seen).sum(axis=1) >= _COVERED * count)]
    groups = np.split(hits, np.flatnonzero(np.diff(hits) > 0.75) + 1)
    return [float(group.mean()) for group in groups if len(group)]


def _turn(one: Ray, other: Ray) -> float:
    """The signed turn from one ray to another, at most half a turn."""
    return (other.turn - one.turn + math.pi) % (2 * math.pi) - math.pi


def along(rest: Rest, lines: Sequence[Line]) -> list[Along]:
    """The ticks and arrow heads on lines; what they explain is hidden."""
    return [mark for number in range(len(lines)) for mark in _on_line(rest, number, lines[number])]


def _on_line(rest: Rest, number: int, line: Line) -> Iterator[Along]:
    kinds: tuple[tuple[Literal["ticks", "arrows"], float], ...]
    kinds = (("arrows", _SLANT), ("arrows", -_SLANT), ("ticks", 0.0))
    for kind, slant in kinds:
        strokes = _strokes(rest, line, slant)
        for group in np.split(strokes, np.flatnonzero(np.diff(strokes) > _TOGETHER) + 1):
            if len(group):
                for place in group:
                    _hide(rest, line, place, slant)
                at_an_end = group[0] < _TOGETHER or group[-1] > line.length - _TOGETHER
                if not (kind == "arrows" and at_an_end):  # there they say that a line goes on
                    yield Along(kind, number, float(group.mean()), len(group))


def _strokes(rest: Rest, line: Line, slant: float) -> Array:
    """Where a line has strokes to both sides that lean back so far, along by aside."""
    places = np.arange(3.0, line.length - 3, 0.5)
    (dx, dy), sure = line.along, np.ones(len(places), bool)
    for side in (1, -1):
        back = places[:, None] - slant * _OFFSETS
        x = line.x1 + back * dx - side * _OFFSETS * dy
        y = line.y1 + back * dy + side * _OFFSETS * dx
        dark, free = rest.seen(x, y)
        sure &= (dark.sum(axis=1) == free.sum(axis=1)) & (free.sum(axis=1) >= len(_OFFSETS) - 2)
    hits = places[sure]
    groups = np.split(hits, np.flatnonzero(np.diff(hits) > 1.0) + 1)
    return np.array([group.mean() for group in groups if len(group)])


def _hide(rest: Rest, line: Line, place: float, slant: float) -> None:
    dx, dy = line.along
    reach = 0.42 * LETTER
    x, y, back = line.x1 + place * dx, line.y1 + place * dy, slant * reach
    for side in (1, -1):
        rest.hide_stroke(x, y, x - back * dx - side * reach * dy, y - back * dy + side * reach * dx)
