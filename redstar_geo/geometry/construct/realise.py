"""From a sketch to a figure: letters, rotation, reflection, marks; what could not be read well is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from random import Random
from typing import Literal

from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct.numbers import from_segment
from redstar_geo.geometry.construct.sketch import Sketch, Unsuitable, passes_a_point, signs
from redstar_geo.geometry.figure import Circle, Figure, Mark, Point, angle_at, rename
from redstar_geo.geometry.proof import Proof

_NAMES = "ABCDEFGHKLMNPQRSTUVWXYZ"
_UPRIGHT, _LEANING = 0.5, 0.8  # half of the figures stand upright, a third lean a little, the rest lie anyhow


def realised(
    sketch: Sketch, proof: Proof, rng: Random, letters: Mapping[int, str] | None = None
) -> tuple[Figure, Mapping[int, str]]:
    """The sketch under its final letters and in its final position, with all its marks, and the renaming of points.

    Args:
        letters: the renaming, where it is not drawn by chance.

    Raises:
        Unsuitable: the figure cannot be read well.
    """
    statements = [conclusion for step in proof.steps for conclusion in step.conclusions]
    counter_clockwise = any(
        "OfArc(" in statement or "OfSector(" in statement for statement in (*proof.givens, *statements)
    )
    points = sketch.points if sketch.upright else _turned(sketch.points, rng, mirror=not counter_clockwise)
    marks = [mark for group in signs(sketch) for mark in group]
    goal_mark = _goal_mark(proof.goal) if sketch.ask_in_picture and rng.random() < 0.5 else ()
    marks += [mark for mark in goal_mark if not passes_a_point(mark, sketch.deduction.collinear)]
    table = letters or _letters("".join(sketch.points), rng)
    figure = Figure(
        {rename(name, table): place for name, place in points.items()},
        tuple(rename(sketch.segments, table).split()),
        {rename(o, table): Circle(rename(o, table), float(radius)) for o, radius in sketch.circles.items()},
        tuple(replace(mark, points=rename(mark.points, table)) for mark in dict.fromkeys(marks)),
        tuple(rename(sketch.dashed, table).split()),
        symbols={name: float(value) for name, value in sketch.symbols.items()},
    )
    if reason := degenerate(figure):
        raise Unsuitable(reason)
    return figure, table


def _goal_mark(goal: str) -> tuple[Mark, ...]:
    """A question mark at what is asked."""
    term = cdl.parse(goal)
    kinds: dict[str, Literal["angle", "length"]] = {"MeasureOfAngle": "angle", "LengthOfLine": "length"}
    return (Mark(kinds[term.head], term.points[0], "?"),) if term.head in kinds else ()


def renamed(proof: Proof, table: Mapping[int, str]) -> Proof:
    """The proof with the figure's letters."""
    return Proof.from_json(rename(proof.to_json(), table))


def _turned(points: Mapping[str, Point], rng: Random, *, mirror: bool) -> dict[str, Point]:
    """The points rotated, and reflected where `mirror` allows, by chance."""
    share = rng.random()
    widest = 0 if share < _UPRIGHT else 25 if share < _LEANING else 180
    turn = rng.uniform(-widest, widest)
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    flip = -1 if rng.random() < 0.5 and mirror else 1
    return {name: (c * flip * x - s * y, s * flip * x + c * y) for name, (x, y) in points.items()}


def _letters(names: str, rng: Random) -> dict[int, str]:
    """A renaming of the points; centre O mostly keeps its name."""
    free = [name for name in names if name != "O"]
    style = rng.random()
    if style < 0.4:
        chosen = free
    elif style < 0.6:
        chosen = rng.sample(free, len(free))
    elif style < 0.8:
        start = rng.randrange(len(_NAMES) - len(free) + 1)
        chosen = list(_NAMES[start : start + len(free)])
    else:
        chosen = rng.sample(_NAMES, len(free))
    table = dict(zip(free, chosen, strict=True))
    if "O" in names:
        table["O"] = "O"
    return {ord(old): new for old, new in table.items()}


def degenerate(figure: Figure) -> str | None:
    """Why a figure cannot be read well: points too close, a point almost on a line, an angle too small; else None."""
    points = figure.points
    widths = [_width(figure, math.pi * k / 12) for k in range(12)]
    extent = max(widths)
    if min(widths) < 0.22 * extent:
        return "too flat"
    for p, q in combinations(points.values(), 2):
        if math.dist(p, q) < 0.1 * extent:
            return "points too close"
    for ab in figure.segments + figure.dashed:
        a, b = points[ab[0]], points[ab[1]]
        distances = (from_segment(p, a, b) for name, p in points.items() if name not in ab)
        if any(1e-6 * math.dist(a, b) <= distance < 0.05 * extent for distance in distances):
            return "point almost on a line"
    for mark in figure.marks:
        if mark.kind == "angle" and not 14 < angle_at(*(points[p] for p in mark.points)) < 166:
            return "angle too small or flat"
    return None


def _width(figure: Figure, turn: float) -> float:
    """The extent of the figure in one direction."""
    c, s = math.cos(turn), math.sin(turn)
    along = [c * x + s * y for x, y in figure.points.values()]
    for circle in figure.circles.values():
        x, y = figure.points[circle.centre]
        along += [c * x + s * y - circle.radius, c * x + s * y + circle.radius]
    return max(along) - min(along)
