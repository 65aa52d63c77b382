"""Links of length chains through similar and congruent triangles, bisectors and quadrilaterals."""

from __future__ import annotations

import math
from fractions import Fraction

from redstar_geo.geometry.construct.compose.lengths import Known, Link, beside, next_length
from redstar_geo.geometry.construct.compose.plan import Plan, towards, turned
from redstar_geo.geometry.construct.language import length, parallel
from redstar_geo.geometry.construct.numbers import between
from redstar_geo.geometry.construct.sketch import Unsuitable


def share_of(plan: Plan, known: Known, low: float, high: float) -> int:
    """A random integer between two multiples of the known length."""
    least, most = math.ceil(low * float(known.value)), math.floor(high * float(known.value))
    if least > most or least < 1:
        raise Unsuitable("no integer fits")
    return plan.rng.randint(least, most)


def butterfly(plan: Plan, known: Known) -> Known:
    """Two lines through the segment's ends cross, and a parallel joins them beyond: similar triangles."""
    p, q = known.p, known.q
    near, far = share_of(plan, known, 0.5, 1.4), share_of(plan, known, 0.4, 1.6)
    if near == far:
        raise Unsuitable("congruent triangles")
    scale = far / near
    e = plan.add(beside(plan, Known(q, p, known.value), plan.rng.uniform(35, 75), near))
    middle = plan.points[e]
    s, t = (plan.add(between(plan.points[end], middle, 1 + scale)) for end in (p, q))
    plan.on_line(e, p, s)
    plan.on_line(e, q, t)
    plan.join(p + s, q + t)
    plan.scenes.append((f"{p}{s} and {q}{t} meet at {e}", f"{p}{s}与{q}{t}相交于点{e}"))
    plan.given(parallel(p + q, t + s))
    plan.given_value(length(e + p), near)
    plan.given_value(length(e + s), far)
    plan.apply("parallel_property_alternate_interior_angle", p + q, t + s)
    plan.apply("parallel_property_alternate_interior_angle", q + p, s + t)
    plan.apply("similar_triangle_judgment_aa", e + p + q, e + s + t)
    ratio = f"RatioOfSimilarTriangle({e}{p}{q},{e}{s}{t})"
    plan.derive(ratio, "similar_triangle_property_line_ratio", q + e + p, t + e + s)
    return next_length(
        plan, t, s, known.value * Fraction(far, near), "similar_triangle_property_line_ratio", e + p + q, e + s + t
    )


def bisecting_segments(plan: Plan, known: Known) -> Known:
    """Two segments bisect each other: congruent triangles at the crossing."""
    p, q = known.p, known.q
    reach = plan.rng.uniform(0.5, 0.9) * float(known.value)
    e = plan.add(beside(plan, known, plan.rng.uniform(40, 80), reach))
    s, t = (plan.add(between(plan.points[end], plan.points[e], 2)) for end in (p, q))
    plan.on_line(e, p, s)
    plan.on_line(e, q, t)
    plan.join(p + s, q + t)
    plan.given(f"IsMidpointOfLine({e},{p}{s})")
    plan.given(f"IsMidpointOfLine({e},{q}{t})")
    plan.apply("vertical_angle", q + e + p, t + e + s)
    plan.apply("congruent_triangle_judgment_sas", e + p + q, e + s + t)
    return next_length(plan, s, t, known.value, "congruent_triangle_property_line_equal", e + p + q, e + s + t)


