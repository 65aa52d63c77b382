"""On which side of a line points lie, in which order on a circle: what a picture shows and none of its labels says.

Every such statement is one of triples of points that turn the same way, all to the left or all to the right (an order
type; Goodman and Pollack, 1983): C and D lie on the same side of AB where ABC and ABD do. A figure may be mirrored.
"""

from __future__ import annotations

import cmath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims import notation
from redstar_geo.geometry.claims.rewriting import Rewriting
from redstar_geo.geometry.figure import Figure, Point
from redstar_geo.geometry.incidence import lines, on_circles

_MOST_IN_ORDER = 8  # points on a circle: 56 triples
_FLAT = 1e-6  # relative: a point this near to a line is on neither side
_POINT = r"(?<![A-Za-z∠△⊙])[A-Z](?![A-Za-z'’′])"
_NAMES = {
    "P": rf"(?:[Pp]oint |点)?({_POINT})",
    "L": rf"(?:[Pp]oints? |点)?({_POINT}(?:(?:, and |, ?| and |[、，和与])(?:point |点)?{_POINT}){{0,11}})",
    "line": r"(?:the )?(?:(?:[Ll]ine|[Ll]ine segment|[Ss]egment|[Ss]ide|[Cc]hord|[Rr]ay|[Dd]iameter|[Dd]iagonal) "
    r"|直线|线段|射线|对角线|直径|弦|边)?(?<![A-Za-z])([A-Z]{2})(?![A-Za-z])",
    "angle": r"(?:the )?(?:∠|[Aa]ngle |角) ?([A-Z]{3})(?![A-Za-z])",
    "shape": r"(?:the )?(?:(?:△|[Tt]riangle |三角形) ?(?=[A-Z]{3}(?![A-Za-z]))|(?:[Ss]quare|[Rr]ectangle|[Rr]hombus|▱"
    r"|[Pp]arallelogram|[Tt]rapez(?:oid|ium)|[Cc]onvex quadrilateral|[正长]方形|矩形|菱形|平行四边形|梯形|凸四边形) ?"
    r"(?=[A-Z]{4}))([A-Z]{3,4})(?![A-Za-z])",  # none has a corner that points inwards
    "circle": r"(?:the )?(?:⊙|[Cc]ircle |圆) ?([A-Z])(?![A-Za-z])",
    "arc": r"(?:[Aa]rc |弧|⌒) ?([A-Z]{2})(?![A-Za-z])",
    "are": r"(?:,? (?:both |all )?(?:lies?|are|is)(?: both| all)?(?: a point| points)?)?",
    "inside": r" (?:inside|within|in the (?:interior|inside) of) ",
    "order": r",? in (?:this|that|the) order",
    "zh_in": r"(?:[三四五六]?点)?(?:都|均|分别)?(?:位于|在)",
    "zh_inside": r"的?内部?(?![切接心])(?:的?(?:任意)?一点)?",
    "zh_order": r"(?:[三四五六]点)?(?:依次|顺次|按(?:此|这个?)?顺序|按[顺逆]时针(?:方向|顺序)?)(?:排列)?",
}


class Placed(NamedTuple):
    """A statement of where points lie, and the part of the text that says it.

    Attributes:
        statement: `SameOrientation(ABC,ABD)`: these triples turn the same way; or `MinorArc(OAB)`, `MajorArc(OAB)`:
            which of two arcs, or sectors, is meant wherever one with these ends is spoken of.
        circle, on: points that it says to be on a circle; empty where it does not.
    """

    start: int
    end: int
    statement: Term
    circle: str = ""
    on: str = ""


class _Said(NamedTuple):
    statement: Term | None
    circle: str = ""
    on: str = ""


def placements(text: str) -> Iterator[Placed]:
    """What a text says of where points lie, in English and Chinese."""
    plain = Rewriting(text)
    notation.plain(plain)
    named = set(_CIRCLE.findall(plain.text))
    only = named.pop() if len(named) == 1 else ""  # of an arc without its circle
    taken: list[tuple[int, int]] = []
    for pattern, build in _WORDINGS:
        for match in pattern.finditer(plain.text):
            first, last = plain.span(*match.span())
            said = build(*(only if group is None else _letters(group) for group in match.groups()))
            if said.statement is None or any(start < last and first < end for start, end in taken):
                continue
            taken.append((first, last))
            yield Placed(first, last, said.statement, said.circle, said.on)


def _letters(group: str) -> str:
    """The points of a name or a list; a word as it is."""
    return "".join(re.findall("[A-Z]", group)) or group


