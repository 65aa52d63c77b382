"""Starting layouts: the outlines drawn flat, each the right way round, as Tutte draws a planar graph.

The outer boundary goes round a circle and every inner point to the weighted mean of its neighbours. Random weights,
spacing and stretching make every start different.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from redstar_geo.geometry.figure import Figure
from redstar_geo.geometry.fit.construction import Construction, Side
from redstar_geo.geometry.fit.expression import Array
from redstar_geo.geometry.fit.system import Starts, System

BATCH = 12
_THROWS = 200  # of single points, so that triples turn as they should


def fresh(construction: Construction, system: System, chance: np.random.Generator, scattered: bool = False) -> Starts:
    """Starts from the construction alone, in the size that the given lengths make likely.

    Args:
        scattered: of every second start the points lie anywhere, so that each side of a line is as likely as the other.
    """
    points = np.stack([_drawn(construction, chance) for _ in range(BATCH)])
    if scattered:
        points[1::2] = chance.normal(size=points[1::2].shape)
        points = _placed(construction, points, chance)
    place = {name: i for i, name in enumerate(construction.points)}
    radii = np.ones((BATCH, len(system.radii)))
    for k, circle in enumerate(system.radii):
        on = [place[name] for name in construction.circles[circle]]
        if on:
            centre = points[:, [place[construction.centres[circle]]]]
            radii[:, k] = np.linalg.norm(points[:, on] - centre, axis=2).mean(axis=1)
    symbols = chance.uniform(5, 15, (BATCH, len(system.symbols)))
    shapes = np.concatenate([points.reshape(BATCH, -1), radii], axis=1)
    known = _side(system, np.concatenate([shapes, symbols], axis=1))
    side = known or 10.0
    sizes = side if known else side * np.exp(chance.normal(0, 0.3, (BATCH, 1)))
    return Starts(np.concatenate([shapes * sizes, symbols], axis=1), side)


def _placed(construction: Construction, points: Array, chance: np.random.Generator) -> Array:
    """The same layouts (layouts, points, 2), with single points thrown anew while fewer triples turn as they should.

    Those of the first group turn to the left: the whole may be mirrored.
    """
    place = {name: i for i, name in enumerate(construction.points)}
    groups = [group for group in construction.alike if set("".join(group)) <= place.keys()]
    if not groups:
        return points
    corners = np.array([[place[name] for name in triple] for group in groups for triple in group])
    starts = np.cumsum([0, *map(len, groups[:-1])])
    sizes = np.array(list(map(len, groups)))

    def turned(layouts: Array) -> Array:
        """Of every group, how many triples turn to the left less those to the right."""
        a, b, c = (np.ascontiguousarray(layouts).view(complex)[:, corners[:, k], 0] for k in range(3))
        return np.add.reduceat(np.sign(((b - a).conj() * (c - b)).imag), starts, axis=1)

    best = (sizes - np.abs(turned(points))).sum(axis=1)
    for moved in chance.choice(np.unique(corners), _THROWS):
        if not best.any():
            break
        tried = points.copy()
        tried[:, moved] = points.mean(axis=1) + points.std(axis=1) * chance.normal(size=(len(points), 2))
        found = (sizes - np.abs(turned(tried))).sum(axis=1)
        points = np.where((found <= best)[:, None, None], tried, points)
        best = np.minimum(best, found)
    points[turned(points)[:, 0] < 0, :, 0] *= -1
    return points


def perturbed(figure: Figure, system: System, chance: np.random.Generator) -> Starts:
    """Starts around a figure, moved by 2 to 20 per cent of its size, a little in one and more in another."""
    points = np.array([figure.points[name] for name in system.points])
    spread = np.linalg.norm(points - points.mean(axis=0), axis=1).mean() * np.geomspace(0.02, 0.2, BATCH)
    moved = points + spread[:, None, None] * chance.normal(size=(BATCH, *points.shape))
    numbers = [figure.circles[name].radius for name in system.radii]
    numbers += [figure.symbols.get(name, 1.0) for name in system.symbols]
    rest = np.array(numbers) * np.exp(chance.normal(0, 0.1, (BATCH, len(numbers))))
    sides = [math.dist(*map(figure.at, pair)) for pair in figure.segments] or [float(spread.max())]
    return Starts(np.concatenate([moved.reshape(BATCH, -1), rest], axis=1), float(np.median(sides)))


def _side(system: System, rows: Array) -> float:
    """How long a mean side has to be for the given lengths, on median; 0 when none is given."""
    values = system.quantities(rows)[0]
    sizes = []
    for row, constant in zip(system.matrix, system.constant, strict=True):
        used = np.flatnonzero(row)
        if constant and len(used) and all(system.keys[i][0] in ("LengthOfLine", "RadiusOfCircle") for i in used):
            sizes.append(abs(constant) / max(1e-9, float(np.abs(values[:, used] @ row[used]).mean())))
    return float(np.median(sizes)) if sizes else 0.0


def _drawn(construction: Construction, chance: np.random.Generator) -> Array:
    """Coordinates (points, 2) of mean side 1; parts that hang together nowhere lie side by side."""
    place = {name: i for i, name in enumerate(construction.points)}
    edges = np.array([[place[a], place[b]] for a, b in _neighbours(construction)], dtype=int).reshape(-1, 2)
    result, right = np.zeros((len(place), 2)), 0.0
    for group in _components(construction):
        drawn = _stretched(_tutte(construction, group, place, edges, chance), chance)
        result[[place[name] for name in group]] = drawn + np.array([right, 0.0])
        right += 1.2 * float(np.ptp(drawn[:, 0])) + 1
    sides = np.linalg.norm(result[edges[:, 0]] - result[edges[:, 1]], axis=1)
    return result / max(1e-9, float(sides.mean()) if len(sides) else 1.0)


def _neighbours(construction: Construction) -> list[tuple[str, str]]:
    """Pairs that lie beside each other on an outline, a line or a circle, and centres with their circles' points."""
    sides = [(s.start, s.end) for outline in construction.outlines for s in outline]
    lines = [pair for line in construction.lines for pair in itertools.pairwise(line)]
    radii = [(construction.centres[circle], point) for circle, on in construction.circles.items() for point in on]
    pairs = dict.fromkeys(tuple(sorted(pair)) for pair in [*sides, *lines, *radii] if pair[0] != pair[1])
    return [(a, b) for a, b in pairs]


