"""A problem in the making: points, givens and the moves of its proof, grown link by link."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from itertools import combinations
from random import Random

from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct.deduction import Deduction, canonical
from redstar_geo.geometry.construct.exact import Number
from redstar_geo.geometry.construct.language import equal
from redstar_geo.geometry.construct.numbers import from_segment
from redstar_geo.geometry.construct.sketch import Unsuitable
from redstar_geo.geometry.construct.theorems import instance
from redstar_geo.geometry.figure import Point

_LETTERS = "ABCDEFGHKLMNSTUVWXYZ"
_CLOSEST, _NEAREST_TO_A_LINE = 0.11, 0.055  # shares of the extent; a little more than drawing asks for


@dataclass
class Plan:
    """What the links have built so far; the proof is written at the end, when all givens are known.

    Attributes:
        lines: points on one line in order.
        scenes: what the figure shows besides the givens, in English and Chinese.
        values: all quantities on the way, good as wrong choices.
        reached: the measures that the links made known.
        on_circle: points of which the text says that they lie on the circle.
        used: the names of the links.
        moves: of the proof, each to be made in its deduction.
        derived: what `derive` has been asked for.
        closest: the least distance of two points.
        nearest: the least distance of a point from a line or circle on which it does not lie.
    """

    rng: Random
    points: dict[str, Point] = field(default_factory=dict)
    segments: list[str] = field(default_factory=list)
    givens: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    scenes: list[tuple[str, str]] = field(default_factory=list)
    moves: list[Callable[[Deduction], object]] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    values: list[Number] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    on_circle: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    derived: set[str] = field(default_factory=set)
    closest: float = math.inf
    nearest: float = math.inf
    circles: dict[str, float] = field(default_factory=dict)

    def copy(self) -> Plan:
        """A plan to try a link on; the random numbers go on in common."""
        other = copy(self)
        vars(other).update({name: copy(value) for name, value in vars(self).items() if name != "rng"})
        return other

    def add(self, place: Point, name: str | None = None) -> str:
        """A new point under the next free letter (or `name`)."""
        letter = name or next(letter for letter in _LETTERS if letter not in self.points)
        self.points[letter] = place
        return letter

    def add_fourth(self, p: str, q: str, r: str) -> str:
        """The new point that makes a parallelogram of three, across from q."""
        (px, py), (qx, qy), (rx, ry) = (self.points[name] for name in (p, q, r))
        return self.add((px + rx - qx, py + ry - qy))

    def add_circle(self, centre: Point, radius: float) -> None:
        """A circle with a new centre O.

        Raises:
            Unsuitable: there is a circle already; more would crowd the picture.
        """
        self.add(centre, "O")
        self.add_circle_about("O", radius)

    def add_circle_about(self, centre: str, radius: float) -> None:
        """A circle about a point; raises as `add_circle` does."""
        if self.circles:
            raise Unsuitable("one circle is enough")
        self.circles[centre] = radius
        self.given(f"IsCentreOfCircle({centre},{centre})")

    def join(self, *segments: str) -> None:
        """Draw segments, each once."""
        for segment in segments:
            if segment not in self.segments and segment[::-1] not in self.segments:
                self.segments.append(segment)

    def given(self, statement: str, *numbers: Number) -> None:
        self.givens.append(statement)
        self.numbers += numbers

    def given_value(self, measure: str, value: Number) -> None:
        self.given(equal(measure, value), value)

    def apply(self, theorem: str, *points: str) -> tuple[str, ...]:
        """Note the move, as `Deduction.apply` will make it; what the theorem concludes."""
        self.moves.append(lambda deduction: deduction.apply(theorem, *points))
        return instance(theorem, points)[1]

    def solve(self, unknown: str, *equations: str) -> None:
        """Note the move, as `Deduction.solve` will make it."""
        self.moves.append(lambda deduction: deduction.solve(unknown, *equations))

    def derive(self, unknown: str, theorem: str, *points: str) -> None:
        """Note both moves, each unknown's once."""
        if unknown not in self.derived:
            self.derived.add(unknown)
            self.solve(unknown, *self.apply(theorem, *points))

    def reach(self, measure: str, value: Number, *reason: str) -> None:
        """Note that a measure follows, and by which theorem, with its points, unless `solve` will say."""
        self.reached.append(measure)
        self.values.append(value)
        if reason:
            self.derive(measure, *reason)

    def on_line(self, point: str, first: str, second: str) -> None:
        """Note that a point lies on the line of two others, in its place among those already on it."""
        (x, y), (u, v) = self.points[first], self.points[second]

        def along(name: str) -> float:
            return (self.points[name][0] - x) * (u - x) + (self.points[name][1] - y) * (v - y)

        old = next((line for line in self.lines if first in line and second in line), None)
        if old is not None:
            self.lines.remove(old)
        self.lines.append("".join(sorted({*(old or first + second), point}, key=along)))

    def check(self, before: Plan) -> None:
        """Refuse a figure that could not be read; `before` is the plan that this one has grown from, checked.

        Raises:
            Unsuitable: points too close, one almost on a line or a circle, or something known that was known before.
        """
        new = [name for name in self.points if name not in before.points]
        places = self.points
        for i, name in enumerate(new):
            others = [places[other] for other in (*before.points, *new[:i])]
            self.closest = min([self.closest, *(math.dist(places[name], other) for other in others)])
        for segment in self.segments:
            ends = places[segment[0]], places[segment[1]]
            for name in new if segment in before.segments else places:
                if name not in segment and not self._in_line(name, segment):
                    self.nearest = min(self.nearest, from_segment(places[name], *ends))
        for centre, radius in self.circles.items():
            for name in new if centre in before.circles else places:
                from_rim = abs(math.dist(places[name], places[centre]) - radius)
                self.nearest = min(self.nearest, from_rim if from_rim > 1e-6 * radius else math.inf)
        extent = self._extent()
        if self.closest < _CLOSEST * extent or self.nearest < _NEAREST_TO_A_LINE * extent:
            raise Unsuitable("points too close, or one almost on a line")
        terms = [cdl.parse(given) for given in self.givens if given.startswith("Equal(")]
        given = [str(measures[0]) for term in terms if len(measures := list(term.measures())) == 1]
        known = [canonical(measure, tuple(self.lines)) for measure in (*given, *self.reached)]
        if len(set(known)) < len(known):
            raise Unsuitable("known before")

    def _extent(self) -> float:
        """The longest distance in the figure, circles included."""
        places = self.points.values()
        extent = max(math.dist(p, q) for p, q in combinations(places, 2))
        for centre, radius in self.circles.items():
            extent = max(extent, radius + max(radius, *(math.dist(self.points[centre], place) for place in places)))
        return extent

    def _in_line(self, name: str, segment: str) -> bool:
        return any({name, *segment} <= set(line) for line in self.lines)