def alike(triples: Iterable[str]) -> Term | None:
    """That triples of points turn the same way, in its one spelling; None where that says nothing, or nothing true."""
    turns: dict[str, bool] = {}
    for triple in triples:
        name = "".join(sorted(triple))
        inversions = sum(a > b for a, b in combinations(triple, 2))
        if len(set(name)) < 3 or turns.setdefault(name, inversions % 2 == 0) != (inversions % 2 == 0):
            return None
    if len(turns) < 2:
        return None
    names = sorted(turns)
    even = turns[names[0]]
    said = (name if turns[name] == even else name[0] + name[2] + name[1] for name in names)
    return Term("SameOrientation", tuple(Term("Points", (name,)) for name in said))


def placed(figure: Figure) -> Iterator[str]:
    """What may be said of where the points of a figure lie: of each line, and of each circle with four or more."""
    marked = [mark.points for mark in figure.marks if mark.kind in ("angle", "right")]
    return lying(lines(figure), on_circles(figure), figure.points, marked, _FLAT)


def lying(
    drawn: Iterable[str], on: Mapping[str, str], at: Mapping[str, Point], marked: Iterable[str], flat: float
) -> Iterator[str]:
    """The same of lines, of points on circles by the centre's name, of places, and of the angles with a mark.

    Args:
        flat: how far from a line, by its length, a point has to be to lie on a side of it.
    """
    for line in drawn:
        a, b = (complex(*at[end]) for end in (line[0], line[-1]))
        sides: dict[bool, list[str]] = {False: [], True: []}
        for point, place in sorted(at.items()):
            turn = ((b - a).conjugate() * (complex(*place) - a)).imag
            if point not in line and abs(turn) > flat * abs(b - a) * max(abs(b - a), abs(complex(*place) - a)):
                sides[turn > 0].append(point)
        one, other = sorted(sides.values())
        if one and other:
            yield f"{line[0]}{line[-1]} separates {', '.join(one)} from {', '.join(other)}"
        elif len(other) > 1:
            yield f"{', '.join(other)} on the same side of {line[0]}{line[-1]}"
    for centre, points in on.items():
        if 4 <= len(points) <= _MOST_IN_ORDER:
            middle = complex(*at[centre])
            around = sorted(points, key=lambda point: cmath.phase(complex(*at[point]) - middle))
            yield f"{', '.join(around)} in this order on ⊙{centre}"
    for angle in marked:
        if {angle[0], angle[2]} <= set(on.get(angle[1], "")):
            yield f"sector {angle[1]}{''.join(sorted((angle[0], angle[2])))} is the smaller one"


def _same_side(points: str, ab: str, others: str = "") -> _Said:
    return _Said(alike([ab + point for point in points + others]))


def _separated(ab: str, points: str, others: str) -> _Said:
    return _Said(alike([ab + point for point in points] + [ab[::-1] + point for point in others]))


def _opposite(points: str, ab: str) -> _Said:
    return _separated(ab, points[:1], points[1:]) if len(points) == 2 else _Said(None)


def _inside_angle(points: str, abc: str) -> _Said:
    return _Said(alike([abc, *(triple for d in points for triple in (abc[:2] + d, d + abc[1:]))]))


def _ray_inside(line: str, abc: str) -> _Said:
    return _inside_angle(line[1], abc) if line[0] == abc[1] else _Said(None)


def _between_rays(line: str, first: str, second: str) -> _Said:
    return _ray_inside(line, first[1] + line[0] + second[1]) if line[0] == first[0] == second[0] else _Said(None)


def _inside_shape(points: str, name: str) -> _Said:
    sides = [a + b for a, b in zip(name, name[1:] + name[0], strict=True)]
    return _Said(alike([name[:3], *(side + point for point in points for side in sides)]))


def _in_order(points: str, circle: str = "") -> _Said:
    if not 4 <= len(points) <= _MOST_IN_ORDER:  # of three nothing is said
        return _Said(None)
    return _Said(alike(map("".join, combinations(points, 3))), circle, points if circle else "")


def _on_arc(points: str, how: str, ab: str, circle: str) -> _Said:
    ends = ab[::-1] if how in _MINOR else ab
    triples = [ends + circle, *(ab + point for point in points)]
    return _Said(alike(triples), circle, ab + points) if circle else _Said(None)


def _arc_is(oab: str, how: str) -> _Said:
    kind = "MinorArc" if how in _MINOR else "MajorArc"
    return _Said(Term(kind, (Term("Points", (oab,)),)) if len(set(oab)) == 3 else None)


