"""A question → its statements and its goal, by the claim grammar; no model.

In a question nearly everything that is said is given, also behind "if" and in the sentence that asks. What a clause
leaves unread is told: it can only cost the answer, never change it, since fewer givens determine less.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from redstar_geo.bounds import EXPRESSION
from redstar_geo.formalise import goal as goals
from redstar_geo.formalise import wordings
from redstar_geo.formalise.placement import placements
from redstar_geo.formalise.statement import Said
from redstar_geo.formalise.units import OTHER_UNITS, in_radians
from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims import notation
from redstar_geo.geometry.claims.meaning import flaw, in_any_order, readings
from redstar_geo.geometry.claims.read import Claim, claimed, understood
from redstar_geo.geometry.claims.rewriting import Rewriting

LONGEST = 4_000
"""Characters of a question that are read; the longest of the public sets has some 1,500."""

_UNSURE = re.compile(
    r"\b(?:whether|might|could|perhaps|unless|either|or)\b|是否|可能|或者?|能否", re.IGNORECASE
)  # in the same clause: not said
_NOT = re.compile(r"\bnot?\b|n't\b|\bnever\b|不|没|非", re.IGNORECASE)
_OR = re.compile(r"\s*,?\s*(?:or\b|或)")
_CLAUSE = re.compile(r"[^.,;:!?。，；：！？\n]+(?:\.\d[^.,;:!?。，；：！？\n]*)*")
_STOCK = re.compile(  # what no clause is unread for
    r"\b(?:as (?:is )?(?:shown )?in the (?:diagram|figure|picture)|as shown"
    r"|(?:in|from|given|see|look at) the (?:diagram|figure|picture)(?: below| above)?|it is (?:given|known) that"
    r"|given that|given|suppose(?: that)?|if|then|where|in|with|and|the|is|are|of|we have|to|on|let|be|triangle|circle"
    r"|quadrilateral|line|segment|points?|chords?|angle|connect|join|draw|fig)\b"
    r"|如图所?示?|已知|若|则|中|连接|在|且|设|那么|四边形|三角形|直线|线段|点|圆|△|⊙|∠|[与和、的]",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?:△|[Tt]riangle |三角形|[Qq]uadrilateral |四边形|⊙|[Cc]ircle |圆) ?[A-Z]{1,4}(?![A-Za-z])")
_SHAPE = re.compile(r"(?:△|[Tt]riangles? |三角形|\\triangle ?|[Qq]uadrilateral |四边形) ?([A-Z]{3,4})(?![A-Za-z])")
_CONTENT = re.compile(r"[A-Z]{2,}|\d|[A-Za-z]{4,}|[一-龥]{2,}")


@dataclass(frozen=True)
class Question:
    """What a question says.

    Attributes:
        goal: the expression asked for; None where there is none, and `refusal` says why.
        refusal: by name (`a proof`), empty when there is a goal.
        shapes: corners of the triangles and quadrilaterals that are named.
        unread: clauses that say more than was read.
    """

    text: str
    statements: tuple[Said, ...]
    goal: Term | None
    refusal: str = ""
    shapes: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def read_question(text: str) -> Question:
    """The statements and the goal of a question in English or Chinese, unicode, LaTeX or words; never raises."""
    if len(text) > LONGEST:
        return Question(text[:LONGEST], (), None, f"a text of more than {LONGEST} characters")
    rewriting = understood(text)
    goal = goals.find(rewriting)
    asking = [rewriting.span(*span) for span in goal.spans]
    reading = claimed(rewriting, False)
    found = [*_given(reading.claims, asking, text), *wordings.roles(rewriting), *_in_passing(text), *_placed(text)]
    found = [each for each in found if not flaw(each.statement)]
    said = {each.statement: Said(each.statement, text[each.start : each.end]) for each in found}
    told = tuple(_settled(list(said.values())))
    spans = [(each.start, each.end) for each in found] + asking
    shapes = tuple(dict.fromkeys(match[1] for match in _SHAPE.finditer(text) if len(set(match[1])) == len(match[1])))
    if any(in_radians(each.statement) for each in told):
        goal = goals.Goal(None, OTHER_UNITS, goal.spans)
    return Question(text, told, goal.term, goal.refusal, shapes, tuple(_unread(text, spans)))


def _given(claims: Sequence[Claim], asking: Sequence[tuple[int, int]], text: str) -> Iterator[wordings.Found]:
    for claim in claims:
        asked = any(claim.start < end and start < claim.end for start, end in asking)
        before = re.split(r"[.,;。，；\n]", text[max(0, claim.start - EXPRESSION) : claim.start])[-1]
        compared = claim.statement.head in ("About", "Less", "AtMost", "Unequal")
        other = _OR.match(text, claim.end)
        if not (asked or compared or other or claim.standing == "denied" or _UNSURE.search(before)):
            for form in in_any_order(claim.statement)[:1] if claim.unordered else [claim.statement]:
                yield wordings.Found(claim.start, claim.end, form)


def _in_passing(text: str) -> Iterator[wordings.Found]:
    plain = Rewriting(text)
    notation.plain(plain)
    for each in (*wordings.shapes_of_a_kind(plain.text), *wordings.coordinates(plain.text)):
        first, last = plain.span(each.start, each.end)
        yield each._replace(start=first, end=last)


def _placed(text: str) -> Iterator[wordings.Found]:
    """Where points lie, if it is said for sure."""
    for each in placements(text):
        before = re.split(r"[.,;。，；\n]", text[max(0, each.start - EXPRESSION) : each.start])[-1]
        if not (_UNSURE.search(before) or _NOT.search(before) or _OR.match(text, each.end)):
            yield wordings.Found(each.start, each.end, each.statement)
            for point in each.on:
                yield wordings.Found(each.start, each.end, cdl.parse(f"Cocircular({each.circle},{point})"))


_WEAKER = {  # what is said of a shape in passing, where more is said of it elsewhere
    "SomeRight": ("RightTriangle", "IsoscelesRightTriangle", "SomeIsoscelesRight"),
    "SomeIsosceles": ("IsoscelesTriangle", "IsoscelesRightTriangle", "SomeIsoscelesRight", "EquilateralTriangle"),
    "SomeIsoscelesRight": ("IsoscelesRightTriangle",),
    "SomeTrapezoid": ("Trapezoid", "IsoscelesTrapezoid", "SomeIsoscelesTrapezoid"),
    "SomeIsoscelesTrapezoid": ("IsoscelesTrapezoid",),
    "IsFootedAltitude": ("IsAltitudeOfTriangle",),
    "Collinear": ("Between",),  # of lines that meet
}


def _settled(said: Sequence[Said]) -> Iterator[Said]:
    """Without those that only say a part of what another one says, and with what others decide decided."""
    statements = [each.statement for each in said]
    for each in said:
        if _follows(each.statement, statements):
            continue
        weak = each.statement
        stronger = _WEAKER.get(weak.head, ())
        if not any(other.head in stronger and _same_points(other, weak) for other in statements):
            yield replace(each, statement=_decided(weak, statements))


def _follows(statement: Term, others: Sequence[Term]) -> bool:
    """Whether it only repeats what a shape's right angle or altitude says: ∠ABC = 90° of the right triangle ABC."""
    if statement.head != "Equal":
        return False
    left, right = statement.terms
    if left.head == "MeasureOfAngle" and str(right) == "90":
        return Term("RightTriangle", left.args) in others
    heights = [side for side in (left, right) if side.head.startswith("HeightOf")]
    lines = [side for side in (left, right) if side.head == "LengthOfLine"]
    return len(heights) == len(lines) == 1 and any(
        each.head.startswith("IsAltitudeOf") and set(each.points[0]) == set(lines[0].points[0]) for each in others
    )