def _components(construction: Construction) -> list[list[str]]:
    parent = {name: name for name in construction.points}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    for a, b in _neighbours(construction):
        parent[root(a)] = root(b)
    groups: dict[str, list[str]] = {}
    for name in construction.points:
        groups.setdefault(root(name), []).append(name)
    return list(groups.values())


def _boundary(construction: Construction, group: Sequence[str]) -> list[str]:
    """The longest closed walk, counter-clockwise, along sides that bound only one outline."""
    outlines = [outline for outline in construction.outlines if len(outline) > 1 and outline[0].start in group]
    sides = dict.fromkeys(side for outline in outlines for side in outline)
    onward: dict[str, list[Side]] = {}
    for side in sides:
        if side.back not in sides:
            onward.setdefault(side.start, []).append(side)
    longest: list[str] = []
    while onward:
        name = next(iter(onward))
        walk = []
        while name in onward:
            walk.append(name)
            side = onward[name].pop()
            if not onward[name]:
                del onward[name]
            name = side.end
        if len(walk) > len(longest):
            longest = walk
    return longest


def _tutte(
    construction: Construction, group: Sequence[str], place: dict[str, int], edges: Array, chance: np.random.Generator
) -> Array:
    """Coordinates (members, 2) of one connected part."""
    order = {place[name]: i for i, name in enumerate(group)}
    boundary = _boundary(construction, group)
    ring = list(dict.fromkeys(boundary))
    if len(ring) < 3:
        ring = list(group)[: max(3, len(ring))]
    fixed = _around(construction, ring, chance)
    inner = [name for name in group if name not in fixed]
    drawn = np.zeros((len(group), 2))
    for name, point in fixed.items():
        drawn[order[place[name]]] = point
    if inner:
        weights = np.zeros((len(group), len(group)))
        for a, b in edges:
            if int(a) in order:
                i, j = order[int(a)], order[int(b)]
                weights[i, j], weights[j, i] = chance.uniform(0.4, 1.6, 2)
        rows = [order[place[name]] for name in inner]
        others = [i for i in range(len(group)) if i not in rows]
        matrix = np.diag(weights[rows].sum(axis=1) + 1e-6) - weights[np.ix_(rows, rows)]
        drawn[rows] = np.linalg.solve(matrix, weights[np.ix_(rows, others)] @ drawn[others])
        drawn[rows] += chance.normal(0, 0.02, (len(rows), 2))
    return drawn


def _around(construction: Construction, ring: Sequence[str], chance: np.random.Generator) -> dict[str, Array]:
    """The ring's corners on the unit circle, points within a straight side on that side."""
    inside = {line[i] for line in construction.lines for i in range(1, len(line) - 1)}
    straight = set()
    for before, name, after in zip([ring[-1], *ring], ring, [*ring[1:], ring[0]], strict=False):
        if name in inside and any({before, name, after} <= set(line) for line in construction.lines):
            straight.add(name)
    corners = [i for i, name in enumerate(ring) if name not in straight]
    if len(corners) < 3:
        corners = list(range(len(ring)))
    gaps = chance.dirichlet(np.full(len(corners), 8.0)) * 2 * np.pi
    angles = np.cumsum(gaps) + chance.uniform(0, 2 * np.pi)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    fixed: dict[str, Array] = {}
    for k, corner in enumerate(corners):
        following = corners[(k + 1) % len(corners)]
        steps = (following - corner) % len(ring) or len(ring)
        for step in range(steps):
            share = step / steps
            name = ring[(corner + step) % len(ring)]
            fixed[name] = (1 - share) * points[k] + share * points[(k + 1) % len(corners)]
    return fixed


def _stretched(drawn: Array, chance: np.random.Generator) -> Array:
    """Stretched by up to a half in a random direction."""
    angle, factor = chance.uniform(0, np.pi), np.exp(chance.uniform(-0.4, 0.4))
    along = np.array([np.cos(angle), np.sin(angle)])
    return drawn + (factor - 1) * (drawn @ along)[:, None] * along
