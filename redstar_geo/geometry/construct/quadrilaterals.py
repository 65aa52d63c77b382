"""Angles, sides and diagonals of quadrilaterals."""

from __future__ import annotations

import math
from random import Random

from redstar_geo.geometry.construct.deduction import Deduction
from redstar_geo.geometry.construct.language import angle, equal, length
from redstar_geo.geometry.construct.lengths import right_sides
from redstar_geo.geometry.construct.numbers import any_degrees, degrees, polar, units
from redstar_geo.geometry.construct.sketch import Sketch, Unsuitable

_NOTHING_MORE = ("", "")


def quadrilateral_angle_sum(rng: Random, difficulty: int) -> Sketch:
    """Three angles of a quadrilateral, the fourth is asked."""
    a, b, d = (degrees(rng, difficulty, 55, 130) for _ in range(3))
    c = 360 - a - b - d
    if not 40 <= c <= 150:
        raise Unsuitable("fourth angle")
    givens = (equal(angle("DAB"), a), equal(angle("ABC"), b), equal(angle("CDA"), d))
    deduction = Deduction(givens, angle("BCD"))
    deduction.perhaps_attempt(rng, "parallel_property_ipsilateral_internal_angle", "AD", "BC")
    deduction.derive(angle("BCD"), "quadrilateral_property_angle_sum", "ABCD")
    points = _quadrilateral(rng, float(a), float(b), float(d))
    mistakes = (360 - a - b, 180 - c, 180 - d, c - 10, c + 10, a + b + d - 180)
    return Sketch(points, "AB BC CD DA", deduction, ("in quadrilateral ABCD", "在四边形ABCD中"), (a, b, c, d), mistakes)


def _quadrilateral(rng: Random, a: float, b: float, d: float) -> dict[str, tuple[float, float]]:
    """A convex ABCD with these angles at A, B and D."""
    corner_b, corner_d = (6.0, 0.0), polar(rng.uniform(3, 6), a)
    toward_c = math.radians(180 - b), math.radians(a + 180 + d)
    u, v = ((math.cos(t), math.sin(t)) for t in toward_c)
    gap = corner_d[0] - corner_b[0], corner_d[1] - corner_b[1]
    turn = u[0] * v[1] - u[1] * v[0]
    along_b = (gap[0] * v[1] - gap[1] * v[0]) / turn
    along_d = (gap[0] * u[1] - gap[1] * u[0]) / turn
    if min(along_b, along_d) < 1.5:
        raise Unsuitable("not convex")
    corner_c = corner_b[0] + along_b * u[0], corner_b[1] + along_b * u[1]
    return {"A": (0.0, 0.0), "B": corner_b, "C": corner_c, "D": corner_d}


def parallelogram_angle(rng: Random, difficulty: int) -> Sketch:
    """One angle of a parallelogram gives the opposite or the next one."""
    a = any_degrees(rng, difficulty, 40, 140)
    opposite = rng.random() < 0.5
    goal = angle("BCD") if opposite else angle("ABC")
    deduction = Deduction(("Parallelogram(ABCD)", equal(angle("DAB"), a)), goal)
    if opposite:
        deduction.derive(goal, "parallelogram_property_opposite_angle_equal", "ABCD")
    else:
        deduction.derive(goal, "parallel_property_ipsilateral_internal_angle", "AD", "BC")
    points = _parallelogram(6, rng.uniform(3, 5), float(a))
    mistakes = (a, 180 - a, 360 - 2 * a, a / 2, 90 + a, a - 90)
    return Sketch(points, "AB BC CD DA", deduction, _NOTHING_MORE, (a, 180 - a), mistakes)


def _parallelogram(base: float, side: float, a: float) -> dict[str, tuple[float, float]]:
    d = polar(side, a)
    return {"A": (0.0, 0.0), "B": (base, 0.0), "C": (base + d[0], d[1]), "D": d}


def parallelogram_perimeter(rng: Random, difficulty: int) -> Sketch:
    """Two neighbouring sides of a parallelogram give its perimeter."""
    top = 12 if difficulty == 1 else 60
    base, side = units(rng, difficulty, 3, top), units(rng, difficulty, 3, top)
    goal = "PerimeterOfQuadrilateral(ABCD)"
    givens = ("Parallelogram(ABCD)", equal(length("AB"), base), equal(length("BC"), side))
    deduction = Deduction(givens, goal)
    deduction.derive(length("CD"), "parallelogram_property_opposite_line_equal", "ABCD")
    deduction.derive(length("DA"), "parallelogram_property_opposite_line_equal", "BCDA")
    deduction.derive(goal, "quadrilateral_perimeter_formula", "ABCD")
    points = _parallelogram(float(base), float(side), rng.uniform(50, 130))
    mistakes = (base + side, base * side, 2 * base + side, base + 2 * side, 4 * base)
    return Sketch(points, "AB BC CD DA", deduction, _NOTHING_MORE, (base, side), mistakes)


def rectangle_diagonal(rng: Random, difficulty: int) -> Sketch:
    """Two sides of a rectangle give a diagonal; beyond difficulty 1 perhaps the other one."""
    legs = right_sides(rng, difficulty)[:2]
    other = difficulty > 1 and rng.random() < 0.5
    goal = length("BD" if other else "AC")
    givens = ("Rectangle(ABCD)", equal(length("AB"), legs[0]), equal(length("BC"), legs[1]))
    deduction = Deduction(givens, goal)
    deduction.apply("right_triangle_judgment_angle", "ABC")
    diagonal = deduction.derive(length("AC"), "right_triangle_property_pythagorean", "ABC")
    if other:
        deduction.derive(goal, "rectangle_property_diagonal_equal", "ABCD")
    a, b = map(float, legs)
    points = {"A": (0.0, 0.0), "B": (a, 0.0), "C": (a, b), "D": (0.0, b)}
    drawn = "AB BC CD DA AC BD" if other else "AB BC CD DA AC"
    mistakes = (legs[0] + legs[1], legs[0] * 2, (legs[0] + legs[1]) / 2, legs[0] - legs[1])
    return Sketch(points, drawn, deduction, _NOTHING_MORE, (*legs, diagonal), mistakes, ask_in_picture=not other)
