"""Drawing numbers and corners to a difficulty."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random

from redstar_geo.geometry.construct.exact import Number
from redstar_geo.geometry.figure import Point


def degrees(rng: Random, difficulty: int, low: int, high: int) -> Fraction:
    """An angle: a multiple of 5 at difficulty 1, any integer at 2 and 3, then halves too."""
    step = Fraction(5) if difficulty == 1 else Fraction(1) if difficulty < 4 else Fraction(1, 2)
    return step * rng.randint(math.ceil(low / step), math.floor(high / step))


def any_degrees(rng: Random, difficulty: int, low: int, high: int) -> Fraction:
    """An angle of a problem that has no other number: integers from the start, so that there are enough of them."""
    return degrees(rng, max(2, difficulty), low, high)


def units(rng: Random, difficulty: int, low: int, high: int) -> Fraction:
    """A length: an integer, from difficulty 4 on halves too."""
    return Fraction(rng.randint(low, high)) if difficulty < 4 else Fraction(rng.randint(2 * low, 2 * high), 2)


def polar(radius: Number | float, turn: Number | float, centre: Point = (0.0, 0.0)) -> Point:
    """The point at `radius` from `centre` in the direction of `turn` degrees."""
    radians = math.radians(float(turn))
    return centre[0] + float(radius) * math.cos(radians), centre[1] + float(radius) * math.sin(radians)


def apex(base: Number | float, left: Number | float, right: Number | float) -> Point:
    """The top of a triangle on a base from (0, 0) to (base, 0) with these angles there."""
    a, b = math.radians(float(left)), math.radians(float(right))
    side = float(base) * math.sin(b) / math.sin(a + b)
    return side * math.cos(a), side * math.sin(a)


def between(p: Point, q: Point, share: Number | float) -> Point:
    t = float(share)
    return p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])


def from_segment(p: Point, a: Point, b: Point) -> float:
    """The distance from a point to a segment."""
    length = math.dist(a, b)
    along = ((p[0] - a[0]) * (b[0] - a[0]) + (p[1] - a[1]) * (b[1] - a[1])) / length
    if not 0 <= along <= length:
        return min(math.dist(p, a), math.dist(p, b))
    return abs((p[0] - a[0]) * (b[1] - a[1]) - (p[1] - a[1]) * (b[0] - a[0])) / length
