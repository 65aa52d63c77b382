"""Angles and lengths at a circle with centre O."""

from __future__ import annotations

from random import Random

from redstar_geo.geometry.construct.deduction import Deduction
from redstar_geo.geometry.construct.exact import Number
from redstar_geo.geometry.construct.language import CENTRE, angle, equal, length
from redstar_geo.geometry.construct.lengths import right_sides
from redstar_geo.geometry.construct.numbers import any_degrees, polar
from redstar_geo.geometry.construct.sketch import Sketch, Unsuitable


def inscribed_angle(rng: Random, difficulty: int) -> Sketch:
    """The central angle is twice the inscribed angle on the same arc."""
    half = any_degrees(rng, difficulty, 20, 76)
    forwards = rng.random() < 0.5
    given, goal = ((angle("BOA"), 2 * half), "BCA") if forwards else ((angle("BCA"), half), "BOA")
    deduction = Deduction((CENTRE, equal(*given)), angle(goal))
    deduction.perhaps_attempt(rng, "diameter_of_circle_property_right_angle", "BCA", "O")
    if forwards:
        deduction.derive("MeasureOfArc(OAB)", "arc_property_center_angle", "OAB", "O")
        deduction.derive(angle(goal), "arc_property_circumference_angle_external", "OAB", "C")
    else:
        deduction.derive("MeasureOfArc(OAB)", "arc_property_circumference_angle_external", "OAB", "C")
        deduction.derive(angle(goal), "arc_property_center_angle", "OAB", "O")
    start = 270 - float(half) + rng.uniform(-30, 30)
    c = start + 2 * float(half) + rng.uniform(0.3, 0.7) * (360 - 2 * float(half))
    points = {"A": polar(5, start), "B": polar(5, start + 2 * float(half)), "C": polar(5, c), "O": (0.0, 0.0)}
    scene = ("in ⊙O with A, B and C on the circle", "点A、B、C在⊙O上")
    mistakes = (half, 2 * half, 4 * half, 180 - 2 * half, 90 - half, half / 2, 180 - half)
    return Sketch(points, "OA OB CA CB", deduction, scene, (half, 2 * half), mistakes, {"O": 5})


def diameter_angle(rng: Random, difficulty: int) -> Sketch:
    """A diameter is seen under a right angle."""
    a = any_degrees(rng, difficulty, 20, 70)
    givens = (CENTRE, "IsDiameterOfCircle(AB,O)", equal(angle("CAB"), a))
    deduction = Deduction(givens, angle("ABC"), collinear=("AOB",))
    deduction.apply("diameter_of_circle_property_right_angle", "BCA", "O")
    deduction.derive(angle("ABC"), "triangle_property_angle_sum", "ABC")
    points = {"A": (-5.0, 0.0), "B": (5.0, 0.0), "C": polar(5, 2 * a), "O": (0.0, 0.0)}
    scene = ("in ⊙O with C on the circle", "点C在⊙O上")
    mistakes = (a, 180 - a, 2 * a, 180 - 2 * a, 90 + a)
    return Sketch(points, "AB BC CA", deduction, scene, (a, 90 - a), mistakes, {"O": 5})


def cyclic_quadrilateral(rng: Random, difficulty: int) -> Sketch:
    """Opposite angles of a quadrilateral in a circle add up to 180°."""
    b = any_degrees(rng, difficulty, 50, 130)
    deduction = Deduction((CENTRE, equal(angle("ABC"), b)), angle("CDA"))
    deduction.perhaps_attempt(rng, "diameter_of_circle_property_right_angle", "ADC", "O")
    arc = "MeasureOfArc(OAC)"
    deduction.derive(arc, "arc_property_circumference_angle_internal", "OAC", "B")
    deduction.derive(angle("CDA"), "arc_property_circumference_angle_external", "OAC", "D")
    over_b = 360 - 2 * float(b)
    start = rng.uniform(150, 240)
    turns = {
        "A": start,
        "B": start + rng.uniform(0.35, 0.65) * over_b,
        "C": start + over_b,
        "D": start + over_b + rng.uniform(0.35, 0.65) * (360 - over_b),
    }
    points = {**{name: polar(5, turn) for name, turn in turns.items()}, "O": (0.0, 0.0)}
    scene = ("in quadrilateral ABCD with all corners on ⊙O", "四边形ABCD的四个顶点都在⊙O上")
    mistakes = (b, 2 * b, 180 - b, 360 - 2 * b, b / 2, b - 90)
    return Sketch(points, "AB BC CD DA", deduction, scene, (b, 180 - b), mistakes, {"O": 5})


