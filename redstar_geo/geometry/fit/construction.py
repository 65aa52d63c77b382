"""What a FormalGeo problem's construction says: closed outlines, points in order on a line, points on circles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from redstar_geo.geometry import cdl

_STATEMENT = re.compile(r"(Shape|Collinear|Cocircular)\(([A-Z,.，]+)\)")


@dataclass(frozen=True)
class Side:
    """One side of an outline from point to point; `circle` names the circle of an arc and is empty for a segment."""

    start: str
    end: str
    circle: str = ""

    @property
    def back(self) -> Side:
        return Side(self.end, self.start, self.circle)


@dataclass(frozen=True)
class Construction:
    """What the figure shows before any given.

    Attributes:
        points: every point, circles' unnamed centres included, in order of appearance.
        outlines: closed faces, counter-clockwise, side by side.
        corners: angles that the outlines have, `ABC` with B the vertex and the inside to the left.
        lines: points in their order on a line.
        circles: points in counter-clockwise order by the name of their circle.
        centres: the name of every circle's centre point; lower case for one that is no point of the problem.
    """

    points: tuple[str, ...]
    outlines: tuple[tuple[Side, ...], ...]
    corners: tuple[str, ...]
    lines: tuple[str, ...]
    circles: dict[str, str]
    centres: dict[str, str]

    @property
    def segments(self) -> tuple[str, ...]:
        """Every straight side once."""
        pairs = (side.start + side.end for outline in self.outlines for side in outline if not side.circle)
        return tuple(dict.fromkeys("".join(sorted(pair)) for pair in pairs))


def read(construction: Sequence[str], givens: Iterable[cdl.Term]) -> Construction:
    """Read construction statements; the givens say which points are centres, and which other points there are.

    Raises:
        CDLError: a construction statement that is not one of FormalGeo's.
    """
    outlines, corners, lines, circles = [], [], [], {}
    for statement in construction:
        match = _STATEMENT.fullmatch(statement.replace(",)", ")"))
        if match is None:
            raise cdl.CDLError(f"{statement!r} is no Shape, Collinear or Cocircular of capital letters.")
        groups = re.split(r"[,.，]", match[2])
        if match[1] == "Shape":
            sides = list(_sides(groups))
            corners += _corners(sides)
            if len(sides) > 1 and sides[0].start != sides[-1].end:
                sides.append(Side(sides[-1].end, sides[0].start, "gap"))
            outlines.append(tuple(sides))
        elif match[1] == "Collinear":
            lines.append(groups[0])
        else:
            circles[groups[0]] = "".join(dict.fromkeys(circles.get(groups[0], "") + "".join(groups[1:])))
    named = dict.fromkeys(point for outline in outlines for side in outline for point in (side.start, side.end))
    named |= dict.fromkeys("".join(lines) + "".join(circles.values()))
    centres = {name: name.lower() for name in circles}
    for term in givens:
        if term.head == "IsCentreOfCircle" and len(term.args) == 2:
            centres[term.points[1]] = term.points[0]
    named |= dict.fromkeys(centres.values())
    straight = frozenset(_in_order(lines))
    open_corners = tuple(dict.fromkeys(corner for corner in corners if corner not in straight))
    return Construction(tuple(named), tuple(filter(None, outlines)), open_corners, tuple(lines), circles, centres)


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
    for before, after in zip(sides, [*sides[1:], sides[0]], strict=True):
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
