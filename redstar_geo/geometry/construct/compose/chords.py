"""Links of length chains on a circle: radii, tangents, chords and secants."""

from __future__ import annotations

import math
from fractions import Fraction

from redstar_geo.geometry.construct.compose.lengths import Known, Link, beside, given_leg, next_length, pythagorean
from redstar_geo.geometry.construct.compose.plan import Plan, circumcentre, side, towards, turned
from redstar_geo.geometry.construct.compose.ratios import share_of
from redstar_geo.geometry.construct.language import equal, length, perpendicular
from redstar_geo.geometry.construct.numbers import between
from redstar_geo.geometry.construct.sketch import Unsuitable


def tangent_triangle(plan: Plan, known: Known) -> Known:
    """The segment is a radius, a tangent of given length at its end."""
    p, q = known.p, known.q
    leg = given_leg(plan, known, hypotenuse=False)
    r = plan.add(beside(plan, known, 90, float(leg)))
    plan.add_circle_about(p, float(known.value))
    plan.join(q + r)
    plan.given(f"IsTangentOfCircle({r}{q},{p})")
    plan.given_value(length(q + r), leg)
    new = next_length(plan, p, r, (known.value * known.value + leg * leg).sqrt())
    plan.apply("tangent_of_circle_property_perpendicular", r + q, p, p)
    plan.solve(new.name, *pythagorean(plan, r + q + p))
    return new


def other_radius(plan: Plan, known: Known) -> Known:
    """The segment is a radius, another one is drawn."""
    p, q = known.p, known.q
    r = plan.add(turned(plan.points[q], plan.points[p], plan.rng.uniform(50, 170) * plan.rng.choice((-1, 1))))
    plan.add_circle_about(p, float(known.value))
    plan.on_circle += [q, r]
    radius = f"RadiusOfCircle({p})"
    plan.derive(radius, "radius_of_circle_property_length_equal", p + q, p)
    return next_length(plan, p, r, known.value, "radius_of_circle_property_length_equal", p + r, p)


def half_chord(plan: Plan, known: Known) -> Known:
    """The segment is a radius; a chord from its end at a given distance from the centre."""
    p, q = known.p, known.q
    away = given_leg(plan, known, hypotenuse=True)
    share = float(away) / float(known.value)
    if not 0.35 < share < 0.9:
        raise Unsuitable("chord too close to the centre or to the rim")
    plan.add_circle_about(p, float(known.value))
    turn = math.degrees(math.acos(share)) * plan.rng.choice((-1, 1))
    m = plan.add(turned(towards(plan.points[p], plan.points[q], float(away)), plan.points[p], turn))
    b = plan.add(between(plan.points[q], plan.points[m], 2))
    plan.on_line(m, q, b)
    plan.join(q + b, p + m)
    plan.given(perpendicular(q + m, p + m))
    plan.given_value(length(p + m), away)
    plan.on_circle += [q, b]
    plan.scenes.append((f"{m} lies on {q}{b}", f"点{m}在{q}{b}上"))
    half = (known.value * known.value - away * away).sqrt()
    plan.reach(length(q + m), half)
    plan.reach(length(m + b), half)
    plan.apply("circle_property_chord_perpendicular_bisect_chord", p, p + m, q + b)
    plan.solve(length(q + m), *pythagorean(plan, q + m + p))
    plan.solve(length(m + b), equal(length(q + m), length(m + b)))
    return next_length(plan, q, b, half * 2, "line_addition", q + m, m + b)


def other_tangent(plan: Plan, known: Known) -> Known:
    """The segment is a tangent, another one from the same point."""
    p, q = known.p, known.q
    radius = plan.rng.uniform(0.4, 0.9) * float(known.value)
    centre = beside(plan, known, 90, radius)
    plan.add_circle(centre, radius)
    turn = 2 * math.degrees(math.atan2(radius, float(known.value)))
    b = plan.add(turned(plan.points[q], plan.points[p], turn * side(centre, plan.points[p], plan.points[q])))
    plan.given(f"IsTangentOfCircle({p}{q},O)")
    plan.given(f"IsTangentOfCircle({p}{b},O)")
    return next_length(plan, p, b, known.value, "tangent_of_circle_property_length_equal", p + q, p + b, "O")


def secant(plan: Plan, known: Known) -> Known:
    """The segment is a tangent; the near part of a secant given."""
    p, q = known.p, known.q
    near = share_of(plan, known, 0.4, 0.75)
    c = plan.add(beside(plan, Known(q, p, known.value), plan.rng.uniform(18, 40), near))
    (px, py), (qx, qy), (cx, cy) = (plan.points[name] for name in (p, q, c))
    # the centre lies on the perpendicular at q, as far from q as from c
    across = side(plan.points[c], plan.points[p], plan.points[q])
    reach = math.dist((px, py), (qx, qy))
    u, w = -across * (qy - py) / reach, across * (qx - px) / reach
    radius = math.dist((qx, qy), (cx, cy)) ** 2 / (2 * (u * (cx - qx) + w * (cy - qy)))
    plan.add_circle((qx + radius * u, qy + radius * w), radius)
    value = known.value * known.value / near
    d = plan.add(towards(plan.points[p], plan.points[c], float(value)))
    plan.on_line(c, p, d)
    plan.given(f"IsTangentOfCircle({p}{q},O)")
    plan.given_value(length(p + c), near)
    plan.on_circle += [c, d]
    plan.scenes.append((f"{c} lies on {p}{d}", f"点{c}在{p}{d}上"))
    return next_length(
        plan, p, d, value, "circle_property_circular_power_tangent_and_segment_line", p + q, p + c + d, "O"
    )


def chord_parts(plan: Plan, known: Known) -> Known:
    """The segment is a part of a chord that another one cuts."""
    p, e = known.p, known.q
    rest, third = share_of(plan, known, 0.4, 1.6), share_of(plan, known, 0.4, 1.6)
    fourth = known.value * Fraction(rest, third)
    b = plan.add(towards(plan.points[p], plan.points[e], float(known.value) + rest))
    c = plan.add(beside(plan, known, plan.rng.uniform(55, 125), third))
    d = plan.add(towards(plan.points[c], plan.points[e], third + float(fourth)))
    centre = circumcentre(plan.points[p], plan.points[b], plan.points[c])
    plan.add_circle(centre, math.dist(centre, plan.points[p]))
    plan.on_line(e, p, b)
    plan.on_line(e, c, d)
    plan.join(e + b, c + d)
    plan.given_value(length(e + b), rest)
    plan.given_value(length(e + c), third)
    plan.scenes.append((f"chords {p}{b} and {c}{d} of ⊙O meet at {e}", f"⊙O的弦{p}{b}与{c}{d}相交于点{e}"))
    return next_length(plan, e, d, fourth, "circle_property_circular_power_chord_and_chord", p + e + b, c + e + d, "O")


LINKS: tuple[Link, ...] = (
    tangent_triangle,
    other_radius,
    half_chord,
    other_tangent,
    secant,
    chord_parts,
)
