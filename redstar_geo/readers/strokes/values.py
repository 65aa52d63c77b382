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
    """The points of a segment, or of an angle, and how far a value is from where it would stand best."""

    cost: float
    name: str


def places(
    label: Label, names: Mapping[str, Point], lines: Sequence[Line], marked: Sequence[Corner]
) -> Iterator[Place]:
    """What a value may belong to."""
    if label.text is None or not label.text.endswith("°"):
        for number, line in enumerate(lines):
            yield from _segments(label, line, [name for name in names if number in names[name].lines], names)
    if label.text is None or label.text.endswith(("°", "?")):
        for corner in marked:
            if corner.kind == "arcs":
                yield from _angle(label, corner, names[corner.name[1]])


def _segments(label: Label, line: Line, on: Sequence[str], names: Mapping[str, Point]) -> Iterator[Place]:
    x, y = label.centre
    along, aside = line.place(x, y)
    dx, dy = line.along
    half = (label.box[2] - label.box[0]) / 2 * abs(dy) + (label.box[3] - label.box[1]) / 2 * abs(dx)
    gap = abs(aside) - half
    if not -2 < gap < _BESIDE:
        return
    for one, other in combinations(on, 2):
        start, end = sorted(line.place(names[name].x, names[name].y)[0] for name in (one, other))
        off = abs((along - start) / (end - start) - 0.5)
        if off < _MIDDLE:
            between = sum(start < line.place(names[name].x, names[name].y)[0] < end for name in on)
            yield Place(max(0.0, gap) / LETTER + 2 * off + between, one + other)


def _angle(label: Label, corner: Corner, vertex: Point) -> Iterator[Place]:
    x, y = label.centre
    start, sweep = corner.turns
    turn = (math.atan2(y - vertex.y, x - vertex.x) - start) % (2 * math.pi)
    gap = label.gap(vertex.x, vertex.y) - corner.radius
    if 0.2 * sweep < turn < 0.8 * sweep and -4 < gap < _BEYOND:
        yield Place(max(0.0, gap) / LETTER + abs(turn / sweep - 0.5), corner.name)
