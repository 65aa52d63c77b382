"""Text and picture put together: one construction, one list of givens, and what is still open in them.

Words may leave open what a figure decides: where the right angle of `right triangle ABC` is, which circle `the
diameter AB` belongs to. Incidences of the picture settle most of it; each way that is left is tried, and an answer has
to be the same in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice, pairwise, product
from math import prod

from redstar_geo.formalise.picture import NOTHING, Depiction
from redstar_geo.formalise.question import Question
from redstar_geo.formalise.statement import Said
from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.meaning import readings
from redstar_geo.geometry.figure import rename, renaming

MOST_STATEMENTS = 100
"""Statements of text and picture together; FormalGeo7k has up to 32 and a construction of 28."""

MOST_WAYS = 24
"""Ways to read what the words leave open, all of which are tried."""

_LETTER = re.compile(r"(?<![a-z])[A-Z](?![a-z])")
_SIZES = ("MinorArc", "MajorArc")
_OPEN = ("Some", "RightAt", "Between", "TangentAt", "IsFootedAltitude", "ExteriorAngle", "Collinear")


@dataclass(frozen=True)
class Way:
    """One reading of everything: what is given for sure, and the goal."""

    construction: tuple[str, ...]
    givens: tuple[Said, ...]
    goal: Term


@dataclass(frozen=True)
class Scene:
    """What was read of a question and its picture, put together.

    Attributes:
        said: all of it that is used, in order, each statement once.
        ways: the readings that the words leave open.
        oriented: as of `Depiction`.
        trouble: by name, why nothing can be made of it.
        shapes: corners of the triangles and quadrilaterals that are named.
        left_out: statements that have no meaning here, or too many: fewer determine less, never other things.
    """

    said: tuple[Said, ...]
    ways: tuple[Way, ...]
    oriented: bool
    trouble: str = ""
    shapes: tuple[str, ...] = ()
    left_out: tuple[Said, ...] = ()


def united(question: Question, depiction: Depiction = NOTHING) -> Scene:
    """The scene of a question that has a goal."""
    assert question.goal is not None, "a question without a goal has no scene"
    first: dict[Term, Said] = {}
    for each in (*question.statements, *depiction.statements):
        first.setdefault(each.statement, each)
    said = tuple(first.values())
    if len(said) + len(depiction.construction) > MOST_STATEMENTS:
        return Scene(said[:MOST_STATEMENTS], (), depiction.oriented, f"more than {MOST_STATEMENTS} statements")
    sized = tuple(each for each in said if each.statement.head in _SIZES)
    sizes = {_ends(each.statement.points[0]): each.statement.head for each in sized}
    said = tuple(each for each in said if each.statement.head not in _SIZES)
    drawing = _Drawing(depiction, [each.statement for each in said] + [question.goal], question.shapes)
    options: list[list[tuple[Said, ...]]] = []
    for each in said:
        ways = drawing.ways(each.statement)
        options.append([tuple(Said(term, each.words, each.source) for term in way) for way in ways])
    goals = drawing.measures(question.goal)
    if not 0 < len(goals) <= MOST_WAYS:
        return Scene(said, (), depiction.oriented, f"{len(goals)} meanings of {question.goal}")
    used = _few(options, len(goals))
    left_out = tuple(each for each, use in zip(said, used, strict=True) if not use)
    said = tuple(each for each, use in zip(said, used, strict=True) if use)
    options = [ways for ways, use in zip(options, used, strict=True) if use]
    spoken = [*(each.statement for each in said), question.goal]
    arcs = [] if depiction.oriented else sorted({min(arc, _back(arc)) for term in spoken for arc in _measured(term)})
    longer = [_longer(arc, sizes.get(_ends(arc), "")) for arc in arcs]
    if len(goals) * prod(map(len, longer)) * prod(map(len, options)) > MOST_WAYS:
        return Scene(said, (), depiction.oriented, f"{len(arcs)} arcs that may be the longer ones")
    found = [
        drawing.way([each for part in parts for each in part], goal, frozenset[str]().union(*long))
        for parts in product(*options)
        for goal in goals
        for long in product(*longer)
    ]
    return Scene((*said, *sized), tuple(found), depiction.oriented, shapes=question.shapes, left_out=left_out)


def _few(options: Sequence[Sequence[object]], goals: int) -> list[bool]:
    """Which statements are used: not those without a meaning, nor the most open ones while there are too many ways."""
    used = [bool(ways) for ways in options]
    while goals * prod(len(ways) for ways, use in zip(options, used, strict=True) if use) > MOST_WAYS:
        used[max((i for i, use in enumerate(used) if use), key=lambda i: len(options[i]))] = False
    return used


class _Drawing:
    """What of the picture settles words: lines, circles, and which points are joined."""

    def __init__(self, depiction: Depiction, statements: Sequence[Term], shapes: Sequence[str]) -> None:
        self.depiction = depiction
        self.sides = {a + b for shape in shapes for a, b in pairwise(shape + shape[0])}
        parsed = [cdl.parse(text) for text in depiction.construction if not text.startswith("Shape")]
        self.lines = [term.points[0] for term in parsed if term.head == "Collinear"]
        self.on: dict[str, str] = {}
        for term in (*parsed, *(each for each in statements if each.head == "Cocircular")):
            if term.head == "Cocircular":
                self.on[term.points[0]] = self.on.get(term.points[0], "") + "".join(term.points[1:])
        self.lines += [
            f"{each.points[0][0]}{each.points[1]}{each.points[0][1]}" for each in statements if each.head == "Between"
        ]
        self.circles = list(dict.fromkeys([*self.on, *(name for each in statements for name in _circles(each))]))[:8]
        outlines = [text[6:-1].split(",") for text in depiction.construction if text.startswith("Shape(")]
        self.joined = {pair for outline in outlines for pair in outline if len(pair) == 2}
        self.joined |= {pair for each in statements for pair in _segments(each)} | self.sides

    def ways(self, statement: Term) -> list[tuple[Term, ...]]:
        """Each meaning of a statement that the drawing leaves open."""
        head = statement.head
        if head in ("IsTangentOfCircle", "TangentAt"):
            return self._tangents(statement)
        if head == "Between":
            return [(cdl.parse(f"Collinear({statement.points[0][0]}{statement.points[1]}{statement.points[0][1]})"),)]
        if head == "Collinear" and self._in_order(statement.points[0]):
            return [(statement,)]
        if head == "IsPerpendicularBisectorOfLine":
            return [self._perpendicular_bisector(*statement.points)]
        if head == "IsDiameterOfCircle" and len(statement.args) == 2:
            return [(statement,)]
        if head == "IsBisectorOfAngle" and len(statement.points[1]) == 3:
            return [self._bisector(way[0]) for way in readings(statement, self.choices, self.circles)]
        if head.startswith(_OPEN) or head in ("IsDiameterOfCircle", "IsMidpointOfSomeArc", "IsBisectorOfAngle"):
            found = dict.fromkeys(readings(statement, self.choices, self.circles))
            return [tuple(part for form in way for part in _with_what_follows(form)) for way in found]
        return [_with_what_follows(form) for form in self.measures(statement)]

    def way(self, givens: Sequence[Said], goal: Term, longer: frozenset[str] = frozenset()) -> Way:
        """A construction with every point, line and circle that is spoken of, and the rest of the givens.

        Args:
            longer: arcs that are taken to go the long way round.
        """
        built = list(self.depiction.construction)
        rest = []
        for each in givens:
            if each.statement.head in ("Collinear", "Cocircular"):
                built += [str(each.statement)] if str(each.statement) not in built else []
            else:
                rest.append(each)
        terms = [each.statement for each in rest] + [goal]
        if not self.depiction.oriented:
            pairs = [*self.sides, *(pair for term in terms for pair in _segments(term))]
            built += [f"Shape({pair})" for pair in sorted({min(pair, pair[::-1]) for pair in pairs})]
            arcs = sorted({arc for term in terms for arc in _arcs(term)})
            built += [f"Cocircular({arc[0]},{arc[1:]})" for arc in arcs]
            rest = [replace(each, statement=by_central_angles(each.statement, longer)) for each in rest]
            goal = by_central_angles(goal, longer)
        circles = {str(cdl.parse(text).points[0]) for text in built if text.startswith("Cocircular")}
        built += [f"Cocircular({name})" for name in self.circles if name not in circles]
        known = {letter for text in built if text[:2] != "Co" or text[2] == "l" for letter in _LETTER.findall(text)}
        known |= {letter for on in self.on.values() for letter in on}
        spoken = {letter for term in [*(each.statement for each in rest), goal] for letter in _points(term)}
        built += [f"Shape({letter})" for letter in sorted(spoken - known)]
        centred = {str(term.points[1]) for term in terms if term.head == "IsCentreOfCircle" and len(term.args) == 2}
        named = [name for name in self.circles if name not in centred and name in (spoken | known)]
        rest += [Said(cdl.parse(f"IsCentreOfCircle({name},{name})"), f"⊙{name}", "text") for name in named]
        return Way(tuple(built), tuple(rest), goal)

    def measures(self, term: Term) -> list[Term]:
        """An expression or statement with every choice for the names that are cut short, ∠B or arc AB."""
        short = [part for part in dict.fromkeys(term.walk()) if part.terms and _is_short(part)]
        options = [self.choices(part) for part in short]
        if prod(map(len, options)) > MOST_WAYS:
            return [term] * (MOST_WAYS + 1)
        return [term.replaced(dict(zip(short, chosen, strict=True))) for chosen in product(*options)]

    def choices(self, term: Term) -> list[Term]:
        """What `MeasureOfAngle(B)` or `MeasureOfArc(AB)` may stand for."""
        (name,) = term.points
        if term.head == "MeasureOfAngle":
            ends = {
                self._nearest(name, other) for pair in self.joined if name in pair for other in pair if other != name
            }
            ends |= {near for line in self.lines if name in line for near in _beside(line, name)}
            pairs = islice(combinations(sorted(ends), 2), MOST_WAYS + 1)
            return [cdl.parse(f"MeasureOfAngle({a}{name}{b})") for a, b in pairs if not self._in_order(a + name + b)]
        around = [circle for circle in self.circles if set(name) <= set(self.on.get(circle, ""))] or self.circles
        ways = (name, name[::-1]) if self.depiction.oriented else (name,)
        return [cdl.parse(f"{term.head}({circle}{ends})") for circle in around for ends in ways]

    def _nearest(self, vertex: str, towards: str) -> str:
        for line in self.lines:
            if vertex in line and towards in line:
                start, end = line.index(vertex), line.index(towards)
                return line[start + (1 if end > start else -1)]
        return towards

    def _in_order(self, abc: str) -> bool:
        return any(
            tuple(abc) in (tuple(p for p in line if p in abc), tuple(p for p in line[::-1] if p in abc))
            for line in self.lines
        )

    def _tangents(self, statement: Term) -> list[tuple[Term, ...]]:
        """A tangent is named from outside to where it touches; which that is, the circle's points may tell."""
        ways = [way[0] for way in readings(statement, self.choices, self.circles)]
        touching = [way for way in ways if way.points[0][1] in self.on.get(way.points[1], "")]
        outside = [way for way in touching if way.points[0][0] not in self.on.get(way.points[1], "")]
        if statement.head == "TangentAt":
            return [(way,) for way in ways if way.points[0][1] == statement.points[1]]
        if statement.head == "IsTangentOfCircle" and self.depiction.oriented and len(statement.args) == 2:
            return [(statement,)]
        return [(way,) for way in outside or touching or ways]

    def _perpendicular_bisector(self, cd: str, ab: str) -> tuple[Term, ...]:
        """Which of its two points is the midpoint, if one is on the line; else both are as far from either end."""
        for line in (cd, cd[::-1]):
            if self._in_order(ab[0] + line[1] + ab[1]):
                return (cdl.parse(f"IsPerpendicularBisectorOfLine({line},{ab})"),)
        return tuple(cdl.parse(f"Equal(LengthOfLine({point}{ab[0]}),LengthOfLine({point}{ab[1]}))") for point in cd)

    def _bisector(self, statement: Term) -> tuple[Term, ...]:
        """Without a direction the halves have to be told to lie inside of the angle."""
        if self.depiction.oriented:
            return (statement,)
        line, (a, b, c) = statement.points[0], tuple(statement.points[1])
        halves = (f"{a}{b}{line[1]}", f"{line[1]}{b}{c}")
        return tuple(cdl.parse(f"Equal(Mul(2,MeasureOfAngle({half})),MeasureOfAngle({a}{b}{c}))") for half in halves)