def towards(start: Point, end: Point, distance: float) -> Point:
    """The point at a distance from `start` in the direction of `end`; beyond it or behind for other distances."""
    length = math.dist(start, end)
    return (
        start[0] + (end[0] - start[0]) * distance / length,
        start[1] + (end[1] - start[1]) * distance / length,
    )


def turned(point: Point, centre: Point, degrees: float) -> Point:
    """The point turned about a centre, counter-clockwise."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = point[0] - centre[0], point[1] - centre[1]
    return centre[0] + c * x - s * y, centre[1] + s * x + c * y


def crossing(a: Point, toward_a: Point, b: Point, toward_b: Point) -> Point:
    """Where the line from a through a second point meets that from b through another.

    Raises:
        Unsuitable: they are almost parallel.
    """
    (u, v), (s, t) = (toward_a[0] - a[0], toward_a[1] - a[1]), (toward_b[0] - b[0], toward_b[1] - b[1])
    turn = u * t - v * s
    if abs(turn) < 0.1 * math.hypot(u, v) * math.hypot(s, t):
        raise Unsuitable("almost parallel")
    along = ((b[0] - a[0]) * t - (b[1] - a[1]) * s) / turn
    return a[0] + along * u, a[1] + along * v


def circumcentre(a: Point, b: Point, c: Point) -> Point:
    """The centre of the circle through three points."""
    twice = 2 * ((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
    bb = (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2
    cc = (c[0] - a[0]) ** 2 + (c[1] - a[1]) ** 2
    return (
        a[0] + ((c[1] - a[1]) * bb - (b[1] - a[1]) * cc) / twice,
        a[1] + ((b[0] - a[0]) * cc - (c[0] - a[0]) * bb) / twice,
    )


def side(p: Point, a: Point, b: Point) -> int:
    """1 when p is left of the ray from a to b, −1 when right."""
    return 1 if (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0 else -1