def tangent_angle(rng: Random, difficulty: int) -> Sketch:
    """A tangent is perpendicular to the radius; the angles of the right triangle."""
    p = any_degrees(rng, difficulty, 22, 62)
    known, goal, value = ("APO", "AOP", p) if rng.random() < 0.5 else ("AOP", "APO", 90 - p)
    givens = (CENTRE, "IsTangentOfCircle(PA,O)", equal(angle(known), value))
    deduction = Deduction(givens, angle(goal))
    deduction.apply("tangent_of_circle_property_perpendicular", "PA", "O", "O")
    deduction.derive(angle(goal), "triangle_property_angle_sum", "OAP")
    radius = 5.0
    distance = radius / _sine(p)
    points = {"O": (0.0, 0.0), "P": (distance, 0.0), "A": polar(radius, 90 - p)}
    mistakes = (value, 180 - value, 90 + value, 180 - 2 * value, value / 2)
    return Sketch(points, "OA PA OP", deduction, ("", ""), (p, 90 - p), mistakes, {"O": radius})


def tangent_length(rng: Random, difficulty: int) -> Sketch:
    """Radius, tangent and distance from the centre form a right triangle."""
    radius, tangent, distance = right_sides(rng, difficulty)
    sides = {"OA": radius, "PA": tangent, "OP": distance}
    goal = max(sides, key=lambda side: (sides[side].rational is None, rng.random()))
    givens = [CENTRE, "IsTangentOfCircle(PA,O)"]
    givens += [equal(length(side), value) for side, value in sides.items() if side != goal]
    deduction = Deduction(tuple(givens), length(goal))
    deduction.perhaps_attempt(rng, "isosceles_triangle_judgment_line_equal", "AOP")
    deduction.apply("tangent_of_circle_property_perpendicular", "PA", "O", "O")
    deduction.apply("right_triangle_judgment_angle", "PAO")
    deduction.derive(length(goal), "right_triangle_property_pythagorean", "PAO")
    if not 0.5 < float(tangent) / float(radius) < 2.2:
        raise Unsuitable("tangent too short or too long to draw")
    share = float(radius) / float(distance)
    points = {"O": (0.0, 0.0), "P": (float(distance), 0.0), "A": (float(radius) * share, float(tangent) * share)}
    first, second = (value for side, value in sides.items() if side != goal)
    mistakes = (first + second, first - second, second - first, (first + second) / 2, 2 * first)
    return Sketch(points, "OA PA OP", deduction, ("", ""), (radius, tangent, distance), mistakes, {"O": radius})


def two_tangents(rng: Random, difficulty: int) -> Sketch:
    """Tangents from one point are equally long, so that PAB is isosceles."""
    base = any_degrees(rng, difficulty, 52, 76)
    top = 180 - 2 * base
    forwards = rng.random() < 0.5
    known, value, goal = ("APB", top, "PAB") if forwards else ("PAB", base, "APB")
    givens = (CENTRE, "IsTangentOfCircle(PA,O)", "IsTangentOfCircle(PB,O)", equal(angle(known), value))
    deduction = Deduction(givens, angle(goal))
    deduction.perhaps_attempt(rng, "right_triangle_judgment_angle", "APB")
    deduction.apply("tangent_of_circle_property_length_equal", "PA", "PB", "O")
    deduction.apply("isosceles_triangle_judgment_line_equal", "PAB")
    equality = deduction.apply("isosceles_triangle_property_angle_equal", "PAB")
    if forwards:
        deduction.solve(angle(goal), *equality, *deduction.apply("triangle_property_angle_sum", "PAB"))
    else:
        deduction.solve(angle("PBA"), *equality)
        deduction.derive(angle(goal), "triangle_property_angle_sum", "PAB")
    radius = 5.0
    points = {"O": (0.0, 0.0), "P": (radius / _sine(top / 2), 0.0), "A": polar(radius, base), "B": polar(radius, -base)}
    mistakes = (value, 180 - value, 90 - value / 2 + 10, 180 - 2 * value, 90 - value, value / 2)
    return Sketch(points, "PA PB AB", deduction, ("", ""), (base, top), mistakes, {"O": radius})


def _sine(turn: Number) -> float:
    return polar(1.0, turn)[1]
