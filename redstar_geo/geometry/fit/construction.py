"""What a FormalGeo problem's construction says: closed outlines, points in order on a line, points on circles."""

from __future__ import annotations

import cmath
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from redstar_geo.geometry import cdl
from redstar_geo.geometry.figure import Figure, holds

_STATEMENT = re.compile(r"(Shape|Collinear|Cocircular)\(([A-Z,.，]+)\)")


GAP = "gap"


@dataclass(frozen=True)
class Side:
    """One side of an outline from point to point.

    Attributes:
        circle: the circle of an arc; empty for a segment, `GAP` for what closes an outline that the data leaves open.
        clockwise: whether an arc is walked clockwise about its centre.
    """

    start: str
    end: str
    circle: str = ""
    clockwise: bool = False

    @property
    def back(self) -> Side:
        return Side(self.end, self.start, self.circle, self.circle not in ("", GAP) and not self.clockwise)


@dataclass(frozen=True)
class Construction:
    """What the figure shows before any given.

    Attributes:
        points: every point, circles' unnamed centres included, in order of appearance.
        outlines: closed faces, counter-clockwise, side by side.
        corners: angles of the outlines, `ABC` with B the vertex and the inside to the left, and how many sides the
            smallest outline with it has.
        segments: straight sides, each once.
        lines: points in their order on a line.
        circles: points in counter-clockwise order by the name of their circle.
        centres: the name of every circle's centre point; lower case for one that is no point of the problem.
        alike: triples of points that turn the same way, as of `SameOrientation`; most of them first.
    """

    points: tuple[str, ...]
    outlines: tuple[tuple[Side, ...], ...]
    corners: dict[str, int]
    segments: tuple[str, ...]
    lines: tuple[str, ...]
    circles: dict[str, str]
    centres: dict[str, str]
    alike: tuple[tuple[str, ...], ...] = ()


def read(construction: Sequence[str], givens: Iterable[cdl.Term]) -> Construction:
    """Read construction statements; the givens say which points are centres, and which other points there are.

    Raises:
        CDLError: a construction statement that is not one of FormalGeo's.
    """
    outlines: list[tuple[Side, ...]] = []
    corners: dict[str, int] = {}
    lines: list[str] = []
    circles: dict[str, str] = {}
    loose = ""
    for statement in construction:
        match = _STATEMENT.fullmatch(statement.replace(",)", ")"))
        if match is None:
            raise cdl.CDLError(f"{statement!r} is no Shape, Collinear or Cocircular of capital letters.")
        groups = re.split(r"[,.，]", match[2])
        if match[1] == "Shape":
            sides = list(_sides(groups))
            loose += "".join(group for group in groups if len(group) == 1)
            for corner in _corners(sides):
                corners[corner] = min(len(sides), corners.get(corner, len(sides)))
            if len(sides) > 1 and sides[0].start != sides[-1].end:
                sides.append(Side(sides[-1].end, sides[0].start, GAP))
            outlines += [tuple(sides)] if sides else []
        elif match[1] == "Collinear":
            lines.append(groups[0])
        else:
            circles[groups[0]] = "".join(dict.fromkeys(circles.get(groups[0], "") + "".join(groups[1:])))
    runs = [*lines, *(side.start + side.end for outline in outlines for side in outline)]
    if twice := next((run for run in runs if len(set(run)) < len(run)), None):
        raise cdl.CDLError(f"{twice} names a point twice.")
    named = dict.fromkeys(point for outline in outlines for side in outline for point in (side.start, side.end))
    named |= dict.fromkeys(loose + "".join(lines) + "".join(circles.values()))
    centres = {name: name.lower() for name in circles}
    alike = []
    for term in givens:
        if term.head == "SameOrientation":
            alike.append(term.points)
        if term.head == "IsCentreOfCircle" and len(term.args) == 2 and term.points[1] in circles:
            centres[term.points[1]] = term.points[0]
    if own := next((name for name, on in circles.items() if centres[name] in on), None):
        raise cdl.CDLError(f"Circle {own} has its centre among its points.")
    named |= dict.fromkeys(centres.values())
    straight = frozenset(_in_order(lines))
    open_corners = {corner: sides for corner, sides in corners.items() if corner not in straight}
    pairs = (side.start + side.end for outline in outlines for side in outline if not side.circle)
    segments = tuple(dict.fromkeys("".join(sorted(pair)) for pair in pairs))
    shapes = tuple(named), tuple(outlines), open_corners, segments, tuple(lines)
    return Construction(*shapes, circles, centres, tuple(_merged(alike)))


