"""What a question says in passing: the kind of a shape before its name, and which of its sides are legs or bases.

`the diagonals of rectangle ABCD` asserts that ABCD is one. A chain of thought asserts in sentences, which
`geometry.claims` reads; this is what only a question needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.rewriting import SIGNS_OF_KINDS, Rewriting, kinds, wording

_THREE, _FOUR = r"\s?(?:△|三角形|[Tt]riangles?\s)\s?([A-Z]{3})(?![A-Za-z])", r"\s?([A-Z]{4})(?![A-Za-z])"
_KINDS = tuple(  # tried in this order: an isosceles right triangle is told before an isosceles one
    (re.compile(f"(?:{words}){points}"), head)
    for words, points, head in (
        (r"\b[Ii]sosceles right(?:[- ]angled)?|等腰(?:直角|Rt)", _THREE, "SomeIsoscelesRight"),
        (r"\b[Ee]quilateral|等边|正(?=三角形)", _THREE, "EquilateralTriangle"),
        (r"\b[Ii]sosceles|等腰", _THREE, "SomeIsosceles"),
        (r"(?<!isosceles )\b[Rr]ight(?:[- ]angled)?|(?<!等腰)Rt|(?<!等腰)直角", _THREE, "SomeRight"),
        (r"\b[Ii]sosceles trapez(?:oid|ium)|等腰梯形", _FOUR, "SomeIsoscelesTrapezoid"),
        (r"(?<!isosceles )\b[Tt]rapez(?:oid|ium)|(?<!等腰)梯形", _FOUR, "SomeTrapezoid"),
        (r"\b[Pp]arallelogram|平行四边形|▱", _FOUR, "Parallelogram"),
        (r"\b[Rr]ectangle|矩形|长方形", _FOUR, "Rectangle"),
        (r"\b[Ss]quare|正方形", _FOUR, "Square"),
        (r"\b[Rr]hombus|菱形", _FOUR, "Rhombus"),
        (r"\b[Kk]ite|风?筝形", _FOUR, "Kite"),
    )
)
_PAIR = r"{segment}(?:(?: and | ?[与和、] ?){segment})?"  # or one object for a list of two
_ARE = r"(?: are |是)(?:the |two |one pair of |a pair of )?"
_OF = r" of (?:the |an? )?"
_LIST = r"((?<![A-Za-z])[A-Z](?:(?:, and |, | and |、|[和与])[A-Z](?![A-Za-z])){0,11})(?![A-Za-z])"
_COORDINATES = re.compile(
    r"(?<![A-Za-z∠△])([A-Z]) ?\( ?([-−]?\d{1,6}(?:\.\d{1,6})?) ?[,，] ?([-−]?\d{1,6}(?:\.\d{1,6})?) ?\)"
)


class Found(NamedTuple):
    """A statement and the part of the original text that says it."""

    start: int
    end: int
    statement: Term


def shapes_of_a_kind(text: str) -> Iterator[Found]:
    """The kinds of shapes that stand before their names; `text` is in plain notation, and so are the places."""
    for pattern, head in _KINDS:
        for match in pattern.finditer(text):
            if len(set(match[1])) == len(match[1]):
                yield Found(match.start(), match.end(), Term(head, (Term("Points", (match[1],)),)))


def roles(rewriting: Rewriting) -> Iterator[Found]:
    """What sides, angles and lines are to a shape."""
    for pattern, build in _ROLES:
        for match in pattern.finditer(rewriting.text):
            points = [name for sign in match.groups() if sign for name in _names(rewriting, sign)]
            made = build(*points) if len(points) == pattern.groups else None
            first, last = rewriting.span(match.start(), match.end())
            for statement in [made] if isinstance(made, str) else made or []:
                yield Found(first, last, cdl.parse(statement))


def _names(rewriting: Rewriting, sign: str) -> list[str]:
    """The points of an object, or of each object of a list; a list of points is one name."""
    if sign[0] in SIGNS_OF_KINDS:
        term = rewriting.term(sign)
        parts = term.terms if term.head == "Each" else [term]
        return ["".join(each.points) if each.terms else str(each) for each in parts]
    return ["".join(re.findall("[A-Z]", sign))]


def _apex(ab: str, cd: str) -> str | None:
    common = set(ab) & set(cd)
    return common.pop() if len(common) == 1 else None


def _at_apex(head: str) -> Callable[..., str | None]:
    """Of a triangle whose legs are named: `RightTriangle(ABC)` has its right angle at B, `IsoscelesTriangle(ABC)` its
    apex at A."""

    def build(ab: str, cd: str, abc: str) -> str | None:
        apex = _apex(ab, cd)
        if apex is None or set(ab + cd) != set(abc):
            return None
        return f"{head}({_turned(abc, apex, 1 if head == 'RightTriangle' else 0)})"

    return build


def _turned(name: str, point: str, place: int) -> str:
    """The same outline begun elsewhere, so that a point has this place."""
    turns = [name[i:] + name[:i] for i in range(len(name))]
    return next((turn for turn in turns if turn[place] == point), name)


def _trapezoid(head: str, legs: bool) -> Callable[..., str | None]:
    """`Trapezoid(ABCD)` has the bases AD and BC."""

    def build(ab: str, cd: str, name: str) -> str | None:
        for turn in (name, name[1:] + name[0]):
            sides = {frozenset(turn[:2]), frozenset(turn[2:])} if legs else {frozenset(turn[1:3]), frozenset(turn[::3])}
            if {frozenset(ab), frozenset(cd)} == sides:
                return f"{head}({turn})"
        return None

    return build


def _kite(ab: str, cd: str, name: str) -> str | None:
    apex = _apex(ab, cd)
    return f"Kite({_turned(name, apex, 0)})" if apex and apex in name else None


def _base_angles(first: str, second: str, abc: str) -> str | None:
    vertices = {first[1:2], second[1:2]}
    rest = set(abc) - vertices
    return f"IsoscelesTriangle({_turned(abc, rest.pop(), 0)})" if len(rest) == 1 else None


def _right_at(angle: str, abc: str) -> str | None:
    return f"RightTriangle({_turned(abc, angle[1], 1)})" if angle[1:2] and angle[1] in abc else None


def _hypotenuse(ab: str, abc: str) -> str | None:
    rest = set(abc) - set(ab)
    return f"RightTriangle({_turned(abc, rest.pop(), 1)})" if len(rest) == 1 else None


def _altitude(line: str, shape: str) -> str | None:
    """FormalGeo's begins at the corner it comes from, of a quadrilateral anywhere on the far side."""
    if len(shape) == 4:
        return f"IsAltitudeOfQuadrilateral({line},{shape})"
    apex = next((end for end in line if end in shape), None)
    if apex is None or len(set(line) & set(shape)) > 2:
        return None
    return f"IsAltitudeOfTriangle({line if line[0] == apex else line[::-1]},{_turned(shape, apex, 0)})"