def _same_points(strong: Term, weak: Term) -> bool:
    """Whether both are said of one shape or one line."""
    if weak.head == "Collinear":
        return set("".join(strong.points)) == set(weak.points[0])
    return set(strong.points[-1]) == set(weak.points[-1])


def _decided(statement: Term, others: Sequence[Term]) -> Term:
    """Of an open one, the only reading whose equal sides or right angle are given apart; else as it is."""
    if not statement.head.startswith("Some"):
        return statement
    ways = [way[0] for way in readings(statement, lambda term: (), ())]
    name = set(statement.points[0])
    right = [each.terms[0] for each in others if _is_right(each) and set(each.terms[0].points[0]) == name]
    sides = [{frozenset(side.points[0]) for side in each.terms} for each in others if _equal_lengths(each)]
    if statement.head == "SomeRight" and len(right) == 1:
        return Term("RightTriangle", right[0].args)  # in the direction in which the angle is named
    fitting = [
        way
        for way in ways
        if way.head == "IsoscelesTriangle" and {frozenset(way.points[0][:2]), frozenset(way.points[0][::2])} in sides
    ]
    return fitting[0] if len(fitting) == 1 else statement


def _is_right(term: Term) -> bool:
    return (
        term.head == "Equal"
        and term.terms[0].head == "MeasureOfAngle"
        and str(term.terms[1]) == "90"
        and len(term.terms[0].points[0]) == 3
    )


def _equal_lengths(term: Term) -> bool:
    return term.head == "Equal" and all(side.head == "LengthOfLine" for side in term.terms)


def _unread(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[str]:
    """The clauses in which something of content is left when what was read is taken out."""
    kept = list(text)
    for start, end in spans:
        kept[start:end] = " " * (end - start)
    for match in _CLAUSE.finditer("".join(kept)):
        if _CONTENT.search(_STOCK.sub(" ", _NAMED.sub(" ", match[0]))):
            yield text[match.start() : match.end()].strip()