def _merged(groups: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    """Groups of triples that turn the same way, made one where they share a triple, the largest first."""
    merged: list[dict[str, bool]] = []  # triple in the order of its letters → whether it turns like the group
    for group in groups:
        own = {"".join(sorted(triple)): _is_even(triple) for triple in group}
        for other in [each for each in merged if not each.keys().isdisjoint(own)]:
            shared = next(name for name in own if name in other)
            own = {name: even == (own[shared] == other[shared]) for name, even in other.items()} | own
            merged.remove(other)
        merged.append(own)
    merged.sort(key=len, reverse=True)
    return [tuple(name if even else name[::-1] for name, even in own.items()) for own in merged]


def _is_even(triple: str) -> bool:
    return sum(a > b for a, b in itertools.combinations(triple, 2)) % 2 == 0


def of(figure: Figure, statements: Iterable[cdl.Term]) -> Construction:
    """What a known figure shows: points, segments, circles, how corners turn, and the statements, as of `shown`."""
    lines, circles = [], dict.fromkeys(figure.circles, "")
    for term in statements:
        if term.head == "Collinear":
            lines.append(term.points[0])
        elif term.points[0] in circles:
            circles[term.points[0]] += "".join(term.points[1:])
    centres = {name: circle.centre for name, circle in figure.circles.items()}
    outlines = tuple(_corner_outlines(figure))
    return Construction(tuple(figure.points), outlines, {}, figure.segments, tuple(lines), circles, centres)


def _corner_outlines(figure: Figure) -> Iterator[tuple[Side, ...]]:
    """Every two segments that meet in an angle as an open outline, counter-clockwise."""
    for first, second in itertools.combinations(figure.segments, 2):
        common = set(first) & set(second)
        if len(common) == 1:
            vertex = common.pop()
            ends = [first.replace(vertex, ""), second.replace(vertex, "")]
            a, b, c = (complex(*figure.at(point)) for point in (ends[0], vertex, ends[1]))
            area = ((b - a).conjugate() * (c - b)).imag
            if abs(area) > 1e-6 * abs(b - a) * abs(c - b):
                before, after = ends if area > 0 else ends[::-1]
                yield Side(before, vertex), Side(vertex, after), Side(after, before, GAP)


def _sides(groups: Sequence[str]) -> Iterator[Side]:
    """Sides joined head to tail: an arc, always written counter-clockwise, may be walked the other way."""
    written = [Side(g[-2], g[-1], g[0] if len(g) == 3 else "") for g in groups if len(g) in (2, 3)]
    for i, side in enumerate(written):
        before, after = written[i - 1], written[(i + 1) % len(written)]
        if side.circle and len(written) > 1:
            ends = {before.start, before.end}, {after.start, after.end}
            fits = (side.start in ends[0]) + (side.end in ends[1])
            turned = (side.end in ends[0]) + (side.start in ends[1])
            straight = before if not before.circle else after
            if len(written) == 2 and not straight.circle:
                yield side if side.end == straight.start else side.back
                continue
            yield side.back if turned > fits else side
        else:
            yield side


def _corners(sides: Sequence[Side]) -> Iterator[str]:
    for before, after in zip(sides, [*sides[1:], *sides[:1]], strict=True):
        if not before.circle and not after.circle and before.end == after.start and before.start != after.end:
            yield before.start + before.end + after.end


def _in_order(lines: Iterable[str]) -> Iterator[str]:
    """Every triple that lies in order on a line, both ways."""
    for line in lines:
        for j in range(1, len(line) - 1):
            for before in line[:j]:
                for after in line[j + 1 :]:
                    yield before + line[j] + after
                    yield after + line[j] + before


def shown(figure: Figure) -> tuple[str, ...]:
    """The `Collinear` and `Cocircular` statements a figure shows: points along drawn lines and on circles, in order."""
    lines: list[set[str]] = []
    for a, b in map(tuple, (*figure.segments, *figure.dashed)):
        line = {p for p in figure.points if p in (a, b) or holds(figure, f"Collinear({a}{p}{b})")}
        for other in [other for other in lines if _continue(figure, line, other)]:
            line |= other
            lines.remove(other)
        lines.append(line)
    statements = [f"Collinear({''.join(_along(figure, line))})" for line in lines if len(line) > 2]
    for name, circle in figure.circles.items():
        on = [p for p in figure.points if p != circle.centre and holds(figure, f"Cocircular({name},{p})")]
        statements += [f"Cocircular({name},{''.join(_around(figure, circle.centre, on))})"] if on else []
    return tuple(statements)


def _around(figure: Figure, centre: str, on: list[str]) -> list[str]:
    o = complex(*figure.at(centre))
    return sorted(on, key=lambda point: cmath.phase(complex(*figure.at(point)) - o))


def _along(figure: Figure, line: set[str]) -> list[str]:
    """Points of a line from one end to the other."""
    somewhere = figure.at(min(line))
    end = figure.at(max(line, key=lambda point: math.dist(figure.at(point), somewhere)))
    return sorted(line, key=lambda point: math.dist(figure.at(point), end))


def _continue(figure: Figure, line: set[str], other: set[str]) -> bool:
    """Whether two pieces of line that share a point lie on one line."""
    ends = _along(figure, line | other)
    inner = ends[1:-1]
    return not line.isdisjoint(other) and all(holds(figure, f"Collinear({ends[0]}{p}{ends[-1]})") for p in inner)