def _midsegment(line: str, shape: str) -> str:
    return f"IsMidsegmentOf{'Triangle' if len(shape) == 3 else 'Quadrilateral'}({line},{shape})"


def _correspond(kind: str) -> Callable[..., str | None]:
    def build(first: str, second: str) -> str | None:
        if len(first) != len(second):
            return None
        return f"{kind}Between{'Triangle' if len(first) == 3 else 'Quadrilateral'}({first},{second})"

    return build


def _on_circle(points: str, circle: str) -> list[str]:
    return [f"Cocircular({circle},{point})" for point in points if point != circle]


def _between(point: str, line: str) -> str:
    return f"Between({line},{point})"


def _each_between(*names: str) -> list[str]:
    """Lines, and the point in which they meet: as textbooks draw it, between their ends."""
    return [_between(names[-1], line) for line in names[:-1] if names[-1] not in line]


def _extended(line: str, point: str) -> str | None:
    """`BC extended to D`: C lies between."""
    return f"Between({line[0]}{point},{line[1]})" if point not in line else None


def _cuts(line: str, first: str, one: str, second: str, other: str) -> list[str]:
    return [*_each_between(line, first, one), *_each_between(line, second, other)]


def _cuts_in_turn(line: str, first: str, second: str, one: str, other: str) -> list[str]:
    return _cuts(line, first, one, second, other)


