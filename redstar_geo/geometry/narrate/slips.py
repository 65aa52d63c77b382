"""What a student would write instead of the right equation, by the trap at a step and by the form of its equation."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.narrate.theorems import Language
from redstar_geo.geometry.proof import Proof, Step

# What was wrong, in words. What a teacher calls them: wrong correspondence (correspondence, order, part_whole,
# base_angles, chords, sines), half and double (inscribed, area_half, half, double, midsegment, diameter), the wrong arc
# or a forgotten case (internal, part), the sign (sign, leg), equal for supplementary, a root or square forgotten.
SLIPS: dict[str, dict[Language, str]] = {
    "inscribed": {"en": "an inscribed angle is only half of its arc", "zh": "圆周角只是所对弧的一半"},
    "area_half": {"en": "the half was forgotten", "zh": "忘了乘一半"},
    "half": {"en": "only half of that is right", "zh": "忘了乘一半"},
    "double": {"en": "a factor of two was forgotten", "zh": "漏了系数2"},
    "midsegment": {"en": "the midsegment is half of the base, not twice", "zh": "中位线是底边的一半，不是两倍"},
    "diameter": {"en": "the diameter is twice the radius", "zh": "直径是半径的两倍"},
    "co_interior": {"en": "these two angles add up to 180°, they are not equal", "zh": "同旁内角互补，不相等"},
    "straight": {"en": "on a straight line the two add up to 180°, they are not equal", "zh": "邻补角互补，不相等"},
    "equal_not_supplementary": {
        "en": "these two angles are equal, they do not add up to 180°",
        "zh": "这两个角相等，不互补",
    },
    "neighbours": {
        "en": "opposite angles of a parallelogram are equal, they do not add up to 180°",
        "zh": "平行四边形的对角相等，不互补",
    },
    "leg": {"en": "for a leg the squares are subtracted, not added", "zh": "求直角边时平方要相减，不是相加"},
    "sign": {"en": "a known part is subtracted, not added", "zh": "已知的部分要减去，不是加上"},
    "part": {"en": "one of the parts was left out", "zh": "漏掉了一部分"},
    "root": {"en": "that is the square, and the root was forgotten", "zh": "那只是平方，忘了开方"},
    "square": {"en": "the square was forgotten", "zh": "忘了平方"},
    "area_ratio": {"en": "areas scale by the square of the ratio", "zh": "面积比是相似比的平方"},
    "order": {"en": "the ratio was upside down", "zh": "比的方向反了"},
    "part_whole": {
        "en": "the side of the triangle is the whole segment, not a part of it",
        "zh": "三角形的边是整条线段，不是其中一段",
    },
    "correspondence": {"en": "these two do not correspond", "zh": "这两个量并不对应"},
    "base_angles": {"en": "the equal angles lie opposite the equal sides", "zh": "相等的角要对着相等的边"},
    "internal": {
        "en": "the vertex lies on this arc itself and sees the other one",
        "zh": "顶点就在这段弧上，它对的是另一段弧",
    },
    "chords": {"en": "the two parts of one chord belong together", "zh": "应是同一条弦的两段相乘"},
    "sines": {"en": "a side goes with the sine of the angle opposite to it", "zh": "每条边要配它对角的正弦"},
}
_HALF, _TWO, _STRAIGHT = cdl.parse("1/2"), cdl.parse("2"), cdl.parse("180")
_CONGRUENT = ("congruent_triangle_property_line_equal", "congruent_triangle_property_angle_equal")


def slips(proof: Proof, step: Step, trap: str, unknown: Term, known: Collection[Term]) -> Iterator[tuple[str, Term]]:
    """Kinds of slips at a step with one conclusion, and the wrong equation that each puts in its place.

    Args:
        trap: the kind of the trap there, if there is one.
        unknown: the measure that follows from the right equation.
        known: the measures with values at this point.
    """
    right, theorem = cdl.parse(step.conclusions[0]), step.theorem.replace("mirror_", "")
    left, other = right.terms
    if theorem == "adjacent_complementary_angle" or trap == "co_interior":
        yield ("co_interior" if trap == "co_interior" else "straight"), _equal(*left.terms[:2])
    elif trap in ("equal_not_supplementary", "neighbours"):
        yield trap, _equal(_add(left, other), _STRAIGHT)
    elif trap == "internal" and other.head == "Sub":
        yield trap, _equal(left, other.terms[1])
    elif theorem in (
        *_CONGRUENT,
        "isosceles_triangle_property_angle_equal",
    ):
        yield from _mismatched(step, theorem, right, unknown, known)
    elif theorem.startswith("similar") and theorem.endswith("line_ratio") and other.head == "Mul":
        yield from _scaled(proof, right, unknown)
    elif theorem == "sine_theorem" and left.head == other.head == "Mul":
        (a, sine_a), (b, sine_b) = left.terms, other.terms
        yield "sines", _equal(Term("Mul", (a, sine_b)), Term("Mul", (b, sine_a)))
    elif theorem.endswith("chord_and_chord"):
        (a, b), (c, d) = left.terms, other.terms
        yield "chords", _equal(Term("Mul", (a, c)), Term("Mul", (b, d)))
    yield from _powers(right, unknown)
    yield from _sums(right, unknown)
    yield from _factors(trap, right, unknown)


def _mismatched(
    step: Step, theorem: str, right: Term, unknown: Term, known: Collection[Term]
) -> Iterator[tuple[str, Term]]:
    """Another part of the same figure, of which the value is known, is taken for the one that corresponds."""
    partner = next(side for side in right.terms if side != unknown)
    figure = next((name for name in step.args if set(partner.points[0]) <= set(name)), "")
    kind = "base_angles" if theorem.startswith("isosceles") else "correspondence"
    for measure in known:
        same = measure.head == partner.head and set(measure.points[0]) <= set(figure)
        place = slice(1, 2) if measure.head == "MeasureOfAngle" else slice(0, 2)  # an angle is its corner
        taken = {frozenset(term.points[0][place]) for term in (partner, unknown)}
        if same and frozenset(measure.points[0][place]) not in taken:
            yield kind, _equal(unknown, measure)


def _scaled(proof: Proof, right: Term, unknown: Term) -> Iterator[tuple[str, Term]]:
    """A ratio upside down, or a part of a side in the place of the side."""
    side, (other, ratio) = right.terms[0], right.terms[1].terms[:2]
    yield "order", _equal(other, Term("Mul", (side, ratio)))
    for step in proof.steps if unknown not in (side, other) else ():
        if step.theorem == "line_addition" and step.conclusions:
            whole, parts = cdl.parse(step.conclusions[0]).terms
            wrong = [part for part in parts.terms if part not in (side, other)]
            if whole in (side, other) and len(wrong) == 1:
                yield "part_whole", right.replaced({whole: wrong[0]})


def _powers(right: Term, unknown: Term) -> Iterator[tuple[str, Term]]:
    """The root forgotten, squares added for a leg, and the wrong sign in the law of cosines."""
    squares = (Term("Pow", (unknown, _TWO)), Term("Mul", (unknown, unknown)))
    for side, other in (right.terms, right.terms[::-1]):
        if side in squares:
            yield "root", _equal(unknown, other)
        elif side.head == "Add" and squares[0] in side.terms and len(side.terms) == 2:
            (rest,) = (part for part in side.terms if part != squares[0])
            yield ("leg" if rest.head == "Pow" else "sign"), _equal(squares[0], _add(rest, other))


def _sums(right: Term, unknown: Term) -> Iterator[tuple[str, Term]]:
    """A part that is added instead of subtracted, or forgotten."""
    for total, whole in (right.terms, right.terms[::-1]):
        if whole.head != "Add" or any(part.head not in cdl.MEASURES for part in whole.terms):
            continue
        rest = [part for part in whole.terms if part != unknown]
        if unknown == total and len(rest) > 2:
            yield "part", _equal(total, _add(*rest[:-1]))
        elif unknown in whole.terms and unknown != total:
            if len(rest) > 1:
                if list(total.measures()):  # nobody gives a triangle two angles
                    yield "part", _equal(_add(unknown, *rest[:-1]), total)
                    yield "part", _equal(_add(unknown, *rest[1:]), total)
                minus = total
                for part in rest[:-1]:
                    minus = Term("Sub", (minus, part))
                yield "sign", _equal(unknown, _add(minus, rest[-1]))
            elif len(rest) == 1:
                yield "sign", _equal(unknown, _add(total, rest[0]))


def _factors(trap: str, right: Term, unknown: Term) -> Iterator[tuple[str, Term]]:
    """A half, a two or a square that is forgotten; for the midsegment double instead of half."""
    for side, other in (right.terms, right.terms[::-1]):
        factors = list(other.terms) if other.head == "Mul" else []
        for gone in (_HALF, _TWO):
            if gone in factors and len(factors) > 1:
                left = [factor for factor in factors if factor != gone]
                named = trap in ("inscribed", "area_half", "midsegment", "diameter")
                kind = trap if named else "half" if gone == _HALF else "double"
                yield kind, _equal(side, _product([*left, _TWO] if kind == "midsegment" else left))
        twice = next((factor for factor in factors if factors.count(factor) == 2 and factor != unknown), None)
        if twice is not None and len(factors) > 2:
            factors.remove(twice)
            yield ("area_ratio" if trap == "area_ratio" else "square"), _equal(side, _product(factors))


def _equal(left: Term, right: Term) -> Term:
    return Term("Equal", (left, right))


def _add(*parts: Term) -> Term:
    """A sum without brackets in it."""
    flat = [each for part in parts for each in (part.terms if part.head == "Add" else (part,))]
    return flat[0] if len(flat) == 1 else Term("Add", tuple(flat))


def _product(factors: list[Term]) -> Term:
    return factors[0] if len(factors) == 1 else Term("Mul", tuple(factors))