def bisector_ratio(plan: Plan, known: Known) -> Known:
    """The bisector at the segment's end cuts the opposite side in the ratio of the other two."""
    p, q = known.p, known.q
    near, far = share_of(plan, known, 0.4, 0.8), share_of(plan, known, 0.4, 1.1)
    other = known.value * Fraction(far, near)
    sides = float(known.value), float(other), near + far
    if 2 * max(sides) > 0.95 * sum(sides) or near == far:
        raise Unsuitable("no triangle")
    cosine = (sides[0] ** 2 + sides[2] ** 2 - sides[1] ** 2) / (2 * sides[0] * sides[2])
    place = beside(plan, Known(q, p, known.value), math.degrees(math.acos(cosine)), near + far)
    r = plan.add(place)
    d = plan.add(towards(plan.points[p], place, near))
    plan.on_line(d, p, r)
    plan.join(p + r, q + d)
    plan.given(f"IsBisectorOfAngle({q}{d},{p}{q}{r})")
    plan.given_value(length(p + d), near)
    plan.given_value(length(d + r), far)
    plan.scenes.append((f"{d} lies on {p}{r}", f"点{d}在{p}{r}上"))
    return next_length(plan, q, r, other, "bisector_of_angle_property_line_ratio", q + d, p + q + r)


def perpendicular_bisector(plan: Plan, known: Known) -> Known:
    """One end lies on the perpendicular bisector of a segment that begins at the other."""
    p, q = known.p, known.q
    turn = plan.rng.uniform(45, 110) * plan.rng.choice((-1, 1))
    r = plan.add(turned(plan.points[q], plan.points[p], turn))
    m = plan.add(between(plan.points[q], plan.points[r], 0.5))
    plan.on_line(m, q, r)
    plan.join(q + r, p + m)
    plan.given(f"IsPerpendicularBisectorOfLine({p}{m},{q}{r})")
    return next_length(plan, p, r, known.value, "perpendicular_bisector_property_distance_equal", p + m, q + r)


def trapezoid_middle(plan: Plan, known: Known) -> Known:
    """The segment is a base of a trapezoid, the other base given; the segment in the middle."""
    p, q = known.p, known.q
    if known.value.rational is None:
        raise Unsuitable("a root and an integer make no simple sum")
    base = share_of(plan, known, 1.4, 2.2)
    b = plan.add(beside(plan, Known(q, p, known.value), plan.rng.uniform(95, 125), plan.rng.uniform(0.7, 1.0) * base))
    (x, y), (px, py), (qx, qy) = plan.points[b], plan.points[p], plan.points[q]
    scale = base / float(known.value)
    c = plan.add((x + scale * (qx - px), y + scale * (qy - py)))
    e, f = (plan.add(between(plan.points[u], plan.points[v], 0.5)) for u, v in ((p, b), (q, c)))
    plan.on_line(e, p, b)
    plan.on_line(f, q, c)
    plan.join(p + b, b + c, q + c)
    plan.given(f"Trapezoid({p}{b}{c}{q})")
    plan.given(f"IsMidpointOfLine({e},{p}{b})")
    plan.given(f"IsMidpointOfLine({f},{q}{c})")
    plan.given_value(length(b + c), base)
    plan.apply("midsegment_of_quadrilateral_judgment_midpoint", e + f, p + b + c + q)
    return next_length(
        plan, e, f, (known.value + base) / 2, "midsegment_of_quadrilateral_property_length", e + f, p + b + c + q
    )


def rectangle_diagonal(plan: Plan, known: Known) -> Known:
    """The segment is a side of a rectangle, a second one given; the other diagonal from the first."""
    p, q = known.p, known.q
    side = share_of(plan, known, 0.5, 1.6)
    r = plan.add(beside(plan, known, 90, side))
    s = plan.add_fourth(p, q, r)
    plan.join(q + r, r + s, s + p, p + r)
    plan.given(f"Rectangle({p}{q}{r}{s})")
    plan.given_value(length(q + r), side)
    value = (known.value * known.value + side * side).sqrt()
    plan.reach(length(p + r), value)
    plan.apply("right_triangle_judgment_angle", p + q + r)
    plan.derive(length(p + r), "right_triangle_property_pythagorean", p + q + r)
    return next_length(plan, q, s, value, "rectangle_property_diagonal_equal", p + q + r + s)


LINKS: tuple[Link, ...] = (
    butterfly,
    bisecting_segments,
    bisector_ratio,
    perpendicular_bisector,
    trapezoid_middle,
    rectangle_diagonal,
)
