"""Connected parts of the ink."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from redstar_geo.readers.strokes.ink import NotADrawingError

MOST_RUNS = 60_000


class Component(NamedTuple):
    """Pixels that touch one another, at sides or corners: `rows` and `columns` of each."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom, the latter two just outside."""
        return (
            int(self.columns.min()),
            int(self.rows.min()),
            int(self.columns.max()) + 1,
            int(self.rows.max()) + 1,
        )


def components(mask: NDArray[np.bool_]) -> list[Component]:
    """The connected parts of a mask, from top to bottom.

    Horizontal runs of pixels that touch from row to row are joined by spreading the smallest number (Wu, Otoo and
    Suzuki 2009 have the same union of runs one by one).

    Raises:
        NotADrawingError: there are too many runs.
    """
    padded = np.pad(mask, ((0, 0), (1, 1))).ravel()
    edges = np.flatnonzero(padded[1:] != padded[:-1]) + 1
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return []
    if len(starts) > MOST_RUNS:
        raise NotADrawingError("it has more specks than a diagram has strokes")
    width = mask.shape[1] + 2
    first = np.searchsorted(ends + width, starts, "left")  # of the runs in the row above that touch, corners too
    last = np.searchsorted(starts + width, ends, "right")
    touching = np.maximum(0, last - first)
    lower = np.repeat(np.arange(len(starts)), touching)
    upper = np.arange(len(lower)) + np.repeat(first - np.cumsum(touching) + touching, touching)
    label = _joined(len(starts), lower, upper)
    pixels = np.flatnonzero(padded)
    of_pixel = np.repeat(label, ends - starts)
    order = np.argsort(of_pixel, kind="stable")
    cuts = np.flatnonzero(np.diff(of_pixel[order])) + 1
    return [Component(part // width, part % width - 1) for part in np.split(pixels[order], cuts)]


def _joined(count: int, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """The smallest number of those that each is joined with."""
    label = np.arange(count)
    while True:
        least = np.minimum(label[one], label[other])
        before = label.copy()
        np.minimum.at(label, label[one], least)
        np.minimum.at(label, label[other], least)
        label = label[label]
        if np.array_equal(before, label):
            return label
