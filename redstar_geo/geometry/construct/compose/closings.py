"""Last links of length chains: from a segment to an area, a perimeter or an arc."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from redstar_geo.geometry.construct.compose.lengths import Known, beside
from redstar_geo.geometry.construct.compose.plan import Plan, turned
from redstar_geo.geometry.construct.compose.ratios import share_of
from redstar_geo.geometry.construct.exact import PI, Exact, sine
from redstar_geo.geometry.construct.language import angle, equal, length, perpendicular
from redstar_geo.geometry.construct.numbers import between
from redstar_geo.geometry.construct.sketch import Unsuitable


@dataclass(frozen=True)
class Measured:
    """What a chain ends with."""

    name: str
    value: Exact


Closing = Callable[[Plan, Known], Measured]


def _measured(plan: Plan, name: str, value: Exact, *reason: str) -> Measured:
    """The measure becomes known; `reason` as for `angles.next_angle`."""
    if len(value.terms) != 1 or any(abs(q.numerator) > 2000 or q.denominator > 12 for q in value.terms.values()):
        raise Unsuitable("an unwieldy number")
    plan.reach(name, value, *reason)
    return Measured(name, value)


def _about_the_centre(plan: Plan, known: Known, goal: str, value: Exact, theorem: str) -> Measured:
    """The segment is the radius of a circle; a formula gives the goal."""
    p = known.p
    plan.add_circle_about(p, float(known.value))
    plan.on_circle.append(known.q)
    plan.derive(f"RadiusOfCircle({p})", "radius_of_circle_property_length_equal", p + known.q, p)
    return _measured(plan, f"{goal}({p})", value, theorem, p)


def circle_area(plan: Plan, known: Known) -> Measured:
    """The area of the circle with the segment as radius."""
    return _about_the_centre(plan, known, "AreaOfCircle", known.value * known.value * PI, "circle_area_formula")


def circumference(plan: Plan, known: Known) -> Measured:
    """The circumference of the circle with the segment as radius."""
    return _about_the_centre(plan, known, "PerimeterOfCircle", known.value * 2 * PI, "circle_perimeter_formula")


def area_on_a_diameter(plan: Plan, known: Known) -> Measured:
    """The area of the circle with the segment as diameter."""
    p, q = known.p, known.q
    plan.add_circle(between(plan.points[p], plan.points[q], 0.5), float(known.value) / 2)
    plan.on_line("O", p, q)
    plan.given(f"IsDiameterOfCircle({p}{q},O)")
    plan.derive("DiameterOfCircle(O)", "diameter_of_circle_property_length_equal", p + q, "O")
    plan.derive("RadiusOfCircle(O)", "circle_property_length_of_radius_and_diameter", "O")
    return _measured(plan, "AreaOfCircle(O)", known.value * known.value * PI / 4, "circle_area_formula", "O")


def _sector(plan: Plan, known: Known, goal: str, whole: Exact, theorem: str) -> Measured:
    """The segment is one radius of a sector with a given angle."""
    p, q = known.p, known.q
    turn = plan.rng.choice((30, 40, 45, 60, 72, 80, 90, 100, 120, 135, 150))
    plan.add_circle_about(p, float(known.value))
    r = plan.add(turned(plan.points[q], plan.points[p], turn))
    plan.join(p + r)
    plan.on_circle += [q, r]
    plan.given_value(angle(r + p + q), turn)
    arc = p + q + r
    plan.derive(f"RadiusOfCircle({p})", "radius_of_circle_property_length_equal", p + q, p)
    plan.derive(f"MeasureOfArc({arc})", "arc_property_center_angle", arc, p)
    return _measured(plan, f"{goal}({p}{q}{r})", whole * Fraction(turn, 360), theorem, arc)


def sector_area(plan: Plan, known: Known) -> Measured:
    """The area of a sector with the segment as radius."""
    return _sector(plan, known, "AreaOfSector", known.value * known.value * PI, "sector_area_formula")


def arc_length(plan: Plan, known: Known) -> Measured:
    """The length of an arc with the segment as radius."""
    return _sector(plan, known, "LengthOfArc", known.value * 2 * PI, "arc_length_formula")


def area_by_sine(plan: Plan, known: Known) -> Measured:
    """A triangle on the segment, another side and the angle between them given."""
    p, q = known.p, known.q
    side, turn = share_of(plan, known, 0.5, 1.6), plan.rng.choice((30, 45, 60, 120, 135, 150))
    r = plan.add(beside(plan, known, turn, side))
    plan.join(q + r, p + r)
    plan.given_value(angle(p + q + r), turn)
    plan.given_value(length(q + r), side)
    area = known.value * side * sine(Fraction(turn)) / 2
    return _measured(plan, f"AreaOfTriangle({p}{q}{r})", area, "triangle_area_formula_sine", q + r + p)


def area_by_height(plan: Plan, known: Known) -> Measured:
    """A triangle on the segment, its height given."""
    p, q = known.p, known.q
    height = share_of(plan, known, 0.5, 1.2)
    foot = between(plan.points[p], plan.points[q], plan.rng.uniform(0.3, 0.7))
    m = plan.add(foot)
    (px, py), (qx, qy) = plan.points[p], plan.points[q]
    scale = height / float(known.value) * plan.rng.choice((-1, 1))
    r = plan.add((foot[0] - scale * (qy - py), foot[1] + scale * (qx - px)))
    plan.on_line(m, p, q)
    plan.join(p + r, q + r, r + m)
    plan.given(perpendicular(p + m, r + m))
    plan.given_value(length(r + m), height)
    plan.scenes.append((f"{m} lies on {p}{q}", f"点{m}在{p}{q}上"))
    plan.apply("altitude_of_triangle_judgment", r + m, r + p + q)
    plan.solve(f"HeightOfTriangle({r}{p}{q})", equal(length(r + m), f"HeightOfTriangle({r}{p}{q})"))
    goal, area = f"AreaOfTriangle({r}{p}{q})", known.value * height / 2
    return _measured(plan, goal, area, "triangle_area_formula_common", r + p + q)


def _parallelogram(plan: Plan, p: str, q: str, r: str) -> str:
    """The fourth corner, all sides drawn."""
    s = plan.add_fourth(p, q, r)
    plan.join(q + r, r + s, s + p)
    return s


def parallelogram_perimeter(plan: Plan, known: Known) -> Measured:
    """A parallelogram on the segment, its other side given."""
    p, q = known.p, known.q
    if known.value.rational is None:
        raise Unsuitable("a root and an integer make no simple sum")
    side = share_of(plan, known, 0.5, 1.4)
    r = plan.add(beside(plan, known, plan.rng.uniform(50, 130), side))
    s = _parallelogram(plan, p, q, r)
    plan.given(f"Parallelogram({p}{q}{r}{s})")
    plan.given_value(length(q + r), side)
    plan.derive(length(r + s), "parallelogram_property_opposite_line_equal", p + q + r + s)
    plan.derive(length(s + p), "parallelogram_property_opposite_line_equal", q + r + s + p)
    goal, perimeter = f"PerimeterOfQuadrilateral({p}{q}{r}{s})", (known.value + side) * 2
    return _measured(plan, goal, perimeter, "quadrilateral_perimeter_formula", p + q + r + s)


def parallelogram_area(plan: Plan, known: Known) -> Measured:
    """A parallelogram on the segment, its other side and an angle given."""
    p, q = known.p, known.q
    side, turn = share_of(plan, known, 0.5, 1.4), plan.rng.choice((30, 45, 60, 120, 135, 150))
    r = plan.add(beside(plan, known, turn, side))
    s = _parallelogram(plan, p, q, r)
    plan.given(f"Parallelogram({p}{q}{r}{s})")
    plan.given_value(angle(p + q + r), turn)
    plan.given_value(length(q + r), side)
    area = known.value * side * sine(Fraction(turn))
    return _measured(plan, f"AreaOfQuadrilateral({p}{q}{r}{s})", area, "parallelogram_area_formula_sine", p + q + r + s)


def equilateral_perimeter(plan: Plan, known: Known) -> Measured:
    """An equilateral triangle on the segment."""
    p, q = known.p, known.q
    r = plan.add(beside(plan, known, 60, float(known.value)))
    plan.join(p + r, q + r)
    plan.given(f"EquilateralTriangle({p}{q}{r})")
    plan.solve(length(q + r), equal(length(p + q), length(q + r)))
    plan.solve(length(r + p), equal(length(q + r), length(r + p)))
    return _measured(plan, f"PerimeterOfTriangle({p}{q}{r})", known.value * 3, "triangle_perimeter_formula", p + q + r)


def kite_area(plan: Plan, known: Known) -> Measured:
    """The segment is a diagonal of a kite, the other one given."""
    p, q = known.p, known.q
    other = share_of(plan, known, 0.8, 1.8)
    middle = between(plan.points[p], plan.points[q], 0.5)
    (px, py), (qx, qy) = plan.points[p], plan.points[q]
    across = -(qy - py) / float(known.value), (qx - px) / float(known.value)
    near = plan.rng.uniform(0.25, 0.45) * other * plan.rng.choice((-1, 1))
    far = math.copysign(other - abs(near), -near)
    a, c = (plan.add((middle[0] + step * across[0], middle[1] + step * across[1])) for step in (near, far))
    plan.join(a + p, p + c, c + q, q + a, a + c)
    plan.given(f"Kite({a}{p}{c}{q})")
    plan.given_value(length(a + c), other)
    goal, area = f"AreaOfQuadrilateral({a}{p}{c}{q})", known.value * other / 2
    return _measured(plan, goal, area, "kite_area_formula_diagonal", a + p + c + q)


def square_area(plan: Plan, known: Known) -> Measured:
    """A square on the segment."""
    p, q = known.p, known.q
    r = plan.add(beside(plan, known, 90, float(known.value)))
    s = _parallelogram(plan, p, q, r)
    plan.given(f"Square({p}{q}{r}{s})")
    plan.solve(length(q + r), equal(length(q + r), length(q + p)))
    goal, area = f"AreaOfQuadrilateral({p}{q}{r}{s})", known.value * known.value
    return _measured(plan, goal, area, "parallelogram_area_formula_sine", p + q + r + s)


LINKS: tuple[Closing, ...] = (
    circle_area,
    circumference,
    area_on_a_diameter,
    sector_area,
    arc_length,
    area_by_sine,
    area_by_height,
    parallelogram_perimeter,
    parallelogram_area,
    equilateral_perimeter,
    kite_area,
    square_area,
)
