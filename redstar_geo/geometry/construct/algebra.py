"""Angles and sides given as expressions in x."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from redstar_geo.geometry.construct.deduction import Deduction
from redstar_geo.geometry.construct.language import add, angle, equal, length, mul, sub
from redstar_geo.geometry.construct.numbers import apex, between, polar
from redstar_geo.geometry.construct.sketch import Sketch, Unsuitable


def _in_x(rng: Random, value: Fraction, x: int) -> tuple[str, int]:
    """An expression `slope · x + rest` with this value, and its slope."""
    slope = rng.randint(1, 5)
    rest = value - slope * x
    term = "x" if slope == 1 else mul(slope, "x")
    return term if rest == 0 else add(term, rest) if rest > 0 else sub(term, -rest), slope


def angles_in_x(rng: Random, difficulty: int) -> Sketch:
    """The angles of a triangle in terms of x; x or one of the angles is asked."""
    a, b = Fraction(rng.randint(30, 100)), Fraction(rng.randint(30, 90))
    c, x = 180 - a - b, rng.randint(4, 30)
    if not 25 <= c <= 120:
        raise Unsuitable("third angle too small")
    written = [_in_x(rng, value, x)[0] for value in (a, b, c)]
    names = ("BAC", "ABC", "ACB")
    asks_x = difficulty < 3 or rng.random() < 0.4
    goal = "x" if asks_x else angle(names[0])
    givens = tuple(equal(angle(name), expression) for name, expression in zip(names, written, strict=True))
    deduction = Deduction(givens, goal)
    deduction.solve("x", *deduction.givens, *deduction.apply("triangle_property_angle_sum", "ABC"))
    if not asks_x:
        deduction.solve(goal, deduction.givens[0])
    points = {"A": (0.0, 0.0), "B": (6.0, 0.0), "C": apex(6, a, b)}
    answer = Fraction(x) if asks_x else a
    mistakes = (answer + 2, answer - 2, answer * 2, answer + 10, b if not asks_x else answer + 5)
    scene = ("in △ABC", "在△ABC中")
    return Sketch(points, "AB BC CA", deduction, scene, (a, b, Fraction(x)), mistakes, symbols={"x": Fraction(x)})


def vertical_angles_in_x(rng: Random, difficulty: int) -> Sketch:
    """Vertical angles in terms of x; x, or the angle beside them, is asked."""
    value, x = Fraction(rng.randint(30, 150)), rng.randint(4, 30)
    first, slope = _in_x(rng, value, x)
    second, other = _in_x(rng, value, x)
    if slope == other:
        raise Unsuitable("no equation for x")
    asks_x = difficulty < 3 or rng.random() < 0.4
    goal = "x" if asks_x else angle("COB")
    givens = (equal(angle("AOC"), first), equal(angle("BOD"), second))
    deduction = Deduction(givens, goal, collinear=("AOB", "COD"))
    deduction.solve("x", *deduction.givens, *deduction.apply("vertical_angle", "AOC", "BOD"))
    if not asks_x:
        deduction.solve(angle("AOC"), deduction.givens[0])
        deduction.derive(goal, "adjacent_complementary_angle", "AOC", "COB")
    points = {"O": (0.0, 0.0), "A": (-4.0, 0.0), "B": (4.5, 0.0)}
    points |= {"C": polar(4, 180 - float(value)), "D": polar(4.2, -float(value))}
    scene = ("lines AB and CD meet at O", "直线AB与CD相交于点O")
    answer = Fraction(x) if asks_x else 180 - value
    mistakes = (answer + 3, answer - 3, value, answer * 2, 90 + answer)
    return Sketch(points, "AB CD", deduction, scene, (value, Fraction(x)), mistakes, symbols={"x": Fraction(x)})


def midpoint_in_x(rng: Random, difficulty: int) -> Sketch:
    """Both halves of a segment in terms of x; x or the segment is asked."""
    half, x = Fraction(rng.randint(4, 30)), rng.randint(1, 9)
    first, slope = _in_x(rng, half, x)
    second, other = _in_x(rng, half, x)
    if slope == other or half < 2 * x:
        raise Unsuitable("no equation for x")
    asks_x = difficulty < 3 or rng.random() < 0.4
    goal = "x" if asks_x else length("AB")
    givens = ("IsMidpointOfLine(M,AB)", equal(length("AM"), first), equal(length("MB"), second))
    deduction = Deduction(givens, goal, collinear=("AMB",))
    halves = equal(length("AM"), length("MB"))
    deduction.solve("x", *deduction.givens[1:], halves)
    if not asks_x:
        deduction.solve(length("AM"), deduction.givens[1])
        deduction.solve(length("MB"), deduction.givens[2])
        deduction.derive(goal, "line_addition", "AM", "MB")
    a, b = (0.0, 0.0), (2 * float(half), 0.0)
    c = (float(half) * rng.uniform(0.5, 1.4), float(half) * rng.uniform(0.9, 1.4))
    points = {"A": a, "B": b, "M": between(a, b, 0.5), "C": c}
    answer = Fraction(x) if asks_x else 2 * half
    mistakes = (answer + 1, answer * 2, answer / 2, answer + 3, half)
    scene = ("in △ABC with median CM", "在△ABC中，CM是中线")
    return Sketch(points, "AB BC CA CM", deduction, scene, (half, Fraction(x)), mistakes, symbols={"x": Fraction(x)})
