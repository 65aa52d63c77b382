"""Links of angle chains through other triangles and quadrilaterals."""

from __future__ import annotations

import math

from redstar_geo.geometry.construct.compose.angles import Known, Link, arm, limit, next_angle, on_ray, parallel_end
from redstar_geo.geometry.construct.compose.plan import Plan, crossing, side, turned
from redstar_geo.geometry.construct.language import angle, equal, length
from redstar_geo.geometry.construct.sketch import Unsuitable
from redstar_geo.geometry.figure import angle_at


def equilateral_beside(plan: Plan, known: Known) -> Known:
    """An equilateral triangle on one arm, outside the angle."""
    p, v, q = known.p, known.v, known.q
    limit(known.value, 20, 95)
    start = plan.points[v]
    r = plan.add(turned(plan.points[q], start, -60 * side(plan.points[p], start, plan.points[q])))
    plan.join(v + r, q + r, v + q)
    plan.given(f"EquilateralTriangle({v}{q}{r})")
    plan.apply("equilateral_triangle_property_angle", v + q + r)
    return next_angle(plan, p, v, r, known.value + 60, "angle_addition", p + v + q, q + v + r)


def parallelogram(plan: Plan, known: Known) -> Known:
    """The arms are sides of a parallelogram."""
    p, v, q = known.p, known.v, known.q
    r = parallel_end(plan, known, 1.0)
    plan.join(q + r, v + q)
    plan.given(f"Parallelogram({v}{p}{r}{q})")
    return next_angle(plan, p, r, q, known.value, "parallelogram_property_opposite_angle_equal", v + p + r + q)


def square_beside(plan: Plan, known: Known) -> Known:
    """A square on one arm, outside the angle."""
    p, v, q = known.p, known.v, known.q
    limit(known.value, 20, 68)
    outwards = -90 * side(plan.points[p], plan.points[v], plan.points[q])
    t = plan.add(turned(plan.points[q], plan.points[v], outwards))
    s = plan.add(turned(plan.points[v], plan.points[q], -outwards))
    plan.join(v + q, q + s, s + t, t + v)
    plan.given(f"Square({v}{q}{s}{t})")
    return next_angle(plan, p, v, t, known.value + 90, "angle_addition", p + v + q, q + v + t)


def kite(plan: Plan, known: Known) -> Known:
    """The angle is at a side corner of a kite."""
    p, v, q = known.p, known.v, known.q
    limit(known.value, 45, 140)
    w = plan.add(mirrored(plan, v, p, q))
    plan.join(p + w, w + q, v + q)
    plan.given(f"Kite({p}{v}{q}{w})")
    return next_angle(plan, q, w, p, known.value, "kite_property_opposite_angle_equal", p + v + q + w)


def mirrored(plan: Plan, point: str, first: str, second: str) -> tuple[float, float]:
    """Where a point lies after a reflection in the line of two others."""
    (x, y), (a, b), (c, d) = (plan.points[name] for name in (point, first, second))
    u, v = c - a, d - b
    share = ((x - a) * u + (y - b) * v) / (u * u + v * v)
    return 2 * (a + share * u) - x, 2 * (b + share * v) - y


def quadrilateral(plan: Plan, known: Known) -> Known:
    """A quadrilateral with two more angles given."""
    p, v, q = known.p, known.v, known.q
    at_p, at_q = plan.rng.randint(60, 125), plan.rng.randint(60, 125)
    last = 360 - known.value - at_p - at_q
    limit(last, 45, 140)
    inwards = -side(plan.points[q], plan.points[v], plan.points[p])
    from_p = turned(plan.points[v], plan.points[p], inwards * at_p)
    from_q = turned(plan.points[v], plan.points[q], -inwards * at_q)
    r = plan.add(crossing(plan.points[p], from_p, plan.points[q], from_q))
    if abs(angle_at(*(plan.points[name] for name in (p, r, q))) - float(last)) > 1e-6:
        raise Unsuitable("not convex")
    plan.join(v + q, p + r, r + q)
    plan.given_value(angle(v + p + r), at_p)
    plan.given_value(angle(r + q + v), at_q)
    return next_angle(plan, p, r, q, last, "quadrilateral_property_angle_sum", v + p + r + q)


def isosceles_trapezoid(plan: Plan, known: Known) -> Known:
    """The angle is at the base of an isosceles trapezoid."""
    p, v = known.p, known.v
    limit(known.value, 40, 82)
    projected = arm(plan, known) * math.cos(math.radians(known.value))
    top = plan.rng.uniform(0.6, 1.2) * arm(plan, known)
    r = on_ray(plan, known, 2 * projected + top, joined=False)
    share = top / math.dist(plan.points[v], plan.points[known.q])
    s = parallel_end(plan, known, share)
    plan.join(s + r)
    plan.given(f"IsoscelesTrapezoid({p}{v}{r}{s})")
    to_top = plan.rng.random() < 0.5
    new = next_angle(plan, v, r, s, known.value)
    if to_top:
        new = next_angle(plan, r, s, p, 180 - known.value)
    same = plan.apply("isosceles_trapezoid_property_angle_equal", p + v + r + s)
    plan.solve(angle(v + r + s), *same)
    if to_top:
        plan.derive(new.name, "parallel_property_ipsilateral_internal_angle", s + p, r + v)
    return new


def congruent(plan: Plan, known: Known) -> Known:
    """A second triangle with the same three sides on the segment that joins the arms' ends."""
    p, v, q = known.p, known.v, known.q
    r = plan.add_fourth(p, v, q)
    plan.join(v + q, p + q, p + r, q + r)
    plan.given(equal(length(v + p), length(r + q)))
    plan.given(equal(length(v + q), length(r + p)))
    plan.apply("congruent_triangle_judgment_sss", v + p + q, r + q + p)
    return next_angle(plan, p, r, q, known.value, "congruent_triangle_property_angle_equal", v + p + q, r + q + p)


LINKS: tuple[Link, ...] = (
    equilateral_beside,
    square_beside,
    parallelogram,
    kite,
    quadrilateral,
    isosceles_trapezoid,
    congruent,
)
