"""Angles of one triangle."""

from __future__ import annotations

from random import Random

from redstar_geo.geometry.construct.deduction import Deduction
from redstar_geo.geometry.construct.language import angle, equal, length
from redstar_geo.geometry.construct.numbers import any_degrees, apex, degrees
from redstar_geo.geometry.construct.sketch import Sketch, Unsuitable


def angle_sum(rng: Random, difficulty: int) -> Sketch:
    """Two angles of a triangle, the third is asked."""
    a, b = degrees(rng, difficulty, 25, 110), degrees(rng, difficulty, 25, 110)
    if a + b > 155:
        raise Unsuitable("third angle too small")
    deduction = Deduction((equal(angle("BAC"), a), equal(angle("ABC"), b)), angle("ACB"))
    deduction.perhaps_attempt(rng, "isosceles_triangle_judgment_line_equal", "CAB")
    deduction.derive(angle("ACB"), "triangle_property_angle_sum", "ABC")
    points = {"A": (0.0, 0.0), "B": (6.0, 0.0), "C": apex(6, a, b)}
    mistakes = (180 - a, 180 - b, a + b, 190 - a - b, 170 - a - b)
    return Sketch(points, "AB BC CA", deduction, ("in △ABC", "在△ABC中"), (a, b, 180 - a - b), mistakes)


def exterior_angle(rng: Random, difficulty: int) -> Sketch:
    """With one side extended: two inner angles give the outer one, or the outer and an inner one the other."""
    a, b = degrees(rng, difficulty, 30, 80), degrees(rng, difficulty, 30, 80)
    if rng.random() < 0.5:
        given, goal, sought = (equal(angle("BAC"), a), equal(angle("ABC"), b)), angle("ACD"), "BCA"
        mistakes = (180 - a - b, 180 - a, 180 - b, a + b + 10)
    else:
        given, goal, sought = (equal(angle("ACD"), a + b), equal(angle("ABC"), b)), angle("BAC"), "BCA"
        mistakes = (180 - a - b, 180 - a, a + 2 * b, 180 - a - 2 * b)
    deduction = Deduction(given, goal, collinear=("BCD",))
    deduction.perhaps_attempt(rng, "isosceles_triangle_judgment_angle_equal", "ABC")
    steps = {
        "pair": lambda: deduction.apply("adjacent_complementary_angle", "BCA", "ACD"),
        "sum": lambda: deduction.apply("triangle_property_angle_sum", "ABC"),
    }
    order = ("sum", "pair") if goal == angle("ACD") else ("pair", "sum")
    deduction.solve(angle(sought), *steps[order[0]]())
    deduction.solve(goal, *steps[order[1]]())
    points = {"B": (0.0, 0.0), "C": (5.0, 0.0), "D": (7.5, 0.0), "A": apex(5, b, 180 - a - b)}
    scene = ("in △ABC with BC extended to D", "在△ABC中，点D在BC的延长线上")
    return Sketch(points, "AB BC CA CD", deduction, scene, (a, b, a + b), mistakes)


def isosceles(rng: Random, difficulty: int) -> Sketch:
    """Equal sides; the apex angle gives a base angle, or the other way round."""
    base = any_degrees(rng, difficulty, 28, 74)
    top = 180 - 2 * base
    sides = equal(length("AB"), length("AC"))
    from_apex = rng.random() < 0.5
    if from_apex:
        given, goal, mistakes = equal(angle("BAC"), top), angle("ABC"), (top, 180 - top, 180 - 2 * top, base + 10)
    else:
        given, goal, mistakes = equal(angle("ABC"), base), angle("BAC"), (base, 180 - base, 90 - base, 2 * base)
    deduction = Deduction((sides, given), goal)
    deduction.apply("isosceles_triangle_judgment_line_equal", "ABC")
    equality = deduction.apply("isosceles_triangle_property_angle_equal", "ABC")
    if from_apex:
        deduction.solve(goal, *equality, *deduction.apply("triangle_property_angle_sum", "ABC"))
    else:
        deduction.solve(angle("BCA"), *equality)
        deduction.derive(goal, "triangle_property_angle_sum", "ABC")
    points = {"B": (0.0, 0.0), "C": (6.0, 0.0), "A": apex(6, base, base)}
    return Sketch(points, "AB BC CA", deduction, ("in △ABC", "在△ABC中"), (base, top), mistakes)
