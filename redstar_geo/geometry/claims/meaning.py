"""What a claim can mean: the readings that its words leave open, and the simpler statements that each amounts to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.figure import unfold

Statements = tuple[Term, ...]  # all of them hold
Choices = Callable[[Term], Sequence[Term]]  # the measures that an incomplete name may stand for


def readings(statement: Term, choices: Choices, circles: Sequence[str]) -> list[Statements]:
    """The claim holds when all the statements of one reading hold.

    Args:
        choices: for `MeasureOfAngle(B)` the angles at B, for `MeasureOfArc(AB)` the arcs between A and B.
        circles: the names of the circles, for wordings that name none.
    """
    if statement.head in _OPEN:
        return [tuple(map(cdl.parse, parts)) for parts in _OPEN[statement.head](*statement.points)]
    if statement.head in ("IsDiameterOfCircle", "IsTangentOfCircle", "IsMidpointOfSomeArc"):
        return [(form,) for form in _of_circles(statement, circles)]
    completed = _completed(statement, choices)
    arcs = [
        form for form in completed if form.head == "Equal" and {side.head for side in form.terms} == {"MeasureOfArc"}
    ]
    congruent = [Term("CongruentBetweenArc", tuple(side.terms[0] for side in form.terms)) for form in arcs]
    return [(form,) for form in (*completed, *congruent)]


def parts(statement: Term) -> Statements:
    """The statements that define this one; none for a primitive one."""
    if statement.head == "PerpendicularBetweenLine":  # of lines that need not be named from their common point
        ab, cd = statement.points
        common = set(ab) & set(cd)
        if len(common) != 1:
            return ()
        (point,) = common
        return (cdl.parse(f"Equal(MeasureOfAngle({ab.replace(point, '')}{point}{cd.replace(point, '')}),90)"),)
    return tuple(map(cdl.parse, unfold(statement)))


def _completed(statement: Term, choices: Choices) -> list[Term]:
    """Every statement with one choice for each incomplete name, the same throughout; a few at most."""
    incomplete = list(dict.fromkeys(statement.outermost(_is_incomplete)))
    if not incomplete:
        return [statement]
    options = [list(choices(term))[:12] for term in incomplete]
    found = [statement.replaced(dict(zip(incomplete, chosen, strict=True))) for chosen in product(*options[:3])]
    return found if len(incomplete) <= 3 and found else [statement]


def _is_incomplete(term: Term) -> bool:
    return (term.head, len("".join(term.points))) in (("MeasureOfAngle", 1), ("MeasureOfArc", 2), ("LengthOfArc", 2))


def _of_circles(statement: Term, circles: Sequence[str]) -> list[Term]:
    first, *rest = statement.points
    names = [rest[0]] if rest and statement.head != "IsMidpointOfSomeArc" else list(circles)
    if statement.head == "IsMidpointOfSomeArc":
        ends = rest[0][-2:]
        return [cdl.parse(f"IsMidpointOfArc({first},{o}{arc})") for o in names for arc in (ends, ends[::-1])]
    return [cdl.parse(f"{statement.head}({line},{o})") for o in names for line in (first, first[::-1])]


def _turns(name: str) -> list[str]:
    return [name[i:] + name[:i] for i in range(len(name))]


def _equal(first: str, second: str) -> str:
    return f"Equal(LengthOfLine({first}),LengthOfLine({second}))"


def _trapezoids(abcd: str) -> list[str]:
    return [abcd, abcd[1:] + abcd[0]]


def _vertex(line: str, angle: str) -> str:
    """The other end of a line through the vertex of ∠ABC, the vertex first."""
    return line if len(angle) != 3 or line[0] == angle[1] else line[::-1]


_OPEN: dict[str, Callable[..., list[list[str]]]] = {
    "SomeIsosceles": lambda abc: [[f"IsoscelesTriangle({turn})"] for turn in _turns(abc)],
    "SomeRight": lambda abc: [[f"RightTriangle({turn})"] for turn in _turns(abc)],
    "SomeIsoscelesRight": lambda abc: [[f"IsoscelesRightTriangle({turn})"] for turn in _turns(abc)],
    "RightAt": lambda abc, b: [[f"RightTriangle({turn})"] for turn in _turns(abc) if turn[1] == b or b not in abc],
    "SomeTrapezoid": lambda abcd: [[f"Trapezoid({turn})"] for turn in _trapezoids(abcd)],
    "SomeIsoscelesTrapezoid": lambda abcd: [[f"IsoscelesTrapezoid({turn})"] for turn in _trapezoids(abcd)],
    "Between": lambda ab, d: [[f"Collinear({ab[0]}{d}{ab[1]})"]],
    "IsFootedAltitude": lambda ad, abc: [
        [f"PerpendicularBetweenLine({line},{abc.replace(line[0], '')})"] for line in (ad, ad[::-1]) if line[0] in abc
    ],
    "IsPerpendicularBisectorOfLine": lambda cd, ab: [
        [f"IsPerpendicularBisectorOfLine({cd},{ab})"],
        [_equal(point + ab[0], point + ab[1]) for point in cd],
    ],
    "IsBisectorOfAngle": lambda bd, abc: [[f"IsBisectorOfAngle({_vertex(bd, abc)},{abc})"]],
    "Collinear": lambda abc: [[f"Collinear({order})"] for order in (abc, abc[1:] + abc[0], abc[1] + abc[0] + abc[2:])],
}
