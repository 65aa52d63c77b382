"""Congruent triangles, and what follows from them."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from redstar_geo.geometry.construct.deduction import Deduction
from redstar_geo.geometry.construct.language import angle, equal, length
from redstar_geo.geometry.construct.numbers import any_degrees, apex, polar, units
from redstar_geo.geometry.construct.sketch import Sketch, Unsuitable

_TWO = ("in △ABC and △DEF", "在△ABC和△DEF中")


def _beside(points: dict[str, tuple[float, float]], rng: Random) -> dict[str, tuple[float, float]]:
    """A turned copy of triangle ABC as DEF, clear of it."""
    turn = rng.uniform(-50, 50)
    (ax, ay) = points["A"]
    reach = max(x for x, _ in points.values()) - min(x for x, _ in points.values())
    copies = {}
    for old, new in zip("ABC", "DEF", strict=True):
        x, y = polar(1.0, turn, (0.0, 0.0))
        dx, dy = points[old][0] - ax, points[old][1] - ay
        copies[new] = (x * dx - y * dy + ax + reach * 1.35, y * dx + x * dy + ay)
    return {**points, **copies}


def congruent_sas(rng: Random, difficulty: int) -> Sketch:
    """Two sides and the angle between them agree; the third side of one triangle gives that of the other."""
    third = units(rng, difficulty, 4, 40)
    left, right = Fraction(rng.randint(45, 80)), Fraction(rng.randint(40, 75))
    givens = (
        equal(length("AB"), length("DE")),
        equal(length("AC"), length("DF")),
        equal(angle("BAC"), angle("EDF")),
        equal(length("BC"), third),
    )
    deduction = Deduction(givens, length("EF"))
    deduction.perhaps_attempt(rng, "isosceles_triangle_judgment_line_equal", "ABC")
    deduction.apply("congruent_triangle_judgment_sas", "ABC", "DEF")
    deduction.derive(length("EF"), "congruent_triangle_property_line_equal", "ABC", "DEF")
    base = {"B": (0.0, 0.0), "C": (float(third), 0.0), "A": apex(third, left, right)}
    mistakes = (third * 2, third / 2, third + 2, third - 1, third + 5)
    return Sketch(_beside(base, rng), "AB BC CA DE EF FD", deduction, _TWO, (third, left), mistakes)


def congruent_sss(rng: Random, difficulty: int) -> Sketch:
    """All sides agree; an angle of one triangle gives that of the other."""
    value = any_degrees(rng, difficulty, 35, 100)
    other = Fraction(rng.randint(35, 75))
    if value + other > 150:
        raise Unsuitable("third angle too small")
    sides = (("AB", "DE"), ("BC", "EF"), ("CA", "FD"))
    givens = (*(equal(length(a), length(b)) for a, b in sides), equal(angle("BAC"), value))
    deduction = Deduction(givens, angle("EDF"))
    deduction.apply("congruent_triangle_judgment_sss", "ABC", "DEF")
    deduction.derive(angle("EDF"), "congruent_triangle_property_angle_equal", "ABC", "DEF")
    base = {"A": (0.0, 0.0), "B": (5.0, 0.0), "C": apex(5, value, other)}
    mistakes = (180 - value, 90 - value, value / 2, value + 10, 2 * value)
    return Sketch(_beside(base, rng), "AB BC CA DE EF FD", deduction, _TWO, (value, other), mistakes)


def kite_diagonals(rng: Random, difficulty: int) -> Sketch:
    """The diagonals of a kite give its area."""
    across, along = units(rng, difficulty, 4, 24), units(rng, difficulty, 6, 30)
    if not 0.4 < float(across / along) < 1.6:
        raise Unsuitable("too narrow")
    area = "AreaOfQuadrilateral(ABCD)"
    givens = ("Kite(ABCD)", equal(length("BD"), across), equal(length("AC"), along))
    deduction = Deduction(givens, area)
    deduction.derive(area, "kite_area_formula_diagonal", "ABCD")
    crossing = rng.uniform(0.25, 0.42) * float(along)
    half = float(across) / 2
    points = {"A": (0.0, 0.0), "B": (crossing, -half), "C": (float(along), 0.0), "D": (crossing, half)}
    mistakes = (across * along, across + along, 2 * across * along, across * along / 4)
    return Sketch(points, "AB BC CD DA AC BD", deduction, ("", ""), (across, along), mistakes)