def coordinates(text: str) -> Iterator[Found]:
    """Points with their coordinates, `A(2, −1)`; `text` is in plain notation."""
    for match in _COORDINATES.finditer(text):
        for head, number in (("Abscissa", match[2]), ("Ordinate", match[3])):
            yield Found(*match.span(), cdl.parse(f"Equal({head}OfPoint({match[1]}),{number})"))


_MEET = r" (?:cross|meet|intersect)(?: each other)? at (?:the )?(?:point )?"
_ROLES: tuple[tuple[re.Pattern[str], Callable[..., str | list[str] | None]], ...] = tuple(
    (wording(text, P=r"(?<![A-Za-z])([A-Z])(?![A-Za-z])", L=_LIST), build)
    for text, build in (
        (rf"{_PAIR}{_ARE}legs{_OF}right(?:[- ]angled)? {{triangle}}", _at_apex("RightTriangle")),
        (rf"{_PAIR}{_ARE}直角{{triangle}}的(?:两[个条])?直角边", _at_apex("RightTriangle")),
        (rf"{_PAIR}{_ARE}legs{_OF}isosceles {{triangle}}", _at_apex("IsoscelesTriangle")),
        (rf"{_PAIR}{_ARE}等腰{{triangle}}的(?:两[个条])?腰", _at_apex("IsoscelesTriangle")),
        (rf"{_PAIR}{_ARE}legs{_OF}isosceles right {{triangle}}", _at_apex("IsoscelesRightTriangle")),
        (rf"{_PAIR}{_ARE}等腰直角{{triangle}}的(?:两[个条])?(?:腰|直角边)", _at_apex("IsoscelesRightTriangle")),
        (r"{angle} is the right angle of (?:the )?right(?:[- ]angled)? {triangle}", _right_at),
        (r"{angle}是直角{triangle}的直角", _right_at),
        (r"{segment} is the hypotenuse of (?:the )?(?:right(?:[- ]angled)? )?{triangle}", _hypotenuse),
        (r"{segment}是(?:直角)?{triangle}的?斜边", _hypotenuse),
        (rf"{{angle}}(?: and {{angle}})?{_ARE}base angles{_OF}isosceles(?: right)? {{triangle}}", _base_angles),
        (r"{angle}(?:[与和、]{angle})?是等腰(?:直角)?{triangle}的(?:两[个条])?底角", _base_angles),
        (rf"{_PAIR}{_ARE}(?:non-parallel sides(?: \(legs\))?|legs){_OF}{{polygon}}", _trapezoid("Trapezoid", True)),
        (rf"{_PAIR}{_ARE}{{polygon}}的(?:两[个条])?腰", _trapezoid("Trapezoid", True)),
        (rf"{_PAIR}{_ARE}(?:parallel sides|bases){_OF}{{polygon}}", _trapezoid("Trapezoid", False)),
        (rf"{_PAIR}{_ARE}{{polygon}}的(?:平行边|两?[个条]?底)", _trapezoid("Trapezoid", False)),
        (
            rf"{_PAIR}{_ARE}(?:non-parallel sides(?: \(legs\))?|legs){_OF}isosceles {{polygon}}",
            _trapezoid("IsoscelesTrapezoid", True),
        ),
        (rf"{_PAIR}{_ARE}等腰{{polygon}}的(?:两[个条])?腰", _trapezoid("IsoscelesTrapezoid", True)),
        (rf"{_PAIR}{_ARE}(?:parallel sides|bases){_OF}isosceles {{polygon}}", _trapezoid("IsoscelesTrapezoid", False)),
        (rf"{_PAIR}{_ARE}等腰{{polygon}}的(?:平行边|两?[个条]?底)", _trapezoid("IsoscelesTrapezoid", False)),
        (rf"{_PAIR}{_ARE}(?:pair of )?adjacent sides{_OF}{{polygon}}", _kite),
        (rf"{_PAIR}{_ARE}风?{{polygon}}的一组[临邻]边", _kite),
        (r"{segment} is (?:the|an?) (?:altitude|height) (?:of|on|in) {triangle|polygon}", _altitude),
        (r"{segment}是{triangle|polygon}的?高", _altitude),
        (
            r"[Tt]he (?:altitude|height) (?:of|on|in) {triangle|polygon} is {segment}",
            lambda shape, line: _altitude(line, shape),
        ),
        (r"{triangle|polygon}的?高为{segment}", lambda shape, line: _altitude(line, shape)),
        (r"{segment} is (?:the|a) mid-?(?:segment|line) of {triangle|polygon}", _midsegment),
        (r"{segment}是{triangle|polygon}的?中位线", _midsegment),
        (r"[Mm]id-?(?:segment|line) of {triangle|polygon} is {segment}", lambda shape, line: _midsegment(line, shape)),
        (r"{triangle|polygon}的?中位线[是为]{segment}", lambda shape, line: _midsegment(line, shape)),
        (r"{triangle|polygon} is mirror congruent to {triangle|polygon}", _correspond("MirrorCongruent")),
        (r"{triangle|polygon}镜像全等于{triangle|polygon}", _correspond("MirrorCongruent")),
        (r"{triangle|polygon}与{triangle|polygon}(?:是)?镜像全等(?:三角形|△)?", _correspond("MirrorCongruent")),
        (r"{triangle|polygon} is mirror similar to {triangle|polygon}", _correspond("MirrorSimilar")),
        (r"{triangle|polygon}镜像相似于{triangle|polygon}", _correspond("MirrorSimilar")),
        (r"{triangle|polygon}与{triangle|polygon}(?:是)?镜像相似(?:三角形|△)?", _correspond("MirrorSimilar")),
        (r"{triangle|polygon}与{triangle|polygon}(?:是)?全等(?:三角形|△)?", _correspond("Congruent")),
        (r"{triangle|polygon}与{triangle|polygon}(?:是)?相似(?:三角形|△)?(?!比)", _correspond("Similar")),
        (r"{triangle|polygon}(?: is)? inscribed in {circle}", _on_circle),
        (r"{triangle|polygon}内接于{circle}", _on_circle),
        (r"{circle}是{triangle|polygon}的?外接圆", lambda circle, shape: _on_circle(shape, circle)),
        (r"{circle} is the circumcircle of {triangle|polygon}", lambda circle, shape: _on_circle(shape, circle)),
        (r"{segment} is a chord of {circle}", _on_circle),
        (r"{segment}是{circle}的?弦", _on_circle),
        (r"{L}(?: all)?(?: (?:lies?|are|is))? on (?:the )?{circle}", _on_circle),
        (r"点?{L}都?在{circle}上", _on_circle),
        (
            r"{circle}上(?:有|的)?(?:[一二两三四]?点)?{L}(?:[一二两三四]?点)?(?=[,，。])",
            lambda o, points: _on_circle(points, o),
        ),
        (r"{polygon|triangle} with (?:all|its) (?:corners|vertices) on {circle}", _on_circle),
        (r"{circle} with {L} on the circle", lambda circle, points: _on_circle(points, circle)),
        (r"四边形{L}的?[四各]个?顶?点?都在{circle}上", _on_circle),
        (r"{segment}(?: and | ?[与和、] ?){segment} of {circle}", lambda ab, cd, o: _on_circle(ab + cd, o)),
        (r"{P} (?:lies |is )?on {segment}(?! extended)", _between),
        (r"{segment} extended (?:through [A-Z] )?to (?:point )?{P}", _extended),
        (r"[Ee]xtend {segment} to (?:point )?{P}", _extended),
        (r"延长{segment}[至到]点?{P}", _extended),
        (r"点?{P}在{segment}的?延长线上", lambda point, line: _extended(line, point)),
        (rf"{_PAIR}(?: of (?:the )?{kinds('circle', 'polygon')})?{_MEET}{{P}}", _each_between),
        (r"{segment}(?:[与和、]?{segment})?(?:相?交于|交于)点?{P}", _each_between),
        (r"(?<!延长线)(?<!于)交{segment}于点?{P}", lambda line, point: _between(point, line)),
        (r"{segment} cuts {segment} at {P} and {segment} at {P}", _cuts),
        (r"{segment}分别交{segment}、{segment}于点?{P}、{P}", _cuts_in_turn),
        (r"{P} bisects {arc}", lambda point, arc: f"IsMidpointOfSomeArc({point},{arc})"),
        (r"{P}平分{arc}", lambda point, arc: f"IsMidpointOfSomeArc({point},{arc})"),
    )
)
