"""Whole circles in the ink: of circles through three pixels by chance, the one that has most ink (Fischler and Bolles
1981), then fitted to all of it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from redstar_geo.readers.strokes.ink import INK, LETTER, Array, Ink

_SMALLEST = 1.5 * LETTER  # radius
_COVERED = 0.9  # of its round
_LIKELY = 0.6  # the same before the fit
_MOST = 8
_TRIPLES = 4_000
_NEAR = 2.0


class Circle(NamedTuple):
    """Centre and radius."""

    x: float
    y: float
    radius: float


def circles(ink: Ink, mask: NDArray[np.bool_]) -> list[Circle]:
    """The whole circles of a mask, the clearest first."""
    found: list[Circle] = []
    free = mask.copy()
    for _ in range(_MOST):
        circle = _clearest(ink, free)
        if circle is None:
            break
        found.append(circle)
        free &= ~on(circle, mask.shape)
    return found


def on(circle: Circle, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The pixels of a circle's stroke."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    return np.asarray(np.abs(np.hypot(x - circle.x, y - circle.y) - circle.radius) < _NEAR)


def _clearest(ink: Ink, mask: NDArray[np.bool_]) -> Circle | None:
    y, x = (each.astype(float) for each in np.nonzero(mask))
    if len(x) < 2 * math.pi * _SMALLEST:
        return None
    cx, cy, radius = _through(x, y, max(mask.shape))
    for turns, kept in ((16, 200), (64, 1)):
        best = np.argsort(-_covered(ink, cx, cy, radius, turns), kind="stable")[:kept]
        cx, cy, radius = cx[best], cy[best], radius[best]
    if not len(cx) or _covered(ink, cx, cy, radius, 64)[0] < _LIKELY:
        return None
    circle = _fitted(x, y, Circle(float(cx[0]), float(cy[0]), float(radius[0])))
    x0, y0, r0 = (np.array([each]) for each in circle)
    whole = _covered(ink, x0, y0, r0, max(64, int(4 * circle.radius)))[0] >= _COVERED
    return circle if whole and circle.radius >= _SMALLEST else None


def _through(x: Array, y: Array, largest: float) -> tuple[Array, Array, Array]:
    """Centres and radii of the circles through three pixels each."""
    rng = np.random.default_rng(len(x))  # the same picture gives the same circles
    a, b, c = (x[which] + 1j * y[which] for which in rng.integers(0, len(x), (3, _TRIPLES)))
    u, v = b - a, c - a
    twice = 2 * (u.conjugate() * v).imag
    apart = np.abs(twice) > LETTER**2
    u, v, twice = u[apart], v[apart], twice[apart]
    middle = 1j * (u * np.abs(v) ** 2 - v * np.abs(u) ** 2) / twice
    centre, radius = a[apart] + middle, np.abs(middle)
    sound = (radius >= _SMALLEST) & (radius < largest)
    return centre.real[sound], centre.imag[sound], radius[sound]


def _covered(ink: Ink, x: Array, y: Array, radius: Array, count: int) -> Array:
    """The share of each circle's round on which there is ink."""
    turns = np.linspace(0, 2 * math.pi, count, endpoint=False)
    dark = [
        ink.at(x + r * np.cos(turns)[:, None], y + r * np.sin(turns)[:, None])
        for r in (radius - 0.7, radius, radius + 0.7)
    ]
    return np.asarray((np.max(dark, axis=0) > INK).mean(axis=0))


def _fitted(x: Array, y: Array, circle: Circle) -> Circle:
    """The circle through the pixels near this one, by least squares (Kåsa 1976)."""
    for near in (3.0, 2.0, 1.5):
        some = np.abs(np.hypot(x - circle.x, y - circle.y) - circle.radius) < near
        u, v = x[some] - circle.x, y[some] - circle.y
        (du, dv, rest), *_ = np.linalg.lstsq(np.stack([2 * u, 2 * v, np.ones(len(u))], axis=1), u * u + v * v)
        radius = math.sqrt(max(0.0, rest + du * du + dv * dv))
        circle = Circle(circle.x + float(du), circle.y + float(dv), radius)
    return circle
