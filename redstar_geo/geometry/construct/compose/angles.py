"""Links of angle chains: from one known angle to the next, by one or two theorems each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from redstar_geo.geometry.construct.compose.plan import Plan, side, towards, turned
from redstar_geo.geometry.construct.language import angle, equal, length, parallel, perpendicular
from redstar_geo.geometry.construct.sketch import Unsuitable

ANGLE_SUM = "triangle_property_angle_sum"


@dataclass(frozen=True)
class Known:
    """The angle pvq of a known number of degrees; both rays are drawn."""

    p: str
    v: str
    q: str
    value: Fraction

    @property
    def name(self) -> str:
        return angle(self.p + self.v + self.q)


Link = Callable[[Plan, Known], Known]


def limit(value: Fraction, low: float, high: float) -> None:
    if not low <= value <= high:
        raise Unsuitable(f"{value} degrees do not fit here")


def next_angle(plan: Plan, p: str, v: str, q: str, value: Fraction, *reason: str) -> Known:
    """The angle pvq becomes known; `reason` is the theorem, with its points, by which it follows from the moves before.

    Raises:
        Unsuitable: the value is none for a school problem.
    """
    limit(value, 18, 162)
    if value.denominator > 2:
        raise Unsuitable("quarters of a degree")
    known = Known(p, v, q, value)
    plan.reach(known.name, value, *reason)
    return known


def on_ray(plan: Plan, known: Known, distance: float, *, joined: bool = True) -> str:
    """A new point on the ray vq, joined with the line so far and, unless told otherwise, with p."""
    v, q = plan.points[known.v], plan.points[known.q]
    reach = math.dist(v, q)
    if 0.8 < distance / reach < 1.25:
        raise Unsuitable("too close to a point on the ray")
    r = plan.add(towards(v, q, distance))
    plan.on_line(r, known.v, known.q)
    if joined:
        plan.join(known.p + r)
    if distance > reach:
        plan.join(known.q + r)
        plan.scenes.append((f"{known.v}{known.q} is extended to {r}", f"延长{known.v}{known.q}至{r}"))
    else:
        plan.scenes.append((f"{r} lies on {known.v}{known.q}", f"点{r}在{known.v}{known.q}上"))
    return r


def arm(plan: Plan, known: Known) -> float:
    return math.dist(plan.points[known.v], plan.points[known.p])


def supplement(plan: Plan, known: Known) -> Known:
    """One arm is extended beyond the vertex."""
    p, v, q = known.p, known.v, known.q
    r = plan.add(towards(plan.points[v], plan.points[q], -plan.rng.uniform(0.5, 0.9) * arm(plan, known)))
    plan.on_line(r, v, q)
    plan.join(v + r)
    plan.scenes.append((f"{q}{v} is extended to {r}", f"延长{q}{v}至{r}"))
    return next_angle(plan, r, v, p, 180 - known.value, "adjacent_complementary_angle", q + v + p, p + v + r)


def vertical(plan: Plan, known: Known) -> Known:
    """Both arms are extended beyond the vertex."""
    p, v, q = known.p, known.v, known.q
    r = plan.add(towards(plan.points[v], plan.points[p], -plan.rng.uniform(0.5, 0.9) * arm(plan, known)))
    plan.on_line(r, v, p)
    s = plan.add(towards(plan.points[v], plan.points[q], -plan.rng.uniform(0.5, 0.9) * arm(plan, known)))
    plan.on_line(s, v, q)
    plan.join(v + r, v + s)
    plan.scenes.append((f"{p}{r} and {q}{s} meet at {v}", f"{p}{r}与{q}{s}相交于点{v}"))
    return next_angle(plan, r, v, s, known.value, "vertical_angle", p + v + q, r + v + s)


def third_angle(plan: Plan, known: Known) -> Known:
    """A triangle with a second angle given."""
    p, v = known.p, known.v
    w = Fraction(plan.rng.randint(25, 100))
    limit(known.value + w, 40, 150)
    distance = arm(plan, known) * math.sin(math.radians(w)) / math.sin(math.radians(known.value + w))
    r = on_ray(plan, known, distance)
    plan.given_value(angle(v + p + r), w)
    return next_angle(plan, p, r, v, 180 - known.value - w, ANGLE_SUM, v + p + r)


def base_angles(plan: Plan, triangle: str) -> tuple[str, ...]:
    """Equal sides at the first corner make the angles at the others equal."""
    plan.apply("isosceles_triangle_judgment_line_equal", triangle)
    return plan.apply("isosceles_triangle_property_angle_equal", triangle)


def isosceles_from_apex(plan: Plan, known: Known) -> Known:
    """Equal sides at the known angle."""
    p, v = known.p, known.v
    r = on_ray(plan, known, arm(plan, known))
    plan.given(equal(length(v + p), length(v + r)))
    base = (180 - known.value) / 2
    new = next_angle(plan, *plan.rng.choice(((v, p, r), (p, r, v))), base)
    plan.solve(new.name, *base_angles(plan, v + p + r), *plan.apply(ANGLE_SUM, v + p + r))
    return new


def isosceles_from_base(plan: Plan, known: Known) -> Known:
    """Equal sides that meet on the other arm."""
    p, v = known.p, known.v
    limit(known.value, 20, 72)
    r = on_ray(plan, known, arm(plan, known) / (2 * math.cos(math.radians(known.value))))
    plan.given(equal(length(r + v), length(r + p)))
    to_apex = plan.rng.random() < 0.6
    new = next_angle(plan, v, p, r, known.value)
    if to_apex:
        new = next_angle(plan, p, r, v, 180 - 2 * known.value)
    plan.solve(angle(v + p + r), *base_angles(plan, r + v + p))
    if to_apex:
        plan.derive(new.name, ANGLE_SUM, r + v + p)
    return new


def alternate(plan: Plan, known: Known) -> Known:
    """A parallel to one arm through the end of the other, to the far side."""
    p, v, q = known.p, known.v, known.q
    r = parallel_end(plan, known, -plan.rng.uniform(0.6, 1.1))
    plan.given(parallel(v + q, r + p))
    return next_angle(plan, v, p, r, known.value, "parallel_property_alternate_interior_angle", v + q, r + p)


def co_interior(plan: Plan, known: Known) -> Known:
    """A parallel to one arm through the end of the other, to the near side."""
    p, v, q = known.p, known.v, known.q
    r = parallel_end(plan, known, plan.rng.uniform(0.5, 1.0))
    plan.given(parallel(v + q, p + r))
    return next_angle(plan, v, p, r, 180 - known.value, "parallel_property_ipsilateral_internal_angle", v + q, p + r)


def parallel_end(plan: Plan, known: Known, share: float) -> str:
    """The end of a segment from p along vq, `share` of it long."""
    (px, py), (vx, vy), (qx, qy) = (plan.points[name] for name in (known.p, known.v, known.q))
    r = plan.add((px + share * (qx - vx), py + share * (qy - vy)))
    plan.join(known.p + r)
    return r


def bisector(plan: Plan, known: Known) -> Known:
    """The angle is bisected."""
    p, v, q = known.p, known.v, known.q
    limit(known.value, 50, 160)
    start = plan.points[v]
    half = side(plan.points[q], start, plan.points[p]) * float(known.value) / 2
    ray = turned(plan.points[p], start, half)
    r = plan.add(towards(start, ray, plan.rng.uniform(0.7, 1.1) * arm(plan, known)))
    plan.join(v + r)
    plan.given(f"IsBisectorOfAngle({v}{r},{p}{v}{q})")
    first = plan.rng.random() < 0.5
    new = next_angle(plan, *((p, v, r) if first else (r, v, q)), known.value / 2)
    halves = equal(angle(p + v + r), angle(r + v + q))
    plan.solve(new.name, halves, *plan.apply("angle_addition", p + v + r, r + v + q))
    return new


def foot(plan: Plan, known: Known) -> Known:
    """A perpendicular from the end of one arm to the other."""
    p, v = known.p, known.v
    limit(known.value, 20, 70)
    r = on_ray(plan, known, arm(plan, known) * math.cos(math.radians(known.value)))
    plan.given(perpendicular(p + r, v + r))
    return next_angle(plan, v, p, r, 90 - known.value, ANGLE_SUM, v + p + r)


def right_angle_beside(plan: Plan, known: Known) -> Known:
    """A perpendicular to one arm at the vertex; the known angle is a part of the right angle."""
    p, v, q = known.p, known.v, known.q
    limit(known.value, 20, 70)
    start = plan.points[v]
    ray = turned(plan.points[q], start, 90 * side(plan.points[p], start, plan.points[q]))
    r = plan.add(towards(start, ray, plan.rng.uniform(0.7, 1.1) * arm(plan, known)))
    plan.join(v + r)
    plan.given(perpendicular(r + v, q + v))
    return next_angle(plan, p, v, r, 90 - known.value, "angle_addition", q + v + p, p + v + r)


def corresponding(plan: Plan, known: Known) -> Known:
    """One arm is extended, a parallel to the other through its end."""
    p, v, q = known.p, known.v, known.q
    e = plan.add(towards(plan.points[v], plan.points[p], plan.rng.uniform(1.4, 1.8) * arm(plan, known)))
    plan.on_line(e, v, p)
    plan.join(p + e)
    plan.scenes.append((f"{v}{p} is extended to {e}", f"延长{v}{p}至{e}"))
    r = parallel_end(plan, known, plan.rng.uniform(0.5, 1.0))
    plan.given(parallel(p + r, v + q))
    return next_angle(plan, e, p, r, known.value, "parallel_property_corresponding_angle", p + r, v + q, e)


LINKS: tuple[Link, ...] = (
    supplement,
    vertical,
    third_angle,
    isosceles_from_apex,
    isosceles_from_base,
    alternate,
    co_interior,
    corresponding,
    bisector,
    foot,
    right_angle_beside,
)
