"""Sine and cosine rule, and areas by the sine."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random

from redstar_geo.geometry.construct.deduction import Deduction
from redstar_geo.geometry.construct.exact import Exact, cosine, root, sine
from redstar_geo.geometry.construct.language import angle, equal, length
from redstar_geo.geometry.construct.numbers import apex, polar, units
from redstar_geo.geometry.construct.sketch import Sketch, Unsuitable

_IN = ("in △ABC", "在△ABC中")
_NICE = (30, 45, 60, 90, 120)


def sine_rule(rng: Random, difficulty: int) -> Sketch:
    """Two angles and the side opposite one of them give the side opposite the other."""
    at_b, at_c = rng.sample(_NICE, 2)
    if at_b + at_c > 155:
        raise Unsuitable("third angle too small")
    side = units(rng, difficulty, 3, 30)
    givens = (equal(angle("ABC"), at_b), equal(angle("BCA"), at_c), equal(length("AB"), side))
    deduction = Deduction(givens, length("AC"))
    deduction.perhaps_attempt(rng, "isosceles_triangle_judgment_angle_equal", "ABC")
    deduction.derive(length("AC"), "sine_theorem", "ABC")
    base = float(side) * math.sin(math.radians(180 - at_b - at_c)) / math.sin(math.radians(at_c))
    points = {"B": (0.0, 0.0), "C": (base, 0.0), "A": apex(base, at_b, at_c)}
    mistakes = (side * sine(Fraction(at_c)) / sine(Fraction(at_b)), side * root(3), side * root(2), side * 2, side / 2)
    return Sketch(points, "AB BC CA", deduction, _IN, (side, Fraction(at_b), Fraction(at_c)), mistakes)


def cosine_rule(rng: Random, difficulty: int) -> Sketch:
    """Two sides and the angle between them give the third side."""
    turn = rng.choice((60, 120) if difficulty < 4 else (30, 45, 60, 120, 135, 150))
    most = 60 if difficulty < 3 else 16  # whole third sides are rare
    b, c = rng.randint(3, most), rng.randint(3, most)
    square = b * b + c * c - 2 * b * c * cosine(Fraction(turn))
    if square.rational is None or not 0.4 < b / c < 2.5:
        raise Unsuitable("no simple root")
    value = square.sqrt()
    if difficulty < 3 and value.rational is None and rng.random() < 0.9:
        raise Unsuitable("mostly without roots")
    givens = (equal(length("AB"), c), equal(length("AC"), b), equal(angle("CAB"), turn))
    deduction = Deduction(givens, length("BC"))
    deduction.perhaps_attempt(rng, "right_triangle_judgment_angle", "BAC")
    deduction.derive(length("BC"), "cosine_theorem", "ABC")
    points = {"A": (0.0, 0.0), "B": (float(c), 0.0), "C": polar(b, turn)}
    mistakes = (root(b * b + c * c), Exact.of(b + c), root(b * b + c * c + b * c), Exact.of(abs(b - c)), value * 2)
    return Sketch(points, "AB BC CA", deduction, _IN, (Fraction(b), Fraction(c), Fraction(turn)), mistakes)


def area_by_sine(rng: Random, difficulty: int) -> Sketch:
    """Two sides and the angle between them give the area."""
    turn = rng.choice((30, 90) if difficulty == 1 else (30, 45, 60, 120, 135, 150))
    b, c = units(rng, difficulty, 3, 20), units(rng, difficulty, 3, 20)
    area = "AreaOfTriangle(ABC)"
    givens = (equal(length("AB"), c), equal(length("AC"), b), equal(angle("CAB"), turn))
    deduction = Deduction(givens, area)
    deduction.derive(area, "triangle_area_formula_sine", "ABC")
    points = {"A": (0.0, 0.0), "B": (float(c), 0.0), "C": polar(b, turn)}
    s = sine(Fraction(turn))
    mistakes = (b * c * s, b * c * s / 4, Exact.of(b * c) / 2, Exact.of(b * c), (b + c) * s)
    return Sketch(points, "AB BC CA", deduction, _IN, (b, c, Fraction(turn)), mistakes)


def parallelogram_area(rng: Random, difficulty: int) -> Sketch:
    """Two sides and an angle of a parallelogram give its area."""
    turn = rng.choice((30, 150) if difficulty == 1 else (30, 45, 60, 120, 135, 150))
    base, side = units(rng, difficulty, 4, 20), units(rng, difficulty, 4, 20)
    area = "AreaOfQuadrilateral(ABCD)"
    givens = ("Parallelogram(ABCD)", equal(length("AB"), base), equal(length("BC"), side), equal(angle("ABC"), turn))
    deduction = Deduction(givens, area)
    deduction.derive(area, "parallelogram_area_formula_sine", "ABCD")
    d = polar(side, 180 - turn)
    points = {"A": (0.0, 0.0), "B": (float(base), 0.0), "C": (float(base) + d[0], d[1]), "D": d}
    s = sine(Fraction(turn))
    mistakes = (base * side * s / 2, Exact.of(base * side), Exact.of(2 * (base + side)), base * side * s * 2)
    return Sketch(points, "AB BC CD DA", deduction, ("", ""), (base, side, Fraction(turn)), mistakes)