_CENTRAL = {  # of an arc from A to B
    "MeasureOfArc": "{}",
    "LengthOfArc": "RadiusOfCircle(O)*{}*pi/180",
    "AreaOfSector": "RadiusOfCircle(O)^2*{}*pi/360",
    "PerimeterOfSector": "2*RadiusOfCircle(O)+RadiusOfCircle(O)*{}*pi/180",
}
_SHORT, _LONG = "MeasureOfAngle(AOB)", "(360-MeasureOfAngle(AOB))"


def by_central_angles(term: Term, longer: frozenset[str] = frozenset()) -> Term:
    """The same with every arc and sector told by the angle at the centre, which bears the name of the circle.

    Without a direction an arc is the shorter one, unless its name is among the `longer`.
    """
    if term.head == "CongruentBetweenArc":
        term = Term("Equal", tuple(Term("MeasureOfArc", (arc,)) for arc in term.args))
    if term.head == "IsMidpointOfArc":
        halves = "Equal(MeasureOfAngle(AOM),MeasureOfAngle(MOB))"
        return cdl.parse(rename(halves, renaming("M,OAB", term.points)))
    if term.head in _CENTRAL and len(term.points[0]) == 3:
        measure = _LONG if term.points[0] in longer else _SHORT
        return cdl.parse(rename(_CENTRAL[term.head].format(measure), renaming("OAB", term.points)))
    return term.map(lambda part: by_central_angles(part, longer))


