"""From a construction and its givens to figures."""

from __future__ import annotations

import itertools
import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from redstar_geo.geometry import cdl
from redstar_geo.geometry.figure import Circle, Figure, FigureError
from redstar_geo.geometry.fit import construction as constructions
from redstar_geo.geometry.fit.check import flaw, is_reflex
from redstar_geo.geometry.fit.construction import Construction
from redstar_geo.geometry.fit.expression import Array
from redstar_geo.geometry.fit.layout import fresh, perturbed
from redstar_geo.geometry.fit.levenberg import descend, polish
from redstar_geo.geometry.fit.meaning import equations
from redstar_geo.geometry.fit.system import SHORTEST, Starts, System

_BATCHES = 2  # per way of taking orientation, of `layout.BATCH` starts each
_MOST_BATCHES = 8  # until there is a figure, where it is said how triples of points turn
_MAX_POINTS, _MAX_EQUATIONS = 60, 600
_NEAR, _PRECISE = 1e-9, 1e-10  # sum of squared residuals worth a polish; largest residual after it


@dataclass(frozen=True)
class Fitted:
    """Realisations of one problem.

    Attributes:
        figures: independent ones, each true to every given; as different as the givens leave room for.
        reason: empty, or why there is none, with the statement after a colon where one is to blame:
            `unsupported_statement`, `no_convergence` (no start came to satisfy all givens at once, mostly because they
            contradict each other), `wrong_order` (only with points in another order), `degenerate` (only with points or
            sides that coincide) or `not_held`.
        departures: how the figures differ from FormalGeo's conventions, where none keeps them all: `direction` (an
            angle or a pair of parallels is written the wrong way round), `orientation` (an outline is), `reflex_angle`
            (a given angle is over 180°, and figures measure angles up to 180°).
    """

    figures: tuple[Figure, ...]
    reason: str = ""
    departures: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Way:
    """How orientation is taken: as FormalGeo defines it first, since it tells apart solutions that lengths do not.

    Attributes:
        convex: outlines of up to so many sides are kept convex while the layout takes shape.
        directed: angles, parallels and areas are counter-clockwise as written.
        outlines: outlines must be.
    """

    convex: int
    directed: bool
    outlines: bool
    departures: tuple[str, ...] = ()


_WAYS = (
    _Way(99, True, True),
    _Way(3, True, True),
    _Way(99, False, True, ("direction",)),
    _Way(3, False, True, ("direction",)),
    _Way(99, True, False, ("orientation",)),
    _Way(0, False, False, ("direction", "orientation")),
)
_NEAR_START = (_Way(0, False, True),)
_UNORIENTED = (_Way(0, False, False),)


def fit(
    construction: Sequence[str],
    givens: Sequence[str],
    *,
    count: int = 3,
    seed: int = 0,
    start: Figure | None = None,
    oriented: bool = True,
    seconds: float = 1.0,
) -> Fitted:
    """Find coordinates for a problem from its statements.

    Args:
        construction: its `Shape`, `Collinear` and `Cocircular` statements.
        givens: its text and image statements.
        count: how many realisations are wanted.
        start: a figure of the problem. Realisations are then found near it, and statements may be in any orientation;
            `shown(start)` is a construction for it.
        oriented: outlines are counter-clockwise and angles named so, as FormalGeo has them; else no name says anything
            about directions, and figures may be mirrored.
        seconds: after this time no further starts are made.
    """
    try:
        statements = [cdl.parse(text) for text in construction if not text.startswith("Shape")]
        terms = [cdl.parse(text) for text in dict.fromkeys(givens)]
        drawn = constructions.read(construction, terms) if start is None else constructions.of(start, statements)
        parts = list(dict.fromkeys(part for term in [*statements, *terms] for part in equations(term, drawn.centres)))
        if not 0 < len(drawn.points) <= _MAX_POINTS or len(parts) > _MAX_EQUATIONS:
            raise cdl.CDLError(f"{len(drawn.points)} points and {len(parts)} equations are none or too many.")
        ways = (_WAYS if oriented else _UNORIENTED) if start is None else _NEAR_START
        systems = [System(drawn.points, parts, list(_ranges(drawn, way)), way.directed) for way in ways]
    except (cdl.CDLError, FigureError) as error:
        return Fitted((), f"unsupported_statement: {error}")
    deadline = time.process_time() + seconds
    search = _Search(drawn, givens, start, np.random.default_rng(seed), count, deadline, not oriented)
    for way, system in zip(ways, systems, strict=True):
        figures = search.realisations(way, system)
        if figures:
            reflex = way.directed and any(is_reflex(figures[0], term) for term in terms)
            return Fitted(figures, departures=way.departures + (("reflex_angle",) if reflex else ()))
        if search.is_over():
            break
    return Fitted((), search.reasons.most_common(1)[0][0] if search.reasons else "no_convergence")


