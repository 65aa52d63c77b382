"""Links of length chains: from one known segment to the next, by one or two theorems each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from redstar_geo.geometry.construct.compose.plan import Plan, towards, turned
from redstar_geo.geometry.construct.exact import Exact, Number, cosine, sine
from redstar_geo.geometry.construct.language import angle, equal, length, parallel, perpendicular
from redstar_geo.geometry.construct.sketch import Unsuitable
from redstar_geo.geometry.figure import Point

_TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (20, 21, 29))


@dataclass(frozen=True)
class Known:
    """The segment pq of a known length; it is drawn."""

    p: str
    q: str
    value: Exact

    @property
    def name(self) -> str:
        return length(self.p + self.q)


Link = Callable[[Plan, Known], Known]


def next_length(plan: Plan, p: str, q: str, value: Number, *reason: str) -> Known:
    """The segment pq is drawn and becomes known; `reason` as for `angles.next_angle`."""
    exact = Exact.of(value)
    rational = exact.rational
    if len(exact.terms) != 1 or (rational is not None and rational.denominator > 4):
        raise Unsuitable("an unwieldy length")
    if max(max(abs(number.numerator), number.denominator) for number in exact.terms.values()) > 400:
        raise Unsuitable("an unwieldy length")
    plan.join(p + q)
    known = Known(p, q, exact)
    plan.reach(known.name, exact, *reason)
    return known


def beside(plan: Plan, known: Known, degrees: float, distance: float) -> Point:
    """A place at a distance from q, the ray from q to p turned to either side."""
    turn = degrees * plan.rng.choice((-1, 1))
    return turned(towards(plan.points[known.q], plan.points[known.p], distance), plan.points[known.q], turn)


def given_leg(plan: Plan, known: Known, hypotenuse: bool) -> Exact:
    """A second side of a right triangle: a Pythagorean partner where there is one, else an integer."""
    value = known.value.rational
    partners = []
    for triple in _TRIPLES if value is not None else ():
        for side in triple[:2] if not hypotenuse else triple[2:]:
            factor = Fraction(value or 0) / side
            if factor.denominator in (1, 2):
                partners += [factor * other for other in triple[:2] if other != side]
    if partners and plan.rng.random() < 0.8:
        return Exact.of(plan.rng.choice(partners))
    low, high = math.ceil(0.4 * float(known.value)), math.floor((0.9 if hypotenuse else 1.8) * float(known.value))
    if low >= high:
        raise Unsuitable("no integer leg")
    return Exact.of(plan.rng.randint(low, high))


def pythagorean(plan: Plan, corner: str) -> tuple[str, ...]:
    """The right angle at the middle letter makes the sum of squares an equation."""
    plan.apply("right_triangle_judgment_angle", corner)
    return plan.apply("right_triangle_property_pythagorean", corner)


def hypotenuse(plan: Plan, known: Known) -> Known:
    """A right angle at one end, the other leg given."""
    leg = given_leg(plan, known, hypotenuse=False)
    r = plan.add(beside(plan, known, 90, float(leg)))
    p, q = known.p, known.q
    plan.join(q + r)
    plan.given(perpendicular(p + q, r + q))
    plan.given_value(length(q + r), leg)
    new = next_length(plan, p, r, (known.value * known.value + leg * leg).sqrt())
    plan.solve(new.name, *pythagorean(plan, p + q + r))
    return new


def other_leg(plan: Plan, known: Known) -> Known:
    """The segment is a hypotenuse, one leg given."""
    leg = given_leg(plan, known, hypotenuse=True)
    share = float(leg) / float(known.value)
    if not 0.3 < share < 0.95:
        raise Unsuitable("a leg as long as the hypotenuse")
    p, q = known.p, known.q
    r = plan.add(beside(plan, known, math.degrees(math.acos(share)), float(leg)))
    plan.join(q + r)
    plan.given(perpendicular(p + r, q + r))
    plan.given_value(length(q + r), leg)
    new = next_length(plan, p, r, (known.value * known.value - leg * leg).sqrt())
    plan.solve(new.name, *pythagorean(plan, p + r + q))
    return new


def doubled(plan: Plan, known: Known) -> Known:
    """The segment is half of a longer one."""
    p, q = known.p, known.q
    r = plan.add(towards(plan.points[p], plan.points[q], 2 * float(known.value)))
    plan.on_line(r, p, q)
    plan.join(q + r)
    plan.given(f"IsMidpointOfLine({q},{p}{r})")
    plan.reach(length(q + r), known.value)
    plan.solve(length(q + r), equal(length(p + q), length(q + r)))
    return next_length(plan, p, r, known.value * 2, "line_addition", p + q, q + r)


def lengthened(plan: Plan, known: Known) -> Known:
    """The segment is extended by a given length."""
    p, q = known.p, known.q
    more = plan.rng.randint(2, max(3, math.ceil(float(known.value))))
    if known.value.rational is None or more < 0.25 * float(known.value):
        raise Unsuitable("a root and an integer make no simple sum")
    r = plan.add(towards(plan.points[p], plan.points[q], float(known.value) + more))
    plan.on_line(r, p, q)
    plan.join(q + r)
    plan.given_value(length(q + r), more)
    plan.scenes.append((f"{p}{q} is extended to {r}", f"延长{p}{q}至{r}"))
    return next_length(plan, p, r, known.value + more, "line_addition", p + q, q + r)


def midsegment(plan: Plan, known: Known) -> Known:
    """The segment joins the midpoints of two sides of a triangle."""
    p, q = known.p, known.q
    a = plan.add(beside(plan, known, plan.rng.uniform(45, 100), plan.rng.uniform(0.6, 1.2) * float(known.value)))
    tip = plan.points[a]
    r = plan.add(towards(tip, plan.points[p], 2 * math.dist(tip, plan.points[p])))
    s = plan.add(towards(tip, plan.points[q], 2 * math.dist(tip, plan.points[q])))
    plan.on_line(p, a, r)
    plan.on_line(q, a, s)
    plan.join(a + p, p + r, a + q, q + s)
    plan.given(f"IsMidpointOfLine({p},{a}{r})")
    plan.given(f"IsMidpointOfLine({q},{a}{s})")
    plan.apply("midsegment_of_triangle_judgment_midpoint", p + q, a + r + s)
    return next_length(plan, r, s, known.value * 2, "midsegment_of_triangle_property_length", p + q, a + r + s)


def similar(plan: Plan, known: Known) -> Known:
    """The segment is parallel to the third side of a triangle whose other sides it cuts."""
    p, q = known.p, known.q
    near, far = plan.rng.randint(1, 6), plan.rng.randint(1, 6)
    if not 0.35 < far / near < 2.5:
        raise Unsuitable("cut too close to an end")
    if not 0.4 < near / float(known.value) < 2.5:
        raise Unsuitable("sides of very different length")
    a = plan.add(beside(plan, Known(q, p, known.value), plan.rng.uniform(40, 100), near))
    tip = plan.points[a]
    r = plan.add(towards(tip, plan.points[p], near + far))
    s = plan.add(towards(tip, plan.points[q], math.dist(tip, plan.points[q]) * (near + far) / near))
    plan.on_line(p, a, r)
    plan.on_line(q, a, s)
    plan.join(a + p, p + r, a + q, q + s)
    plan.given(parallel(p + q, r + s))
    plan.given_value(length(a + p), near)
    plan.given_value(length(p + r), far)
    plan.scenes.append((f"{p} lies on {a}{r} and {q} on {a}{s}", f"点{p}在{a}{r}上，点{q}在{a}{s}上"))
    plan.reach(length(a + r), near + far)
    plan.apply("parallel_property_corresponding_angle", p + q, r + s, a)
    plan.apply("parallel_property_corresponding_angle", q + p, s + r, a)
    plan.apply("similar_triangle_judgment_aa", a + p + q, a + r + s)
    plan.derive(length(a + r), "line_addition", a + p, p + r)
    ratio = f"RatioOfSimilarTriangle({a}{p}{q},{a}{r}{s})"
    plan.derive(ratio, "similar_triangle_property_line_ratio", q + a + p, s + a + r)
    scaled = known.value * Fraction(near + far, near)
    return next_length(plan, r, s, scaled, "similar_triangle_property_line_ratio", a + p + q, a + r + s)


def equal_side(plan: Plan, known: Known) -> Known:
    """Two equal angles make the segment one of two equal sides."""
    p, q = known.p, known.q
    top = plan.rng.uniform(35, 100)
    place = turned(plan.points[q], plan.points[p], top * plan.rng.choice((-1, 1)))
    r = plan.add(place)
    plan.join(q + r)
    plan.given(equal(angle(p + q + r), angle(q + r + p)))
    new = next_length(plan, p, r, known.value)
    plan.apply("isosceles_triangle_judgment_angle_equal", p + q + r)
    plan.solve(new.name, equal(length(p + q), length(p + r)))
    return new


def equilateral(plan: Plan, known: Known) -> Known:
    """An equilateral triangle on the segment."""
    p, q = known.p, known.q
    r = plan.add(beside(plan, known, 60, float(known.value)))
    plan.join(q + r)
    plan.given(f"EquilateralTriangle({p}{q}{r})")
    new = next_length(plan, p, r, known.value)
    plan.solve(new.name, equal(length(p + q), length(p + r)))
    return new


def right_median(plan: Plan, known: Known) -> Known:
    """The median to the hypotenuse is half of it."""
    p, q = known.p, known.q
    m = plan.add(towards(plan.points[p], plan.points[q], float(known.value) / 2))
    plan.on_line(m, p, q)
    r = plan.add(turned(plan.points[q], plan.points[m], plan.rng.uniform(50, 130) * plan.rng.choice((-1, 1))))
    plan.join(p + r, q + r)
    plan.given(perpendicular(p + r, q + r))
    plan.given(f"IsMidpointOfLine({m},{q}{p})")
    plan.apply("right_triangle_judgment_angle", p + r + q)
    plan.apply("median_of_triangle_judgment", r + m, r + q + p)
    return next_length(plan, r, m, known.value / 2, "right_triangle_property_length_of_median", p + r + q, m)


def opposite_side(plan: Plan, known: Known) -> Known:
    """The segment is a side of a parallelogram."""
    p, q = known.p, known.q
    r = plan.add(beside(plan, known, plan.rng.uniform(50, 130), plan.rng.uniform(0.5, 1.0) * float(known.value)))
    s = plan.add_fourth(p, q, r)
    plan.join(q + r, p + s)
    plan.given(f"Parallelogram({p}{q}{r}{s})")
    return next_length(plan, r, s, known.value, "parallelogram_property_opposite_line_equal", p + q + r + s)


def _by_sines(plan: Plan, known: Known, at_q: int, at_r: int) -> tuple[str, Number]:
    """The third corner of a triangle on the segment with these angles, and the side that the sine rule gives."""
    away = float(known.value) * math.sin(math.radians(180 - at_q - at_r)) / math.sin(math.radians(at_r))
    r = plan.add(beside(plan, known, at_q, away))
    plan.join(known.q + r)
    return r, known.value * sine(Fraction(at_q)) / sine(Fraction(at_r))


def sine_rule(plan: Plan, known: Known) -> Known:
    """Two nice angles of a triangle on the segment."""
    p, q = known.p, known.q
    at_q, at_r = plan.rng.choice(((30, 90), (60, 90), (45, 90), (30, 45), (45, 30), (60, 45), (45, 60), (120, 30)))
    r, value = _by_sines(plan, known, at_q, at_r)
    plan.given_value(angle(p + q + r), at_q)
    plan.given_value(angle(q + r + p), at_r)
    return next_length(plan, p, r, value, "sine_theorem", p + q + r)


def sine_of_the_third(plan: Plan, known: Known) -> Known:
    """Two angles of a triangle on the segment, of which the sine rule needs the third."""
    p, q = known.p, known.q
    at_q, at_r = plan.rng.choice(((30, 45), (45, 30), (60, 45), (45, 60), (120, 30), (30, 120), (60, 30)))
    r, value = _by_sines(plan, known, at_q, at_r)
    plan.given_value(angle(q + p + r), 180 - at_q - at_r)
    plan.given_value(angle(p + q + r), at_q)
    plan.derive(angle(q + r + p), "triangle_property_angle_sum", p + q + r)
    return next_length(plan, p, r, value, "sine_theorem", p + q + r)


def cosine_rule(plan: Plan, known: Known) -> Known:
    """Two sides and the angle between them, 60° or 120°."""
    p, q = known.p, known.q
    turn, side = plan.rng.choice((60, 120)), plan.rng.randint(2, 15)
    if known.value.rational is None or not 0.4 < side / float(known.value) < 2:
        raise Unsuitable("sides of very different length")
    square = known.value * known.value + side * side - 2 * known.value * side * cosine(Fraction(turn))
    value = square.sqrt()
    if value.rational is None and plan.rng.random() < 0.6:
        raise Unsuitable("mostly without roots")
    r = plan.add(beside(plan, known, turn, side))
    plan.join(q + r)
    plan.given_value(angle(p + q + r), turn)
    plan.given_value(length(q + r), side)
    return next_length(plan, p, r, value, "cosine_theorem", q + r + p)


LINKS: tuple[Link, ...] = (
    hypotenuse,
    other_leg,
    doubled,
    lengthened,
    midsegment,
    similar,
    equal_side,
    equilateral,
    right_median,
    opposite_side,
    sine_of_the_third,
    sine_rule,
    cosine_rule,
)