def _measured(term: Term) -> Iterator[str]:
    """The arcs, by centre and ends, of which it matters whether they are the longer ones."""
    for part in term.walk():
        if part.head in (*_CENTRAL, "CongruentBetweenArc"):
            yield from (group for group in part.points if len(group) == 3)


def _longer(arc: str, size: str) -> list[frozenset[str]]:
    """The ways in which arcs with these ends may be the longer one; a size is said of both names, AB and BA."""
    either = frozenset({arc, _back(arc)})
    if size:
        return [either if size == "MajorArc" else frozenset()]
    return [frozenset({name}) for name in sorted(either)]


def _ends(arc: str) -> tuple[str, frozenset[str]]:
    return arc[0], frozenset(arc[1:])


def _back(arc: str) -> str:
    """The rest of the circle."""
    return arc[0] + arc[:0:-1]


def _arcs(term: Term) -> Iterator[str]:
    """Arcs and sectors by centre and ends, whose ends lie on their circle."""
    for part in term.walk():
        if part.terms and ("Arc" in part.head or "Sector" in part.head):
            yield from (group for group in part.points if len(group) == 3)
            if part.head == "IsMidpointOfArc":
                yield part.points[1][0] + part.points[0]


def _with_what_follows(statement: Term) -> tuple[Term, ...]:
    """An isosceles trapezoid is no parallelogram: its diagonals are equal too."""
    if statement.head != "IsoscelesTrapezoid":
        return (statement,)
    diagonals = rename("Equal(LengthOfLine(AC),LengthOfLine(BD))", renaming("ABCD", statement.points))
    return statement, cdl.parse(diagonals)


