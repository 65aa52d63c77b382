"""What a diagram says, in words that can be read back: `lines AB, ADC; ∠ABC = 53°; AB = 12; AB ∥ CD`.

A statement has one spelling: a line from its smaller end, an angle by the next points on its arms, a group in the order
of its letters. So what a model has read is compared with what is there as sets. `spellings` reads other ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations
from typing import Literal, NamedTuple, get_args

from redstar_geo.geometry.figure import Figure, Mark
from redstar_geo.geometry.incidence import arm, lines, neighbours, on_circles, tangents
from redstar_geo.geometry.spellings import parts, value

Kind = Literal[
    "line", "on circle", "tangent", "angle", "length", "right angle", "equal lengths", "equal angles", "parallel"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
QUESTION = (
    "Read the diagram. Write what it shows, nothing else, in this form: lines AB, ADC; ⊙O: AB; AE touches ⊙O at A; "
    "∠ABC = 53°; AB = 12; ∠ADB = 90°; AB = CD; ∠ABC = ∠DEF; AB ∥ CD"
)
_SIGNS: dict[Kind, str] = {"equal lengths": " = ", "equal angles": " = ", "parallel": " ∥ "}  # said of two or more
_GROUPED: dict[str, Kind] = {"ticks": "equal lengths", "angle": "equal angles", "arrows": "parallel"}
_LINES = re.compile(r"lines ([A-Z]{2,}(?:, [A-Z]{2,})*)")
_ON_CIRCLE = re.compile(r"⊙([A-Z]): ([A-Z]+)")
_TANGENT = re.compile(r"([A-Z]{2}) touches ⊙([A-Z]) at ([A-Z])")
_GROUP = re.compile(r"(∠?)([A-Z]{2,3})((?: = \1[A-Z]{2,3})+|(?: ∥ [A-Z]{2})+)")
_VALUE = re.compile(r"(∠?)([A-Z]{2,3}) = ([^A-Z]+)")
_WORTH = re.compile(r"\?|(?!.*[a-z]{2})[0-9a-zπ√(-][0-9a-zπ√+./^()-]*")  # an expression, no words
_NAME = re.compile(r"[A-Z]+")


class Statement(NamedTuple):
    """A kind, the points it is about, by name, and what is written there: `("angle", ("ABC",), "53")`."""

    kind: Kind
    names: tuple[str, ...]
    value: str = ""


def shown(figure: Figure) -> set[Statement]:
    """All that the drawing of a figure says.

    Lines with the points on them, the points on circles, tangents, and every mark. The marks of one group (ticks, arcs
    or arrows of one number) are said of each two of it.
    """
    drawn = lines(figure)
    found = {Statement("line", (line,)) for line in drawn}
    found |= {Statement("on circle", (o, point)) for o, points in on_circles(figure).items() for point in points}
    found |= {Statement("tangent", (line[0] + line[-1], o, point)) for line, o, point in tangents(figure)}
    found |= {statement for mark in figure.marks for statement in _marked(drawn, mark)}
    return found | set(_together(figure, drawn))


def written(statements: Iterable[Statement]) -> str:
    """Statements as `read` reads them, in the order of `KINDS` and of their letters."""
    by_kind: dict[Kind, list[Statement]] = {}
    for statement in sorted(statements):
        by_kind.setdefault(statement.kind, []).append(statement)
    return "; ".join(part for kind in KINDS if kind in by_kind for part in _written(kind, by_kind[kind]))


def read(text: str) -> tuple[set[Statement], int]:
    """The statements of a text, in their one spelling, and how many of its parts are none.

    What is listed of the labels before them ("labels A B C 53°") says nothing yet.
    """
    found = [_read(part) for part in parts(text) if not part.startswith("labels ")]
    return set(chain.from_iterable(found)), sum(not each for each in found)


def compared(there: str, told: str) -> tuple[set[Statement], set[Statement], int]:
    """What is there and what was told, both by the lines that are there, and how many parts of the latter are none."""
    shown_there, (said, unreadable) = read(there)[0], read(told)
    drawn = [each.names[0] for each in shown_there if each.kind == "line"]
    return as_drawn(shown_there, drawn), as_drawn(said, drawn), unreadable


def as_drawn(statements: Iterable[Statement], drawn: Sequence[str]) -> set[Statement]:
    """The same statements about these lines, each in one form: there may be several names for an angle or a line.

    An angle has the next points on its arms, a parallel or tangent the ends of its line, and the right angles at a
    crossing are one.
    """
    return {_as_drawn(each, list(drawn)) for each in statements}


def _as_drawn(statement: Statement, drawn: list[str]) -> Statement:
    kind, names, _ = statement
    if kind in ("angle", "equal angles"):
        names = tuple(sorted(_by_arms(drawn, name) for name in names))
    elif kind == "right angle":
        names = (_any_right_angle(drawn, names[0]),)
    elif kind == "parallel":
        names = tuple(sorted(_whole(drawn, name) for name in names))
    elif kind == "tangent":
        names = (_whole(drawn, names[0]), *names[1:])
    return statement._replace(names=names)


def _by_arms(drawn: list[str], angle: str) -> str:
    return spelled(angle[1].join(arm(drawn, angle[1], end) for end in (angle[0], angle[2])))


def _any_right_angle(drawn: list[str], angle: str) -> str:
    """Of the angles between the same two lines, the one that is first by its letters."""
    ends = []
    for end in (angle[0], angle[2]):
        line = next((line for line in drawn if angle[1] in line and end in line), "")
        ends.append(min(neighbours([line], angle[1]), default=end))
    return spelled(angle[1].join(ends))


def _whole(drawn: list[str], name: str) -> str:
    line = next((line for line in drawn if set(name) <= set(line)), name)
    return spelled(line[0] + line[-1])


def _marked(drawn: list[str], mark: Mark) -> Iterator[Statement]:
    """What a mark says by itself."""
    name = (_named(drawn, mark),)
    if mark.kind == "length" or (mark.kind == "angle" and mark.text):
        yield Statement(mark.kind, name, value(mark.text))
    if mark.kind == "right":
        yield Statement("right angle", name)


def _together(figure: Figure, drawn: list[str]) -> Iterator[Statement]:
    """What marks of one kind and number, without a text, say together."""
    groups: dict[tuple[str, int], list[str]] = {}
    for mark in figure.marks:
        if mark.kind in _GROUPED and not mark.text:
            groups.setdefault((mark.kind, mark.count), []).append(_named(drawn, mark))
    return grouped(groups)


def grouped(groups: Mapping[tuple[str, int], Sequence[str]]) -> Iterator[Statement]:
    """What marks of one kind (`ticks`, `angle`, `arrows`) and number say together of segments or angles."""
    for (kind, _), names in groups.items():
        yield from _pairs(_GROUPED[kind], names)


def _pairs(kind: Kind, names: Iterable[str]) -> Iterator[Statement]:
    for pair in combinations(sorted(set(names)), 2):
        yield Statement(kind, pair)


def _named(drawn: list[str], mark: Mark) -> str:
    """The segment or angle at which a mark is; of arrows the whole line."""
    if mark.kind == "arrows":
        return _whole(drawn, mark.points)
    return _by_arms(drawn, mark.points) if len(mark.points) == 3 else spelled(mark.points)


def spelled(name: str) -> str:
    """A line, segment or angle from its smaller end."""
    return min(name, name[::-1])


def _written(kind: Kind, statements: Sequence[Statement]) -> Iterator[str]:
    if kind == "line":
        yield "lines " + ", ".join(line for (line,) in (each.names for each in statements))
    elif kind == "on circle":
        for circle in sorted({each.names[0] for each in statements}):
            yield f"⊙{circle}: " + "".join(each.names[1] for each in statements if each.names[0] == circle)
    elif kind == "tangent":
        yield from ("{} touches ⊙{} at {}".format(*each.names) for each in statements)
    elif kind in _SIGNS:
        yield from (_SIGNS[kind].join(_sign(name) + name for name in group) for group in _groups(statements))
    else:
        yield from (f"{_sign(each.names[0])}{each.names[0]} = {_worth(each)}" for each in statements)


def _worth(statement: Statement) -> str:
    """What is written beside a segment or in an angle, with its degrees."""
    if statement.kind != "angle":
        return statement.value or "90°"
    if not statement.value.replace(".", "").isalnum():
        return statement.value if statement.value == "?" else f"({statement.value})°"
    return f"{statement.value}°"


def _sign(name: str) -> str:
    return "∠" if len(name) == 3 else ""


def _groups(pairs: Sequence[Statement]) -> list[list[str]]:
    """What is equal or parallel to one another, from all pairs of it."""
    return sorted(sorted(group) for group in united(set(each.names) for each in pairs))


def united(sets: Iterable[set[str]]) -> list[set[str]]:
    """Sets that have something in common made one."""
    groups: list[set[str]] = []
    for each in sets:
        touched = [group for group in groups if group & each]
        groups = [group for group in groups if not group & each] + [each.union(*touched)]
    return groups


def _read(part: str) -> list[Statement]:
    if match := _LINES.fullmatch(part):
        return [Statement("line", (spelled(line),)) for line in match[1].split(", ")]
    if match := _ON_CIRCLE.fullmatch(part):
        return [Statement("on circle", (match[1], point)) for point in match[2]]
    if match := _TANGENT.fullmatch(part):
        return [Statement("tangent", (spelled(match[1]), match[2], match[3]))]
    if match := _GROUP.fullmatch(part):
        names = [spelled(name) for name in _NAME.findall(part)]
        kind: Kind = "parallel" if "∥" in part else "equal angles" if match[1] else "equal lengths"
        right_size = all(len(name) == (3 if kind == "equal angles" else 2) for name in names)
        return list(_pairs(kind, names)) if right_size else []
    match = _VALUE.fullmatch(part)
    if match is None or len(match[2]) != (3 if match[1] else 2):
        return []
    name, worth = (spelled(match[2]),), value(match[3])
    if not _WORTH.fullmatch(worth) or worth.count("(") != worth.count(")") or "()" in worth:
        return []
    if match[1] and worth == "90":
        return [Statement("right angle", name)]
    return [Statement("angle" if match[1] else "length", name, worth)]
