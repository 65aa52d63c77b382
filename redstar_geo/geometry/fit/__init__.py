"""Numeric figures for problems that come without coordinates: fitted to the givens, several independent ones each.

The outlines of the construction are drawn flat, every given becomes equations (`meaning`), many starts descend to where all
of them hold (`levenberg`) while soft bounds keep angles, sides and arcs from collapsing, and are then polished without the
bounds. What arrives is checked by the independent numeric truth of `figure.holds`, and for orientation and order.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from redstar_geo.geometry import cdl
from redstar_geo.geometry.figure import Circle, Figure, FigureError, holds
from redstar_geo.geometry.fit import construction as constructions
from redstar_geo.geometry.fit.construction import Construction
from redstar_geo.geometry.fit.layout import layouts
from redstar_geo.geometry.fit.levenberg import descend, polish
from redstar_geo.geometry.fit.meaning import UnsupportedError, equations
from redstar_geo.geometry.fit.system import Array, System

_BATCH = 12
_PRECISE = 1e-10


@dataclass(frozen=True)
class Fitted:
    """Realisations of one problem.

    Attributes:
        figures: independent ones, each true to every given; as different as the givens leave room for.
        reason: empty, or why there is none: `unsupported_statement`, `no_convergence` (no start came to satisfy all
            givens), `wrong_order` (only with points or outlines in another order), `not_held` or `degenerate`.
    """

    figures: tuple[Figure, ...]
    reason: str = ""


def fit(
    construction: Sequence[str], givens: Sequence[str], *, count: int = 3, seed: int = 0, seconds: float = 2.0
) -> Fitted:
    """Find coordinates for a FormalGeo problem.

    Args:
        construction: its `Shape`, `Collinear` and `Cocircular` statements.
        givens: its text and image statements.
        count: how many realisations are wanted.
        seconds: after this time no further starts are made.
    """
    try:
        shown = [cdl.parse(text) for text in construction if not text.startswith("Shape")]
        terms = [cdl.parse(text) for text in dict.fromkeys(givens)]
        drawn = constructions.read(construction, terms)
        parts = [part for term in [*shown, *terms] for part in equations(term, drawn.centres)]
        system = System(drawn.points, list(dict.fromkeys(parts)), list(_ranges(drawn)))
    except cdl.CDLError as error:
        return Fitted((), f"unsupported_statement: {error}")
    chance, deadline = np.random.default_rng(seed), time.monotonic() + seconds
    found: list[Figure] = []
    reasons = []
    while True:
        starts = _starts(system, drawn, chance)
        rows, _ = descend(system, starts, pull=0.3, rounds=40)
        rows, costs = descend(system, rows, pull=0.0, rounds=40)
        for row in rows[costs < 1e-9]:
            row, worst = polish(system, row)
            if worst > _PRECISE:
                continue
            figure = _figure(system, drawn, row)
            reason = _flaw(figure, drawn, givens)
            if reason:
                reasons.append(reason)
            else:
                found.append(figure)
        if len(found) >= count or time.monotonic() > deadline:
            break
    if not found:
        return Fitted((), max(set(reasons), key=reasons.count) if reasons else "no_convergence")
    return Fitted(tuple(found[:count]))


def _ranges(drawn: Construction) -> Iterator[tuple[cdl.Term, float, float]]:
    """Soft bounds while a layout takes shape: corners well open, sides not short, arcs in order; lengths in mean sides."""
    for corner in drawn.corners:
        yield cdl.parse(f"MeasureOfAngle({corner})"), 10.0, 170.0
    for segment in drawn.segments:
        yield cdl.parse(f"LengthOfLine({segment})"), 0.15, math.inf
    for circle, on in drawn.circles.items():
        if len(on) > 1:
            for a, b in itertools.pairwise(on + on[0]):
                yield cdl.parse(f"Arc({drawn.centres[circle]}{a}{b})"), 10.0, 350.0


def _starts(system: System, drawn: Construction, chance: np.random.Generator) -> Array:
    points = layouts(drawn, _BATCH, chance)
    place = {name: i for i, name in enumerate(drawn.points)}
    x = np.zeros((_BATCH, system.unknowns))
    radii = np.ones((_BATCH, len(system.radii)))
    for k, circle in enumerate(system.radii):
        on = [place[name] for name in drawn.circles[circle]]
        if on:
            radii[:, k] = np.linalg.norm(points[:, on] - points[:, [place[drawn.centres[circle]]]], axis=2).mean(axis=1)
    x[:, : 2 * len(place)] = points.reshape(_BATCH, -1)
    x[:, 2 * len(place) : 2 * len(place) + len(radii.T)] = radii
    length = _unit(system, x)
    x *= length
    x[:, x.shape[1] - len(system.symbols) :] = chance.uniform(5, 15, (_BATCH, len(system.symbols)))
    system.normalise(x, length)
    system.low = np.where([system.keys[i][0] == "LengthOfLine" for i in system.bounded], 0.15 * length, system.low)
    return x


def _unit(system: System, x: Array) -> float:
    """The length of a mean side: what the given lengths make it, on median; 10 when there are none."""
    values = system.quantities(x)[0]
    sizes = []
    for row, term in zip(system.matrix, system.constant, strict=True):
        used = np.flatnonzero(row)
        if term and len(used) and all(system.keys[i][0] in ("LengthOfLine", "RadiusOfCircle") for i in used):
            size = abs(term) / max(1e-9, float(np.abs(values[:, used] @ row[used]).mean()))
            sizes.append(size)
    return float(np.median(sizes)) if sizes else 10.0


def _figure(system: System, drawn: Construction, row: Array) -> Figure:
    coordinates = row[: 2 * len(drawn.points)].reshape(-1, 2)
    coordinates = coordinates - coordinates.mean(axis=0)
    points = {name: (float(x), float(y)) for name, (x, y) in zip(drawn.points, coordinates, strict=True)}
    numbers = row[2 * len(drawn.points) :]
    radii = dict(zip(system.radii, map(float, numbers), strict=False))
    symbols = dict(zip(system.symbols, map(float, numbers[len(radii) :]), strict=True))
    circles = {name: Circle(drawn.centres[name], radii[name]) for name in drawn.circles if name in radii}
    return Figure(points, drawn.segments, circles, symbols=symbols)


def _flaw(figure: Figure, drawn: Construction, givens: Sequence[str]) -> str:
    """Why a figure is none of this problem: empty when all is well."""
    size = max(math.dist(p, q) for p, q in itertools.combinations([*figure.points.values(), (0.0, 0.0)], 2))
    if any(math.dist(*(figure.points[name] for name in pair)) < 1e-3 * size for pair in drawn.segments):
        return "degenerate"
    if not all(holds(figure, f"Collinear({line})") for line in drawn.lines):
        return "wrong_order"
    for outline in drawn.outlines:
        if len(outline) > 2 and not any(side.circle for side in outline):
            corners = [complex(*figure.points[side.start]) for side in outline]
            if sum((p.conjugate() * q).imag for p, q in zip(corners, corners[1:] + corners[:1], strict=True)) <= 0:
                return "wrong_order"
    for given in givens:
        try:
            if not holds(figure, given):
                return f"not_held: {given}"
        except FigureError as error:
            return f"unsupported_statement: {error}"
    return ""
