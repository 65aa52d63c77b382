"""Line drawings as points of the complex plane: a description free of place, size, turn and mirroring; the overlay.

Points are x + iy about the ink's centroid in units of its radius of gyration, so that a similarity is z → az + b and a
mirroring the conjugate. The description is the Fourier–Mellin one: the polar histogram's Fourier transform along the
angle. Its magnitudes do not change with turning and mirroring; its phases give the turn. The overlay is found by
iterated closest points (Besl and McKay, 1992) with a shrinking reach, which leaves out what one drawing has and the
other has not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Points = NDArray[np.complex128]
Spectrum = NDArray[np.complex64]
Start = tuple[float, float, bool]  # correlation, turn in radians, mirrored
Similarity = tuple[complex, complex]  # z → az + b

RINGS, FREQUENCIES = 10, 17
_RADII = 2.6  # what lies further out than so many radii of gyration counts to the last ring
_TURNS = 8 * FREQUENCIES
_STARTS, _BEHIND = 3, 0.05
_COARSE, _FINE = (0.25, 0.15, 0.1), (0.1, 0.1, 0.08, 0.08, 0.06, 0.06, 0.05, 0.05)  # reaches in radii of gyration
_STRETCH = 1.25  # one drawing may have labels more than the other, so that their radii differ
_COARSE_SAMPLE, _FINE_SAMPLE = 120, 200
_SETTLED = 1e-3
_HOPELESS, _UNLIKELY = 0.9, 0.85  # shares of the first's ink, of all and of the sample
_WITHIN = 0.025  # radii of gyration: a tenth of a letter's height
_CELLS_WITHIN = 1.5  # for coarse pictures, where a line may move by a pixel


@dataclass(frozen=True)
class Drawing:
    """A line drawing.

    Attributes:
        points: the inked cells.
        cell: the side of a cell, in radii of gyration.
        stroke: the mean width of its lines, in radii of gyration.
    """

    points: Points
    cell: float
    stroke: float

    @classmethod
    def of(cls, cells: NDArray[np.bool_], centre: complex, radius: float) -> Drawing:
        """Of bool[height, width] with some cell inked, centroid and radius of gyration in cells."""
        y, x = np.nonzero(cells)
        framed = np.pad(cells, 1)
        rims = int(np.diff(framed, axis=0).sum()) + int(np.diff(framed, axis=1).sum())
        points: Points = (x + 1j * y - centre) / radius
        return cls(points, 1 / radius, 2 * len(x) / rims / radius)

    @cached_property
    def tree(self) -> cKDTree:
        return _tree(self.points)

    @cached_property
    def conjugate(self) -> Drawing:
        """The mirrored drawing."""
        return Drawing(self.points.conj(), self.cell, self.stroke)


@dataclass(frozen=True)
class Overlay:
    """How one drawing lies on another.

    Attributes:
        covered: the share of the first drawing's ink on the second's, and the other way round; 0 where hopeless.
        turn: radians by which the first was turned, after mirroring (y → −y) where `mirrored`.
    """

    covered: tuple[float, float]
    turn: float
    mirrored: bool


def spectrum(points: Points, weights: NDArray[np.float32]) -> Spectrum:
    """complex64[RINGS, FREQUENCIES] of ink with its darkness, shared between the two nearest rings."""
    angles = 4 * FREQUENCIES
    ring = np.minimum(np.abs(points) / _RADII * RINGS, RINGS - 1.001)
    inner = ring.astype(int)
    outwards = ring - inner
    turn = np.rint(np.angle(points) / (2 * np.pi) * angles).astype(int) % angles
    size = RINGS * angles
    histogram = np.bincount(inner * angles + turn, weights * (1 - outwards), size)
    histogram += np.bincount((inner + 1) * angles + turn, weights * outwards, size)
    return unit(np.fft.rfft(np.sqrt(histogram.reshape(RINGS, angles)), axis=1)[:, :FREQUENCIES])


def unit(transformed: NDArray[np.complexfloating]) -> Spectrum:
    """Scaled so that the histogram behind it has norm 1: all frequencies but the first stand for two."""
    both = np.r_[1, np.full(FREQUENCIES - 1, 2)]
    return (transformed / np.sqrt((both * np.abs(transformed) ** 2).sum())).astype(np.complex64)


def magnitudes(shape: Spectrum) -> NDArray[np.float32]:
    """float32[RINGS × FREQUENCIES] of unit norm, the same however the drawing is turned or mirrored."""
    flat = np.abs(shape).ravel()
    return flat / np.linalg.norm(flat)


def correlations(first: Spectrum, others: Spectrum) -> NDArray[np.float32]:
    """float32[n, 2, turns] with others [n, RINGS, FREQUENCIES]: the first as it is, and mirrored, at every turn."""
    both = np.stack([(first.conj() * others).sum(axis=1), (first * others).sum(axis=1)], axis=1)
    return (np.fft.irfft(both, _TURNS, axis=2) * _TURNS).astype(np.float32)


def starts(correlation: NDArray[np.float32]) -> list[Start]:
    """The likeliest turns by float32[2, turns], best first."""
    peaks = (correlation >= np.roll(correlation, 1, axis=1)) & (correlation > np.roll(correlation, -1, axis=1))
    turns = [(float(correlation[m, k]), 2 * np.pi * float(k) / _TURNS, bool(m)) for m, k in np.argwhere(peaks)]
    turns.sort(reverse=True)
    return [start for start in turns[:_STARTS] if start[0] > turns[0][0] - _BEHIND]


def overlay(first: Drawing, second: Drawing, tried: list[Start]) -> Overlay:
    """The first drawing laid on the second in the best way that is found from the starts."""
    laid = []
    for _, turn, mirrored in tried:
        source = first.conjugate if mirrored else first
        sample = source.points[:: max(1, len(source.points) // _COARSE_SAMPLE)]
        similarity = _closest(sample, second, (complex(np.exp(1j * turn)), 0j), _COARSE)
        laid.append((_covered(_moved(sample, similarity), second.tree, _COARSE[-1]), similarity, source, mirrored))
    share, similarity, source, mirrored = max(laid, key=lambda one: one[0])
    if share < _HOPELESS:
        return Overlay((0.0, 0.0), 0.0, False)
    sample = source.points[:: max(1, len(source.points) // _FINE_SAMPLE)]
    similarity = _closest(sample, second, similarity, _FINE)
    within = max(_WITHIN, _CELLS_WITHIN * max(first.cell, second.cell)) + abs(first.stroke - second.stroke) / 2
    if _covered(_moved(sample, similarity), second.tree, within) < _UNLIKELY:
        return Overlay((0.0, 0.0), 0.0, False)
    there, back = _covered(_moved(source.points, similarity), second.tree, within), 0.0
    if there >= _HOPELESS:
        back = _covered((second.points - similarity[1]) / similarity[0], source.tree, within)
    return Overlay((there, back), float(np.angle(similarity[0])), mirrored)


def _closest(sample: Points, target: Drawing, similarity: Similarity, reaches: tuple[float, ...]) -> Similarity:
    """Iterated closest points, each time with those alone that have a neighbour within reach."""
    for reach in reaches:
        distance, nearest = target.tree.query(_plane(_moved(sample, similarity)), distance_upper_bound=reach)
        near = distance < reach
        if near.sum() < 0.2 * len(sample):
            break
        x, y = sample[near], target.points[nearest[near]]
        spread = x - x.mean()
        a = complex(np.vdot(spread, y - y.mean()) / max(np.vdot(spread, spread).real, 1e-9))
        if not 1 / _STRETCH < abs(a) < _STRETCH:
            break
        previous, similarity = similarity, (a, complex(y.mean() - a * x.mean()))
        if abs(similarity[0] - previous[0]) + abs(similarity[1] - previous[1]) < _SETTLED:
            break
    return similarity


def _moved(z: Points, similarity: Similarity) -> Points:
    return similarity[0] * z + similarity[1]


def _covered(z: Points, tree: cKDTree, within: float) -> float:
    """The share of the points that have a neighbour in the tree."""
    return float((tree.query(_plane(z), distance_upper_bound=within)[0] < within).mean())


def _tree(z: Points) -> cKDTree:
    return cKDTree(_plane(z))


def _plane(z: Points) -> NDArray[np.float64]:
    """float64[n, 2]"""
    return np.ascontiguousarray(z).view(np.float64).reshape(-1, 2)
