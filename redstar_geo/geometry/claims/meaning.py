"""What a claim can mean: the readings that its words leave open, and the simpler statements that each amounts to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations, product
from math import prod

from redstar_geo.geometry import cdl, predicates
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.figure import unfold

Statements = tuple[Term, ...]  # all of them hold
Choices = Callable[[Term], Sequence[Term]]  # the measures that an incomplete name may stand for
_MOST_CHOICES, _MOST_READINGS = 12, 12**3  # of an incomplete name, of a claim
OPEN_GROUPS: dict[str, tuple[int, ...]] = {  # of the heads that are not FormalGeo's: the points of each argument
    "SomeIsosceles": (3,),
    "SomeRight": (3,),
    "SomeIsoscelesRight": (3,),
    "RightAt": (3, 1),
    "SomeTrapezoid": (4,),
    "SomeIsoscelesTrapezoid": (4,),
    "Between": (2, 1),
    "Collinear": (3,),
    "Cocircular": (1, 1),
    "IsFootedAltitude": (2, 3),
    "ExteriorAngle": (3, 3),
    "AbscissaOfPoint": (1,),
    "OrdinateOfPoint": (1,),
}
_OF_ANGLES, _ANGLES = ("Sin", "Cos", "Tan"), ("MeasureOfAngle", "MeasureOfArc", "Name")
_GROUPS = predicates.MEASURES | predicates.RELATIONS | OPEN_GROUPS
SHORTER = {  # what a text may leave out: ∠B, arc AB, the circle of a tangent
    "MeasureOfAngle": ((1,),),
    "MeasureOfArc": ((2,),),
    "LengthOfArc": ((2,),),
    "RatioOfSimilarArc": ((2, 2), (2, 3), (3, 2)),
    "IsBisectorOfAngle": ((2, 1),),
    "IsDiameterOfCircle": ((2,),),
    "TangentAt": ((2, 1, 1), (2, 1)),
    "IsTangentOfCircle": ((2,),),
    "IsMidpointOfSomeArc": ((1, 2), (1, 3)),
}


def flaw(statement: Term) -> str:
    """Why this says nothing: it takes other numbers of points, has one twice, or is a sine of no angle; else empty."""
    for term in statement.walk():
        if term.head in _GROUPS or term.head in SHORTER:
            groups = tuple(len(points) if points.isupper() else 1 for points in term.points)
            if groups != _GROUPS.get(term.head) and groups not in SHORTER.get(term.head, ()):
                return f"{term} has other points than its kind"
            if any(len(set(points)) < len(points) for points in term.points if points.isupper()):
                return f"{term} names a point twice"
        if term.head in _OF_ANGLES and any(each.head not in _ANGLES for each in term.measures()):
            return f"{term} is of no angle"
    return ""


def in_any_order(statement: Term) -> list[Term]:
    """Two shapes that correspond, with their corners in every order that goes round."""
    first, second = statement.terms
    ways = permutations(str(second)) if len(str(second)) == 3 else map(tuple, _rounds(str(second)))
    return [Term(statement.head, (first, Term("Points", ("".join(way),)))) for way in ways]


def readings(statement: Term, choices: Choices, circles: Sequence[str]) -> list[Statements]:
    """The claim holds when all the statements of one reading hold.

    Args:
        choices: for `MeasureOfAngle(B)` the angles at B, for `MeasureOfArc(AB)` the arcs between A and B.
        circles: the names of the circles, for wordings that name none.
    """
    if statement.head in _OPEN:
        return [tuple(map(cdl.parse, parts)) for parts in _OPEN[statement.head](*statement.points)]
    if statement.head == "TangentAt":
        line, point, *circle = statement.points
        ends = [end for end in line if end != point] if point in line else list(line)
        tangents = [cdl.parse(f"IsTangentOfCircle({','.join([end + point, *circle])})") for end in ends]
        return [form for tangent in tangents for form in readings(tangent, choices, circles)]
    if statement.head == "OnOneArc":  # two angles at the circle, or one of them at the centre
        one, other = statement.terms
        twice = [Term("Mul", (Term("Number", ("2",)), angle)) for angle in (one, other)]
        pairs = ((one, other), (one, twice[1]), (twice[0], other))
        return [form for pair in pairs for form in readings(Term("Equal", pair), choices, circles)]
    if statement.head == "IsBisectorOfAngle":
        return [(form,) for form in _of_angles(statement, choices)]
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
    options = [list(choices(term))[:_MOST_CHOICES] for term in incomplete]
    if prod(map(len, options)) > _MOST_READINGS:
        return [statement]
    found = [statement.replaced(dict(zip(incomplete, chosen, strict=True))) for chosen in product(*options)]
    return found or [statement]


def _is_incomplete(term: Term) -> bool:
    length = len("".join(term.points))
    return length == 1 if term.head == "MeasureOfAngle" else term.head in ("MeasureOfArc", "LengthOfArc")


def _of_circles(statement: Term, circles: Sequence[str]) -> list[Term]:
    first, *rest = statement.points
    names = [rest[0]] if rest and statement.head != "IsMidpointOfSomeArc" else list(circles)
    if statement.head == "IsMidpointOfSomeArc":
        ends = rest[0][-2:]
        return [cdl.parse(f"IsMidpointOfArc({first},{o}{arc})") for o in names for arc in (ends, ends[::-1])]
    return [cdl.parse(f"{statement.head}({line},{o})") for o in names for line in (first, first[::-1])]


def _rounds(name: str) -> list[str]:
    return [turn for way in (name, name[::-1]) for turn in _turns(way)]


def _turns(name: str) -> list[str]:
    return [name[i:] + name[:i] for i in range(len(name))]


def _equal(first: str, second: str) -> str:
    return f"Equal(LengthOfLine({first}),LengthOfLine({second}))"


def _exterior(abc: str, triangle: str) -> list[list[str]]:
    """An exterior angle and the angle of the triangle beside it make a straight one."""
    others = triangle.replace(abc[1], "")
    if len(others) != 2 or len({abc[0], abc[2]} & set(others)) != 1:
        return []
    return [[f"Equal(Add(MeasureOfAngle({abc}),MeasureOfAngle({abc[1].join(others)})),180)"]]


def _trapezoids(abcd: str) -> list[str]:
    return [abcd, abcd[1:] + abcd[0]]


def _of_angles(statement: Term, choices: Choices) -> list[Term]:
    """A bisector begins at the vertex; of ∠B it may bisect any angle there."""
    line, angle = statement.points
    vertex = angle[1:2] or angle
    if vertex not in line:
        return []
    names = [angle] if len(angle) == 3 else [form.points[0] for form in choices(cdl.parse(f"MeasureOfAngle({angle})"))]
    end = line.replace(vertex, "")
    return [cdl.parse(f"IsBisectorOfAngle({vertex}{end},{name})") for name in names[:12] if end not in name]


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
    "ExteriorAngle": _exterior,
    "Collinear": lambda abc: [[f"Collinear({order})"] for order in (abc, abc[1:] + abc[0], abc[1] + abc[0] + abc[2:])],
}