def _wording(text: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{([A-Za-z_]+)\}", lambda match: _NAMES[match[1]], text))


_MINOR = ("minor", "shorter", "smaller", "劣", "小")
_SIZE = "(minor|shorter|smaller|major|longer|larger|greater)"
_CIRCLE = re.compile("(?:⊙|[Cc]ircle |圆) ?([A-Z])(?![A-Za-z])")
_WORDINGS: Sequence[tuple[re.Pattern[str], Callable[..., _Said]]] = tuple(
    (_wording(text), build)
    for text, build in (
        ("{L}{are} on the same side of {line} as {L}", _same_side),
        ("{L}{are} on the same side of {line}", _same_side),
        ("{L}{zh_in}{line}的?(?:同一?[侧旁])", _same_side),
        (
            "{L}{are} on one side of {line},?(?: and| with| while)? {L}{are} on the other(?: side| one)?",
            lambda points, ab, others: _separated(ab, points, others),
        ),
        (
            "{L}{zh_in}{line}的?一侧[,，]?而?{L}{zh_in}[其它]?的?另一侧",
            lambda points, ab, others: _separated(ab, points, others),
        ),
        (
            "{L}{are} on the (?:opposite|other) side of {line} (?:from|to|as|than) {L}",
            lambda points, ab, others: _separated(ab, points, others),
        ),
        ("{L}{are} on (?:opposite|different|either|both) sides? of {line}", _opposite),
        ("{L}{zh_in}{line}的?(?:异侧|两侧|两旁|不同侧)", _opposite),
        (
            "{L}(?:{zh_in}|[是为]){circle}上(?:位于|在){line}的?(?:异侧|两侧)的?两?点?",
            lambda points, circle, ab: _opposite(points, ab)._replace(circle=circle, on=points),
        ),
        (
            "{L}(?:{zh_in}|[是为]){circle}上(?:位于|在){line}的?同一?侧的?两?点?",
            lambda points, circle, ab: _same_side(points, ab)._replace(circle=circle, on=points),
        ),
        ("{line} separates {L} from {L}", _separated),
        ("{line} separates {P} and {P}(?! from)", _separated),
        ("{line}{are}{inside}{angle}", _ray_inside),
        ("{line}{zh_in}{angle}{zh_inside}", _ray_inside),
        ("{line}{are} between {line} and {line}", _between_rays),
        ("{L}{are}{inside}{angle}", _inside_angle),
        ("{L}(?:{zh_in}|[是为]){angle}{zh_inside}", _inside_angle),
        ("{L}{are}{inside}{shape}", _inside_shape),
        ("{L}(?:{zh_in}|[是为]){shape}{zh_inside}", _inside_shape),
        ("{L}{are} on {circle}(?:{order}| in order)", _in_order),
        ("{L}{are}{order},? on {circle}", _in_order),
        ("{L}{are} on a circle{order}", _in_order),
        ("{L}{are}{order},? on a circle", _in_order),
        ("{L}{zh_order}{zh_in}{circle}上", _in_order),
        ("{L}{zh_in}{circle}上[,，]?且?{zh_order}", _in_order),
        ("{circle}上{zh_order}[有是]?{L}(?:[三四五六]点)?", lambda circle, points: _in_order(points, circle)),
        ("[Cc]onvex (?:quadrilateral|pentagon|hexagon|polygon) ([A-Z]{4,6})(?![A-Za-z])", _in_order),
        ("(?<![A-Za-z])([A-Z]{4,6}) is (?:a )?convex(?: quadrilateral| pentagon| hexagon| polygon)?", _in_order),
        ("凸[四五六多]边形 ?([A-Z]{4,6})", _in_order),
        ("(?<![A-Za-z])([A-Z]{4,6})是凸[四五六多]边形", _in_order),
        ("{L}{are} on (?:the )?(minor|major) {arc}(?: of {circle})?", _on_arc),
        (
            "{L}(?:{zh_in}|[是为])(?:{circle}的?)?([劣优]){arc}上(?:的?(?:任意)?一点)?",
            lambda points, circle, how, ab: _on_arc(points, how, ab, circle),
        ),
        (
            "{arc}(?: of {circle})? is (?:the |a )?" + _SIZE + "(?: one| arc)?",
            lambda ab, circle, how: _arc_is(circle + ab, how),
        ),
        ("(?:{circle}的?)?{arc}[是为]([劣优])弧", lambda circle, ab, how: _arc_is(circle + ab, how)),
        ("[Ss]ector ([A-Z]{3}) is (?:the |a )?" + _SIZE + "(?: one| sector)?", _arc_is),
        ("扇形 ?([A-Z]{3})是较?([小大])的?(?:扇形|一个|那个)?", _arc_is),
    )
)
