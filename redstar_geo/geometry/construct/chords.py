"""Chords, tangents and secants of a circle with centre O."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random

from redstar_geo.geometry.construct.deduction import Deduction
from redstar_geo.geometry.construct.exact import Exact
from redstar_geo.geometry.construct.language import CENTRE, angle, equal, length, perpendicular
from redstar_geo.geometry.construct.lengths import right_sides
from redstar_geo.geometry.construct.numbers import any_degrees, polar
from redstar_geo.geometry.construct.sketch import Sketch, Unsuitable


def chord_distance(rng: Random, difficulty: int) -> Sketch:
    """The perpendicular from the centre halves the chord; radius, half chord and distance form a right triangle."""
    half, distance, radius = right_sides(rng, difficulty)
    if not 0.35 < float(distance) / float(radius) < 0.9:
        raise Unsuitable("chord too close to the centre or to the rim")
    asks_distance = rng.random() < 0.5
    known, goal = (("AB", half * 2), "OM") if asks_distance else (("OM", distance), "AB")
    givens = (CENTRE, perpendicular("AM", "OM"), equal(length("OA"), radius), equal(length(known[0]), known[1]))
    deduction = Deduction(givens, length(goal), collinear=("AMB",))
    deduction.perhaps_attempt(rng, "isosceles_triangle_judgment_angle_equal", "MOA")
    deduction.apply("circle_property_chord_perpendicular_bisect_chord", "O", "OM", "AB")
    deduction.apply("right_triangle_judgment_angle", "AMO")
    halves = equal(length("AM"), length("MB"))
    if asks_distance:
        deduction.solve(length("AM"), halves, *deduction.apply("line_addition", "AM", "MB"))
        deduction.derive(length("OM"), "right_triangle_property_pythagorean", "AMO")
    else:
        deduction.derive(length("AM"), "right_triangle_property_pythagorean", "AMO")
        deduction.solve(length("MB"), halves)
        deduction.derive(length("AB"), "line_addition", "AM", "MB")
    h, d = float(half), float(distance)
    points = {"O": (0.0, 0.0), "A": (-h, -d), "B": (h, -d), "M": (0.0, -d)}
    scene = ("A and B lie on ⊙O, M lies on AB", "点A、B在⊙O上，点M在AB上")
    mistakes = (half, distance, half * 2, distance * 2, radius - distance, radius * 2)
    return Sketch(points, "AB OA OM", deduction, scene, (half, distance, radius), mistakes, {"O": radius})


def intersecting_chords(rng: Random, difficulty: int) -> Sketch:
    """Two chords cut each other into parts with one product."""
    a, b, c = (Fraction(rng.randint(2, 8 + 2 * difficulty)) for _ in range(3))
    d = a * b / c
    if d.denominator > (1 if difficulty < 4 else 2) or not 0.25 < d / (a + b) < 4:
        raise Unsuitable("unwieldy part")
    givens = tuple(equal(length(name), value) for name, value in (("EA", a), ("EB", b), ("EC", c)))
    deduction = Deduction((CENTRE, *givens), length("ED"), collinear=("AEB", "CED"))
    deduction.derive(length("ED"), "circle_property_circular_power_chord_and_chord", "AEB", "CED", "O")
    turn = math.radians(rng.uniform(55, 125))
    u = math.cos(turn), math.sin(turn)
    # the circle through A, B and C with E at the origin and AB along the x-axis
    x = float(b - a) / 2
    cx, cy = float(c) * u[0], float(c) * u[1]
    y = (cx * cx + cy * cy - 2 * x * cx - float(a * b)) / (2 * cy)
    radius = math.hypot(float(b) - x, y)
    points = {
        "O": (x, y),
        "A": (-float(a), 0.0),
        "B": (float(b), 0.0),
        "C": (cx, cy),
        "D": (-float(d) * u[0], -float(d) * u[1]),
        "E": (0.0, 0.0),
    }
    scene = ("chords AB and CD of ⊙O meet at E", "⊙O的弦AB与CD相交于点E")
    mistakes = (a + b - c, a * c / b, b * c / a, a + b, a * b, d + 1, d + 2)
    return Sketch(points, "AB CD", deduction, scene, (a, b, c), mistakes, {"O": radius})


def tangent_secant(rng: Random, difficulty: int) -> Sketch:
    """The square of a tangent is the product of the parts of a secant."""
    if difficulty < 4:  # with m·q² and m·p² the tangent is m·p·q
        times, (q, p) = rng.randint(1, 9), rng.choice(((1, 2), (2, 3), (2, 5), (3, 4), (3, 5), (4, 5), (4, 7), (5, 7)))
        near, far = Fraction(times * q * q), Fraction(times * p * p)
    else:
        near = Fraction(rng.randint(2, 16))
        far = near + rng.randint(4, 20)
    square = near * far
    tangent = Exact.of(square).sqrt()
    forwards = rng.random() < 0.6
    values = {"PA": tangent, "PC": Exact.of(near), "PD": Exact.of(far)}
    goal = "PA" if forwards or tangent.rational is None else "PD"
    givens = [CENTRE, "IsTangentOfCircle(PA,O)"]
    givens += [equal(length(name), value) for name, value in values.items() if name != goal]
    deduction = Deduction(tuple(givens), length(goal), collinear=("PCD",))
    deduction.derive(length(goal), "circle_property_circular_power_tangent_and_segment_line", "PA", "PCD", "O")
    middle, half = float(near + far) / 2, float(far - near) / 2
    lift = rng.uniform(0.25, 0.6) * half
    radius, distance = math.hypot(half, lift), math.hypot(middle, lift)
    towards = math.degrees(math.atan2(lift, middle)) + math.degrees(math.asin(radius / distance))
    points = {
        "P": (0.0, 0.0),
        "C": (float(near), 0.0),
        "D": (float(far), 0.0),
        "O": (middle, lift),
        "A": polar(float(tangent), towards),
    }
    scene = ("a line through P meets ⊙O at C and D", "过点P的直线交⊙O于点C、D")
    mistakes = (near + far, far - near, (near + far) / 2, tangent * 2, square, far - 1)
    return Sketch(points, "PA PD", deduction, scene, (near, far), mistakes, {"O": radius})


def tangent_chord(rng: Random, difficulty: int) -> Sketch:
    """The angle between tangent and chord is the inscribed angle on the chord's arc."""
    value = any_degrees(rng, difficulty, 28, 76)
    forwards = rng.random() < 0.5
    known, goal = ("BAP", "BCA") if forwards else ("BCA", "BAP")
    givens = (CENTRE, "IsTangentOfCircle(PA,O)", equal(angle(known), value))
    deduction = Deduction(givens, angle(goal))
    first, second = "circle_property_angle_of_osculation", "arc_property_circumference_angle_external"
    order = ((first, "P"), (second, "C")) if forwards else ((second, "C"), (first, "P"))
    deduction.derive("MeasureOfArc(OAB)", order[0][0], "OAB", order[0][1])
    deduction.derive(angle(goal), order[1][0], "OAB", order[1][1])
    turn = 2 * float(value)
    points = {
        "O": (0.0, 0.0),
        "A": polar(5, -90),
        "B": polar(5, -90 + turn),
        "C": polar(5, -90 + turn + rng.uniform(0.35, 0.65) * (360 - turn)),
        "P": (rng.uniform(5, 7), -5.0),
    }
    scene = ("A, B and C lie on ⊙O", "点A、B、C在⊙O上")
    mistakes = (2 * value, value / 2, 180 - value, 90 - value, 180 - 2 * value)
    return Sketch(points, "PA AB BC CA", deduction, scene, (value, 2 * value), mistakes, {"O": 5})
