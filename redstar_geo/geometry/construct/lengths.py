"""Lengths and areas of triangles: Pythagoras, similarity, midsegments, heights."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from redstar_geo.geometry.construct.deduction import Deduction
from redstar_geo.geometry.construct.exact import Exact, root
from redstar_geo.geometry.construct.language import angle, equal, length, parallel
from redstar_geo.geometry.construct.numbers import apex, between, polar, units
from redstar_geo.geometry.construct.sketch import Sketch, Unsuitable

TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29), (12, 35, 37))


def right_sides(rng: Random, difficulty: int) -> tuple[Exact, Exact, Exact]:
    """Legs and hypotenuse: a multiple of a Pythagorean triple, from difficulty 3 on with one side a root."""
    if difficulty < 3:
        factor = rng.randint(1, 6 if difficulty == 1 else 12)
        p, q, r = rng.choice(TRIPLES[: 3 if difficulty == 1 else None])
        legs = rng.sample((p * factor, q * factor), 2)
        return Exact.of(legs[0]), Exact.of(legs[1]), Exact.of(r * factor)
    a, b = rng.randint(2, 20), rng.randint(2, 20)
    if rng.random() < 0.5 and a > b:
        return Exact.of(b), root(a * a - b * b), Exact.of(a)
    return Exact.of(a), Exact.of(b), root(a * a + b * b)


def pythagoras(rng: Random, difficulty: int) -> Sketch:
    """Two sides of a right triangle, the third is asked."""
    a, b, c = right_sides(rng, difficulty)
    sides = {"CB": a, "CA": b, "AB": c}
    goal = max(sides, key=lambda side: (sides[side].rational is None, rng.random()))
    known = [side for side in sides if side != goal]
    givens = (equal(angle("ACB"), 90), *(equal(length(side), sides[side]) for side in known))
    deduction = Deduction(givens, length(goal))
    deduction.perhaps_attempt(rng, "isosceles_triangle_judgment_line_equal", "CAB")
    deduction.apply("right_triangle_judgment_angle", "ACB")
    deduction.derive(length(goal), "right_triangle_property_pythagorean", "ACB")
    points = {"A": (0.0, float(b)), "C": (0.0, 0.0), "B": (float(a), 0.0)}
    first, second = (sides[side] for side in known)
    swapped = first * first + second * second if goal != "AB" else first * first - second * second
    mistakes = (first + second, first - second, second - first, (first + second) / 2, swapped)
    rooted = tuple(value.sqrt() for value in (swapped, -swapped) if float(value) > 0)
    scene = ("in △ABC", "在△ABC中")
    return Sketch(points, "AB BC CA", deduction, scene, (a, b, c), mistakes[:4] + rooted)


def similar_triangles(rng: Random, difficulty: int) -> Sketch:
    """DE parallel to BC cuts off a similar triangle at A."""
    if difficulty < 3:
        size, p, q = rng.randint(2, 4 * difficulty), rng.randint(1, 4), rng.randint(1, 4)
        near, far, width = Fraction(size * p), Fraction(size * q), Fraction(rng.randint(2, 8 * difficulty))
        base = (p + q) * width
    else:
        near, far = units(rng, difficulty, 2, 9), units(rng, difficulty, 2, 9)
        base = units(rng, difficulty, 3, 30)
    forwards = rng.random() < 0.5
    parallel_side = base * near / (near + far)
    if forwards and difficulty >= 3:  # the given length is the plain number, the answer the fraction
        base, parallel_side = base * (near + far) / near, base
    if max(base.denominator, parallel_side.denominator) > 12:
        raise Unsuitable("unwieldy fraction")
    given, goal = (("DE", parallel_side), "BC") if forwards else (("BC", base), "DE")
    givens = (
        parallel("DE", "BC"),
        equal(length("AD"), near),
        equal(length("DB"), far),
        equal(length(given[0]), given[1]),
    )
    deduction = Deduction(givens, length(goal), collinear=("ADB", "AEC"))
    deduction.perhaps_attempt(rng, "midsegment_of_triangle_judgment_midpoint", "DE", "ABC")
    deduction.apply("parallel_property_corresponding_angle", "DE", "BC", "A")
    deduction.apply("parallel_property_corresponding_angle", "ED", "CB", "A")
    deduction.apply("similar_triangle_judgment_aa", "ADE", "ABC")
    deduction.derive(length("AB"), "line_addition", "AD", "DB")
    ratio = "RatioOfSimilarTriangle(ADE,ABC)"
    deduction.derive(ratio, "similar_triangle_property_line_ratio", "EAD", "CAB")
    deduction.derive(length(goal), "similar_triangle_property_line_ratio", "ADE", "ABC")
    b, c = (0.0, 0.0), (float(base), 0.0)
    a = polar(near + far, rng.uniform(50, 100))
    share = near / (near + far)
    points = {"A": a, "B": b, "C": c, "D": between(a, b, share), "E": between(a, c, share)}
    scene = ("in △ABC with D on AB and E on AC", "在△ABC中，点D在AB上，点E在AC上")
    mistakes = (
        base * far / (near + far),
        base * near / far,
        parallel_side * far / near,
        base - parallel_side,
        parallel_side + far,
    )
    return Sketch(points, "AB BC CA DE", deduction, scene, (near, far, base), mistakes)


def midsegment(rng: Random, difficulty: int) -> Sketch:
    """The segment between two midpoints is half the third side."""
    base = Fraction(rng.randint(6, 60)) if difficulty < 4 else Fraction(rng.randint(13, 120), 2)
    forwards = rng.random() < 0.5
    given, goal = (("BC", base), "DE") if forwards else (("DE", base / 2), "BC")
    givens = ["IsMidpointOfLine(D,AB)", "IsMidpointOfLine(E,AC)", equal(length(given[0]), given[1])]
    left, right = rng.uniform(45, 90), rng.uniform(45, 75)
    deduction = Deduction(tuple(givens), length(goal), collinear=("ADB", "AEC"))
    deduction.apply("midsegment_of_triangle_judgment_midpoint", "DE", "ABC")
    deduction.derive(length(goal), "midsegment_of_triangle_property_length", "DE", "ABC")
    a, b, c = apex(base, left, right), (0.0, 0.0), (float(base), 0.0)
    points = {"A": a, "B": b, "C": c, "D": between(a, b, 0.5), "E": between(a, c, 0.5)}
    mistakes = (given[1], given[1] * Fraction(3, 2), given[1] * 2, given[1] / 2, given[1] / 3)
    return Sketch(points, "AB BC CA DE", deduction, ("in △ABC", "在△ABC中"), (base, base / 2), mistakes)


def triangle_area(rng: Random, difficulty: int) -> Sketch:
    """Base and height give the area; a side length that is not needed may be told too."""
    p, q, r = rng.choice(TRIPLES[:4])
    factor = rng.randint(1, 3 if difficulty == 1 else 6)
    foot, height = rng.sample((p * factor, q * factor), 2)
    rest = units(rng, difficulty, 2, 30)
    base = foot + rest
    givens = ["IsAltitudeOfTriangle(AD,ABC)", equal(length("BC"), base), equal(length("AD"), height)]
    if rng.random() < 0.4:
        givens.insert(2, equal(length("AB"), r * factor))
    area = "AreaOfTriangle(ABC)"
    deduction = Deduction(tuple(givens), area, collinear=("BDC",))
    deduction.perhaps_attempt(rng, "right_triangle_judgment_angle", "BAC")
    deduction.solve("HeightOfTriangle(ABC)", equal(length("AD"), "HeightOfTriangle(ABC)"))
    deduction.derive(area, "triangle_area_formula_common", "ABC")
    points = {"A": (float(foot), float(height)), "B": (0.0, 0.0), "C": (float(base), 0.0), "D": (float(foot), 0.0)}
    scene = ("in △ABC with D on BC", "在△ABC中，点D在BC上")
    mistakes = (base * height, base + height, base * r * factor / 2, 2 * base * height)
    return Sketch(points, "AB BC CA", deduction, scene, (base, height), mistakes, dashed="AD")