@dataclass
class _Search:
    """What all ways of one problem share; `reasons` counts why arrivals were turned down."""

    drawn: Construction
    givens: Sequence[str]
    start: Figure | None
    chance: np.random.Generator
    count: int
    deadline: float
    scattered: bool
    reasons: Counter[str] = field(default_factory=Counter)

    def is_over(self) -> bool:
        return time.process_time() > self.deadline

    def realisations(self, way: _Way, system: System) -> tuple[Figure, ...]:
        """Up to `count` figures that pass all checks."""
        arrived: list[Array] = []
        figures: list[Figure] = []
        for batch in range(_MOST_BATCHES if self.drawn.alike else _BATCHES):
            arrived += _arrivals(system, self._starts(system))
            figures = list(itertools.islice(self._sound(arrived, way, system), self.count))
            if len(figures) == self.count or self.is_over() or (figures and batch + 1 >= _BATCHES):
                break
        return tuple(figures)

    def _starts(self, system: System) -> Starts:
        if self.start is None:
            return fresh(self.drawn, system, self.chance, self.scattered)
        return perturbed(self.start, system, self.chance)

    def _sound(self, rows: Sequence[Array], way: _Way, system: System) -> Iterator[Figure]:
        for row in _most_different(rows, system):
            figure = _figure(system, self.drawn, row)
            reason = flaw(figure, self.drawn, self.givens, way.outlines)
            if reason:
                self.reasons[reason] += 1
            else:
                yield figure


def _ranges(drawn: Construction, way: _Way) -> Iterator[tuple[cdl.Term, float, float]]:
    """Soft bounds while a layout takes shape: corners well open, sides and radii not short, arcs in order."""
    for corner, sides in drawn.corners.items():
        if sides <= way.convex:
            yield cdl.parse(f"Corner({corner})"), 10.0, 170.0
    for segment in drawn.segments:
        yield cdl.parse(f"LengthOfLine({segment})"), SHORTEST, math.inf
    if not way.directed:  # else outlines say how they turn
        for triple in drawn.alike[0] if drawn.alike else ():
            yield cdl.parse(f"Corner({triple})"), 10.0, 170.0
    for circle, on in drawn.circles.items():
        yield cdl.parse(f"RadiusOfCircle({circle})"), SHORTEST, math.inf
        if len(on) > 1 and drawn.outlines:
            for a, b in itertools.pairwise(on + on[0]):
                yield cdl.parse(f"Arc({drawn.centres[circle]}{a}{b})"), 10.0, 350.0


def _arrivals(system: System, starts: Starts) -> list[Array]:
    with np.errstate(all="ignore"):  # a row that leaves the numbers' range has no finite cost, and so does not arrive
        system.normalise(starts)
        rows, _ = descend(system, starts.rows, pull=0.3, rounds=40)
        rows, costs = descend(system, rows, pull=0.0, rounds=40)
        polished = [polish(system, row) for row in rows[costs < _NEAR]]
    return [row for row, worst in polished if worst < _PRECISE]


def _most_different(rows: Sequence[Array], system: System) -> Iterator[Array]:
    """All rows: one, then each time the one whose distances and symbols are farthest from all that came before."""
    if not rows:
        return
    table = np.array(rows)
    points = np.ascontiguousarray(table[:, : 2 * len(system.points)]).view(complex)
    distances = np.log(np.abs(points[:, :, None] - points[:, None]).reshape(len(rows), -1) + 1e-6)
    signatures = np.concatenate([distances, table[:, 2 * len(system.points) :]], axis=1)
    nearest = np.full(len(rows), np.inf)
    chosen = 0
    for _ in rows:
        yield rows[chosen]
        nearest = np.minimum(nearest, np.abs(signatures - signatures[chosen]).max(axis=1))
        nearest[chosen] = -1
        chosen = int(nearest.argmax())


def _figure(system: System, drawn: Construction, row: Array) -> Figure:
    coordinates = row[: 2 * len(drawn.points)].reshape(-1, 2)
    points = {name: (float(x), float(y)) for name, (x, y) in zip(drawn.points, coordinates, strict=True)}
    numbers = row[2 * len(drawn.points) :]
    radii = dict(zip(system.radii, map(float, numbers), strict=False))
    symbols = dict(zip(system.symbols, map(float, numbers[len(radii) :]), strict=True))
    circles = {name: Circle(drawn.centres[name], radii[name]) for name in drawn.circles}
    return Figure(points, drawn.segments, circles, symbols=symbols)
