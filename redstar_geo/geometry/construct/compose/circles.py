"""Links of angle chains on a circle with centre O: inscribed and central angles, tangents, diameters, equal chords."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from redstar_geo.geometry.construct.compose.angles import (
    ANGLE_SUM,
    Known,
    Link,
    arm,
    base_angles,
    limit,
    next_angle,
    on_ray,
)
from redstar_geo.geometry.construct.compose.plan import Plan, circumcentre, crossing, side, towards
from redstar_geo.geometry.construct.language import angle, equal, length, parallel
from redstar_geo.geometry.construct.numbers import polar
from redstar_geo.geometry.construct.sketch import Unsuitable

_CENTRAL, _INSCRIBED = "arc_property_center_angle", "arc_property_circumference_angle_external"
_OSCULATION, _DIAMETER = "circle_property_angle_of_osculation", "diameter_of_circle_property_right_angle"


@dataclass(frozen=True)
class Arc:
    """The arc from a to b, counter-clockwise, that a known angle stands on.

    Attributes:
        reason: the theorem and the point by which its measure follows from that angle.
    """

    a: str
    b: str
    degrees: Fraction
    reason: tuple[str, str] = ("", "")

    @property
    def points(self) -> str:
        return "O" + self.a + self.b

    @property
    def measure(self) -> str:
        return f"MeasureOfArc({self.points})"


def on_rim(plan: Plan, degrees: float) -> str:
    """A new point on the circle, `degrees` from the direction of the x-axis."""
    name = plan.add(polar(plan.circles["O"], degrees, plan.points["O"]))
    plan.on_circle.append(name)
    return name


def _turn(plan: Plan, name: str) -> float:
    """The direction of a point from the centre."""
    (x, y), (u, v) = plan.points["O"], plan.points[name]
    return math.degrees(math.atan2(v - y, u - x))


def _lies_on_rim(plan: Plan, name: str) -> bool:
    radius = plan.circles["O"]
    return name != "O" and abs(math.dist(plan.points[name], plan.points["O"]) - radius) < 1e-9 * radius


def arc_of(plan: Plan, known: Known) -> Arc:
    """The arc of a known angle at the centre, at the rim, or between a tangent and a chord.

    Raises:
        Unsuitable: the angle is none of these.
    """
    p, v, q = known.p, known.v, known.q
    if "O" not in plan.circles:
        raise Unsuitable("no circle")
    ends_on_rim = [_lies_on_rim(plan, end) for end in (p, q)]
    if all(ends_on_rim) and (v == "O" or _lies_on_rim(plan, v)):
        a, b = (p, q) if side(plan.points[v], plan.points[p], plan.points[q]) > 0 else (q, p)
        factor, theorem = (1, _CENTRAL) if v == "O" else (2, _INSCRIBED)
    elif any(ends_on_rim) and (f"IsTangentOfCircle({p}{v},O)" in plan.givens):
        a, b, factor, theorem = v, q, 2, _OSCULATION
        v = p
    else:
        raise Unsuitable("not an angle of the circle")
    return Arc(a, b, factor * known.value, (theorem, v))


def _arc_at_the_centre(plan: Plan, known: Known) -> Arc:
    """The same of an angle at the centre only."""
    if known.v != "O":
        raise Unsuitable("not at the centre")
    return arc_of(plan, known)


def _measure(plan: Plan, arc: Arc) -> None:
    """Note how the measure of an arc follows, unless it is known."""
    theorem, point = arc.reason
    plan.derive(arc.measure, theorem, arc.points, point)


def _opposite(plan: Plan, arc: Arc) -> str:
    """A new point on the rest of the circle, joined with both ends."""
    share = plan.rng.uniform(0.25, 0.75)
    w = on_rim(plan, _turn(plan, arc.b) + share * (360 - float(arc.degrees)))
    plan.join(w + arc.a, w + arc.b)
    return w


def _inscribed(plan: Plan, arc: Arc) -> Known:
    """A new angle at the rim on an arc that is known by then."""
    w = _opposite(plan, arc)
    return next_angle(plan, arc.b, w, arc.a, arc.degrees / 2, _INSCRIBED, arc.points, w)


def inscribed(plan: Plan, known: Known) -> Known:
    """Another angle on the same arc, at the rim."""
    arc = arc_of(plan, known)
    limit(arc.degrees, 36, 200)
    _measure(plan, arc)
    return _inscribed(plan, arc)


def central(plan: Plan, known: Known) -> Known:
    """The angle at the centre on the same arc."""
    arc = arc_of(plan, known)
    limit(arc.degrees, 30, 162)
    if known.v == "O":
        raise Unsuitable("already at the centre")
    plan.join("O" + arc.a, "O" + arc.b)
    _measure(plan, arc)
    return next_angle(plan, arc.b, "O", arc.a, arc.degrees, _CENTRAL, arc.points, "O")


def inside_the_arc(plan: Plan, known: Known) -> Known:
    """An angle at the rim from within the arc: the opposite corner of a cyclic quadrilateral."""
    arc = arc_of(plan, known)
    limit(arc.degrees, 70, 290)
    d = on_rim(plan, _turn(plan, arc.a) + plan.rng.uniform(0.3, 0.7) * float(arc.degrees))
    plan.join(arc.a + d, d + arc.b)
    _measure(plan, arc)
    return next_angle(
        plan, arc.a, d, arc.b, 180 - arc.degrees / 2, "arc_property_circumference_angle_internal", arc.points, d
    )


def tangent_chord(plan: Plan, known: Known) -> Known:
    """The angle between the chord of the arc and a tangent at its end."""
    arc = arc_of(plan, known)
    limit(arc.degrees, 44, 160)
    start = plan.points[arc.a]
    along = _turn(plan, arc.a) + 90
    t = plan.add(polar(plan.circles["O"] * plan.rng.uniform(0.8, 1.2), along, start))
    plan.join(t + arc.a, arc.a + arc.b)
    plan.given(f"IsTangentOfCircle({t}{arc.a},O)")
    _measure(plan, arc)
    return next_angle(plan, t, arc.a, arc.b, arc.degrees / 2, _OSCULATION, arc.points, t)


def equal_chord(plan: Plan, known: Known) -> Known:
    """A second chord as long as that of the arc, next to it; an angle on its arc."""
    arc = arc_of(plan, known)
    limit(arc.degrees, 40, 150)
    c = on_rim(plan, _turn(plan, arc.b) + float(arc.degrees))
    plan.join(arc.a + arc.b, arc.b + c)
    plan.given(equal(length(arc.a + arc.b), length(arc.b + c)))
    second = Arc(arc.b, c, arc.degrees)
    _measure(plan, arc)
    plan.apply("congruent_arc_judgment_chord_equal", arc.points, second.points)
    plan.derive(second.measure, "congruent_arc_property_measure_equal", arc.points, second.points)
    return _inscribed(plan, second)


def next_arc(plan: Plan, known: Known) -> Known:
    """The next arc is known by a given angle on it; an angle on both together."""
    arc = arc_of(plan, known)
    more = Fraction(plan.rng.randint(20, 60))
    limit(arc.degrees + 2 * more, 80, 280)
    c = on_rim(plan, _turn(plan, arc.b) + 2 * float(more))
    plan.join(arc.a + arc.b, arc.a + c)
    plan.given_value(angle(arc.b + arc.a + c), more)
    both = Arc(arc.a, c, arc.degrees + 2 * more)
    _measure(plan, arc)
    following = f"MeasureOfArc(O{arc.b}{c})"
    plan.derive(following, _INSCRIBED, f"O{arc.b}{c}", arc.a)
    plan.derive(both.measure, "arc_addition_measure", arc.points, f"O{arc.b}{c}")
    return _inscribed(plan, both)


def antipode(plan: Plan, known: Known) -> Known:
    """A diameter from one end of the arc: a right triangle with the inscribed angle at its other end."""
    arc = arc_of(plan, known)
    limit(arc.degrees, 50, 136)
    d = on_rim(plan, _turn(plan, arc.a) + 180)
    plan.join(arc.a + d, d + arc.b, arc.a + arc.b)
    plan.on_line("O", arc.a, d)
    plan.given(f"IsDiameterOfCircle({arc.a}{d},O)")
    at_d = angle(arc.b + d + arc.a)
    plan.reach(at_d, arc.degrees / 2)
    _measure(plan, arc)
    plan.derive(at_d, _INSCRIBED, arc.points, d)
    plan.apply(_DIAMETER, arc.a + arc.b + d, "O")
    return next_angle(plan, arc.b, arc.a, d, 90 - arc.degrees / 2, ANGLE_SUM, arc.a + arc.b + d)


def radii(plan: Plan, known: Known) -> Known:
    """Two radii and the chord between their ends make an isosceles triangle; from its apex to its base."""
    p, q = known.p, known.q
    arc = _arc_at_the_centre(plan, known)
    plan.join(p + q)
    new = next_angle(plan, "O", p, q, (180 - known.value) / 2)
    _measure(plan, arc)
    plan.solve(new.name, *_equal_radii(plan, p, q), *plan.apply(ANGLE_SUM, "O" + p + q))
    return new


def from_radius_and_chord(plan: Plan, known: Known) -> Known:
    """The angle between a radius and a chord gives the angle at the centre."""
    p, v, q = known.p, known.v, known.q
    if not (p == "O" or q == "O") or not plan.circles or not all(_lies_on_rim(plan, n) for n in (p, v, q) if n != "O"):
        raise Unsuitable("not between a radius and a chord")
    end = q if p == "O" else p
    plan.join("O" + end, v + end)
    base = angle(v + end + "O")
    plan.reach(base, known.value)
    plan.solve(base, *_equal_radii(plan, v, end))
    return next_angle(plan, v, "O", end, 180 - 2 * known.value, ANGLE_SUM, "O" + v + end)


def _equal_radii(plan: Plan, p: str, q: str) -> tuple[str, ...]:
    """OP = OQ, so the angles at P and Q are equal."""
    plan.apply("radius_of_circle_property_length_equal", "O" + p, "O")
    plan.apply("radius_of_circle_property_length_equal", "O" + q, "O")
    return base_angles(plan, "O" + p + q)


def tangents_meet(plan: Plan, known: Known) -> Known:
    """Tangents at the ends of two radii."""
    p, q = known.p, known.q
    _arc_at_the_centre(plan, known)
    limit(known.value, 60, 140)
    middle = (plan.points[p][0] + plan.points[q][0]) / 2, (plan.points[p][1] + plan.points[q][1]) / 2
    reach = plan.circles["O"] / math.cos(math.radians(known.value / 2))
    t = plan.add(towards(plan.points["O"], middle, reach))
    plan.join(t + p, t + q)
    plan.given(f"IsTangentOfCircle({t}{p},O)")
    plan.given(f"IsTangentOfCircle({t}{q},O)")
    for end in (p, q):
        plan.apply("tangent_of_circle_property_perpendicular", t + end, "O", "O")
    return next_angle(plan, p, t, q, 180 - known.value, "quadrilateral_property_angle_sum", "O" + p + t + q)


def tangent_triangle(plan: Plan, known: Known) -> Known:
    """The tangent at the end of one radius meets the other, extended."""
    p, q = known.p, known.q
    _arc_at_the_centre(plan, known)
    limit(known.value, 28, 66)
    reach = plan.circles["O"] / math.cos(math.radians(known.value))
    t = plan.add(towards(plan.points["O"], plan.points[q], reach))
    plan.on_line(t, "O", q)
    plan.join(q + t, p + t)
    plan.given(f"IsTangentOfCircle({t}{p},O)")
    plan.scenes.append((f"{t} lies on O{q} extended", f"点{t}在O{q}的延长线上"))
    plan.apply("tangent_of_circle_property_perpendicular", t + p, "O", "O")
    return next_angle(plan, p, t, "O", 90 - known.value, ANGLE_SUM, "O" + p + t)


def parallel_chord(plan: Plan, known: Known) -> Known:
    """A chord parallel to one arm of an inscribed angle, through the end of the other arm."""
    p, v, q = known.p, known.v, known.q
    arc_of(plan, known)
    if not _lies_on_rim(plan, v) or not _lies_on_rim(plan, p):
        raise Unsuitable("not at the rim")
    (x, y), (a, b), (c, d) = plan.points["O"], plan.points[v], plan.points[p]
    u, w = c - a, d - b
    start = plan.points[q]
    along = -2 * ((start[0] - x) * u + (start[1] - y) * w) / (u * u + w * w)
    if along > -0.3:
        raise Unsuitable("to the same side")
    r = plan.add((start[0] + along * u, start[1] + along * w))
    plan.on_circle.append(r)
    plan.join(q + r, v + q)
    plan.given(parallel(v + p, r + q))
    return next_angle(plan, v, q, r, known.value, "parallel_property_alternate_interior_angle", v + p, r + q)


def crossing_chord(plan: Plan, known: Known) -> Known:
    """A chord from one end of an inscribed angle cuts its other arm; an angle where they cross."""
    p, v, q = known.p, known.v, known.q
    arc_of(plan, known)
    if v == "O" or not _lies_on_rim(plan, v) or not _lies_on_rim(plan, p):
        raise Unsuitable("not at the rim")
    w = Fraction(plan.rng.randint(22, 70))
    limit(known.value + w, 45, 140)
    turned = side(plan.points[p], plan.points[v], plan.points[q])  # 1 when p is left of the ray vq
    d = on_rim(plan, _turn(plan, v) - turned * 2 * float(w))
    plan.join(q + d, v + q)
    e = plan.add(crossing(plan.points[v], plan.points[p], plan.points[q], plan.points[d]))
    reach = math.dist(plan.points[v], plan.points[p])
    if (
        not 0.2 < math.dist(plan.points[v], plan.points[e]) / reach < 0.8
        or math.dist(plan.points[p], plan.points[e]) > reach
    ):
        raise Unsuitable("the chords do not cross")
    plan.on_line(e, v, p)
    plan.on_line(e, q, d)
    plan.scenes.append((f"{q}{d} and {v}{p} meet at {e}", f"{q}{d}与{v}{p}相交于点{e}"))
    plan.given_value(angle(v + q + d), w)
    return next_angle(plan, v, e, q, 180 - known.value - w, ANGLE_SUM, v + e + q)


def circumscribed(plan: Plan, known: Known) -> Known:
    """The vertex and a point on each arm lie on a circle; the angle at its centre."""
    p, v = known.p, known.v
    limit(known.value, 20, 78)
    r = on_ray(plan, known, arm(plan, known) * plan.rng.uniform(0.6, 1.6))
    centre = circumcentre(*(plan.points[name] for name in (p, v, r)))
    plan.add_circle(centre, math.dist(centre, plan.points[v]))
    plan.on_circle += [p, v, r]
    return central(plan, Known(p, v, r, known.value))


def thales(plan: Plan, known: Known) -> Known:
    """The end of one arm lies on a circle whose diameter is along the other."""
    p, v = known.p, known.v
    limit(known.value, 25, 68)
    r = on_ray(plan, known, arm(plan, known) / math.cos(math.radians(known.value)))
    (x, y), (u, w) = plan.points[v], plan.points[r]
    plan.add_circle(((x + u) / 2, (y + w) / 2), math.dist((x, y), (u, w)) / 2)
    plan.on_line("O", v, r)
    plan.given(f"IsDiameterOfCircle({r}{v},O)")
    plan.on_circle.append(p)
    plan.apply(_DIAMETER, v + p + r, "O")
    return next_angle(plan, p, r, v, 90 - known.value, ANGLE_SUM, v + p + r)


OPENERS: tuple[Link, ...] = (circumscribed, thales)
LINKS: tuple[Link, ...] = (
    inscribed,
    central,
    inside_the_arc,
    tangent_chord,
    equal_chord,
    next_arc,
    antipode,
    radii,
    from_radius_and_chord,
    tangents_meet,
    tangent_triangle,
    parallel_chord,
    crossing_chord,
)
