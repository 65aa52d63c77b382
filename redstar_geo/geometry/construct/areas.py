"""Trapezoids, and the lengths and areas of circles, arcs and sectors."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from redstar_geo.geometry.construct.deduction import Deduction
from redstar_geo.geometry.construct.exact import PI, Exact
from redstar_geo.geometry.construct.language import CENTRE, angle, equal, length, perpendicular
from redstar_geo.geometry.construct.numbers import between, polar, units
from redstar_geo.geometry.construct.sketch import Sketch, Unsuitable

_ON = ("A and B lie on ⊙O", "点A、B在⊙O上")


def trapezoid_area(rng: Random, difficulty: int) -> Sketch:
    """Both bases and the height of a trapezoid give its area."""
    top, bottom, height = (units(rng, difficulty, 3, 20) for _ in range(3))
    if top >= bottom or not 0.3 < float(height / bottom) < 1.6:
        raise Unsuitable("a shape that is hard to draw")
    area = "AreaOfQuadrilateral(ABCD)"
    givens = (
        "Trapezoid(ABCD)",
        perpendicular("BF", "AF"),
        equal(length("AD"), top),
        equal(length("BC"), bottom),
        equal(length("AF"), height),
    )
    deduction = Deduction(givens, area, collinear=("BFC",))
    deduction.apply("altitude_of_quadrilateral_judgment_left_vertex", "AF", "ABCD")
    deduction.solve("HeightOfQuadrilateral(ABCD)", equal(length("AF"), "HeightOfQuadrilateral(ABCD)"))
    deduction.derive(area, "trapezoid_area_formula", "ABCD")
    shift, h = rng.uniform(0.3, 0.7) * float(bottom - top), float(height)
    points = {
        "B": (0.0, 0.0),
        "C": (float(bottom), 0.0),
        "A": (shift, h),
        "D": (shift + float(top), h),
        "F": (shift, 0.0),
    }
    mistakes = ((top + bottom) * height, bottom * height, top * height, (top + bottom + height), bottom * height / 2)
    scene = ("F lies on BC", "点F在BC上")
    return Sketch(points, "AB BC CD DA", deduction, scene, (top, bottom, height), mistakes, dashed="AF")


def trapezoid_midsegment(rng: Random, difficulty: int) -> Sketch:
    """The midsegment of a trapezoid is half the sum of the bases; one of the three is asked."""
    top, bottom = units(rng, difficulty, 3, 30), units(rng, difficulty, 3, 30)
    if not 1.3 < float(bottom / top) < 3:
        raise Unsuitable("bases too alike")
    middle = (top + bottom) / 2
    values = {"AD": top, "BC": bottom, "EF": middle}
    goal = rng.choice(list(values))
    givens = ["Trapezoid(ABCD)", "IsMidpointOfLine(E,AB)", "IsMidpointOfLine(F,DC)"]
    givens += [equal(length(name), value) for name, value in values.items() if name != goal]
    deduction = Deduction(tuple(givens), length(goal), collinear=("AEB", "DFC"))
    deduction.apply("midsegment_of_quadrilateral_judgment_midpoint", "EF", "ABCD")
    deduction.derive(length(goal), "midsegment_of_quadrilateral_property_length", "EF", "ABCD")
    height, shift = float(bottom) * rng.uniform(0.4, 0.7), float(bottom - top) * rng.uniform(0.2, 0.8)
    a, b, c, d = (shift, height), (0.0, 0.0), (float(bottom), 0.0), (shift + float(top), height)
    points = {"A": a, "B": b, "C": c, "D": d, "E": between(a, b, 0.5), "F": between(d, c, 0.5)}
    mistakes = (top + bottom, bottom - top, middle + top, 2 * middle + bottom, (bottom - top) / 2)
    return Sketch(points, "AB BC CD DA EF", deduction, ("", ""), (top, bottom), mistakes)


def circle_area(rng: Random, difficulty: int) -> Sketch:
    """The radius gives area or circumference."""
    radius = units(rng, difficulty, 2, 60)
    by_area = rng.random() < 0.5
    goal = "AreaOfCircle(O)" if by_area else "PerimeterOfCircle(O)"
    deduction = Deduction((CENTRE, equal(length("OA"), radius)), goal)
    deduction.derive("RadiusOfCircle(O)", "radius_of_circle_property_length_equal", "OA", "O")
    formula = "circle_area_formula" if by_area else "circle_perimeter_formula"
    deduction.derive(goal, formula, "O")
    points = {"O": (0.0, 0.0), "A": polar(radius, rng.uniform(-60, 60))}
    mistakes = (PI * radius * radius * 4, PI * radius * 2, PI * radius * radius, PI * radius, PI * radius * 4)
    scene = ("A lies on ⊙O", "点A在⊙O上")
    return Sketch(points, "OA", deduction, scene, (radius,), mistakes, {"O": radius})


def _sector(rng: Random, difficulty: int, goal: str) -> Sketch:
    turn = Fraction(
        rng.choice((60, 90, 120) if difficulty == 1 else (30, 36, 40, 45, 60, 72, 80, 90, 100, 120, 135, 150))
    )
    radius = units(rng, difficulty, 3, 30)
    deduction = Deduction((CENTRE, equal(angle("BOA"), turn), equal(length("OA"), radius)), goal)
    deduction.derive("RadiusOfCircle(O)", "radius_of_circle_property_length_equal", "OA", "O")
    deduction.derive("MeasureOfArc(OAB)", "arc_property_center_angle", "OAB", "O")
    formula = "arc_length_formula" if goal.startswith("LengthOfArc") else "sector_area_formula"
    deduction.derive(goal, formula, "OAB")
    start = rng.uniform(0, 180)
    points = {"O": (0.0, 0.0), "A": polar(radius, start), "B": polar(radius, start + float(turn))}
    whole, arc = turn / 360, PI * radius * turn / 180
    areas = (PI * radius * radius * whole, PI * radius * radius * turn / 180, PI * radius * radius)
    mistakes = (arc, arc * 2, arc / 2, *areas, Exact.of(radius) * whole)
    return Sketch(points, "OA OB", deduction, _ON, (turn, radius), mistakes, {"O": radius})


def arc_length(rng: Random, difficulty: int) -> Sketch:
    """Central angle and radius give the length of an arc."""
    return _sector(rng, difficulty, "LengthOfArc(OAB)")


def sector_area(rng: Random, difficulty: int) -> Sketch:
    """Central angle and radius give the area of a sector."""
    return _sector(rng, difficulty, "AreaOfSector(OAB)")
