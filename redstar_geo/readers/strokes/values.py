"""Which angle or segment a value stands at."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from redstar_geo.readers.strokes.ink import LETTER
from redstar_geo.readers.strokes.labels import Label
from redstar_geo.readers.strokes.lines import Line
from redstar_geo.readers.strokes.marks import Corner
from redstar_geo.readers.strokes.points import Point

_BESIDE = 0.9 * LETTER  # from a segment to its value
_BEYOND = 5 * LETTER  # from an arc to its value
_MIDDLE = 0.28  # share of a segment around its middle where its value stands


class Place(NamedTuple):
    """The points of an angle, or of a segment of a line, and how far a value is from where it would stand best."""

    cost: float
    name: str
    line: int | None


def places(
    label: Label, names: Mapping[str, Point], lines: Sequence[Line], marked: Sequence[Corner]
) -> Iterator[Place]:
    """What a value may belong to."""
    if label.text is None or not label.text.endswith("°"):
        for number, line in enumerate(lines):
            yield from _segments(label, number, line, {n: p for n, p in names.items() if number in p.lines})
    if label.text is None or label.text.endswith(("°", "?")):
        for corner in marked:
            if corner.kind == "arcs":
                yield from _angle(label, corner, names[corner.name[1]])


def _segments(label: Label, number: int, line: Line, on: Mapping[str, Point]) -> Iterator[Place]:
    along, aside = line.place(*label.centre)
    dx, dy = line.along
    half = (label.box[2] - label.box[0]) / 2 * abs(dy) + (label.box[3] - label.box[1]) / 2 * abs(dx)
    gap = abs(aside) - half
    if not -2 < gap < _BESIDE:
        return
    at = {name: line.place(point.x, point.y)[0] for name, point in on.items()}
    for one, other in combinations(sorted(at, key=lambda name: at[name]), 2):
        off = abs((along - at[one]) / (at[other] - at[one]) - 0.5)
        if off < _MIDDLE:
            between = sum(at[one] < place < at[other] for place in at.values())
            yield Place(max(0.0, gap) / LETTER + 2 * off + between, one + other, number)


def _angle(label: Label, corner: Corner, vertex: Point) -> Iterator[Place]:
    x, y = label.centre
    start, sweep = corner.turns
    turn = (math.atan2(y - vertex.y, x - vertex.x) - start) % (2 * math.pi)
    gap = label.gap(vertex.x, vertex.y) - corner.radius
    if 0.2 * sweep < turn < 0.8 * sweep and -4 < gap < _BEYOND:
        yield Place(max(0.0, gap) / LETTER + abs(turn / sweep - 0.5), corner.name, None)