def _is_short(term: Term) -> bool:
    return (term.head, len("".join(term.points))) in (("MeasureOfAngle", 1), ("MeasureOfArc", 2), ("LengthOfArc", 2))


def _beside(line: str, point: str) -> Iterator[str]:
    place = line.index(point)
    yield from (*line[max(0, place - 1) : place], *line[place + 1 : place + 2])


_NOT_DRAWN = ("Collinear", "Cocircular", "SameOrientation")
_CIRCLE_LAST = ("IsDiameterOfCircle", "IsTangentOfCircle", "IsCentreOfCircle", "TangentAt")


def _circles(term: Term) -> Iterator[str]:
    for part in term.walk():
        if not part.terms:
            continue
        groups = part.points
        if part.head in _CIRCLE_LAST and len(groups) > 1 + (part.head == "TangentAt"):
            yield groups[-1]
        elif part.head.endswith("OfCircle") and part.head not in _CIRCLE_LAST:
            yield groups[0]
        elif "Arc" in part.head or "Sector" in part.head:
            yield from (group[0] for group in groups if len(group) == 3)


def _points(term: Term) -> Iterator[str]:
    """The points that are spoken of, without the names of circles."""
    for part in term.walk():
        if part.terms and all(inner.head == "Points" for inner in part.terms):
            groups = list(part.points)
            if part.head in _CIRCLE_LAST and len(groups) > 1:
                groups = groups[:-1]
            elif part.head.endswith("OfCircle"):
                groups = []
            elif "Arc" in part.head or "Sector" in part.head:
                groups = [group[1:] if len(group) == 3 else group for group in groups]
            yield from (letter for group in groups for letter in group if letter.isupper())


def _segments(term: Term) -> Iterator[str]:
    """The segments that a statement speaks of: sides of shapes, arms of angles."""
    for part in term.walk():
        if not part.terms or any(inner.head != "Points" for inner in part.terms):
            continue
        for group in part.points:
            if len(set(group)) < len(group) or "Arc" in part.head or part.head in _NOT_DRAWN:
                continue
            if len(group) == 2:
                yield group
            elif part.head == "MeasureOfAngle" and len(group) == 3:
                yield from (group[:2], group[1:])
            elif len(group) in (3, 4):
                yield from (a + b for a, b in pairwise(group + group[0]))
