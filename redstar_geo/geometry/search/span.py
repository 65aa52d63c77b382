"""What equations determine, to first order: linear algebra on their derivatives at one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_REWEIGHTED = 12
_INDEPENDENT = 1e-6  # the part of a row of length 1 that others do not explain


def matrix(slopes: Sequence[Mapping[int, float]], columns: int) -> Array:
    """Rows of length 1."""
    rows = np.zeros((len(slopes), columns))
    for row, slope in zip(rows, slopes, strict=True):
        row[list(slope)] = list(slope.values())
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1.0)


class Span:
    """The rows that known equations make up, as an orthonormal basis (rank, columns)."""

    def __init__(self) -> None:
        self.basis = np.zeros((0, 0))

    def add(self, rows: Array) -> None:
        """Take in rows (any number, columns); columns may have been added since."""
        rank, columns = self.basis.shape
        if columns < rows.shape[1]:
            self.basis = np.hstack([self.basis, np.zeros((rank, rows.shape[1] - columns))])
        for start in range(0, len(rows), 256):
            fresh = self.rest(rows[start : start + 256])
            fresh = fresh[np.linalg.norm(fresh, axis=1) > _INDEPENDENT]
            if len(fresh):
                chosen = independent(fresh)[0]
                self.basis = np.vstack([self.basis, chosen])

    def rest(self, rows: Array) -> Array:
        """What the known equations leave open of rows."""
        columns = self.basis.shape[1]
        inside = rows[:, :columns]
        rest = rows.copy()
        rest[:, :columns] -= (inside @ self.basis.T) @ self.basis
        rest[:, :columns] -= (rest[:, :columns] @ self.basis.T) @ self.basis
        return rest

    def has(self, rows: Array) -> NDArray[np.bool_]:
        """Which rows the known equations settle."""
        return np.linalg.norm(self.rest(rows), axis=1) <= _INDEPENDENT


def independent(rows: Array, target: Array | None = None) -> tuple[Array, list[int]]:
    """An orthonormal basis of rows in their order, the earlier ones first, and which rows it came of.

    Args:
        target: stop as soon as this row is made up.
    """
    left, basis, chosen = rows.copy(), list[Array](), list[int]()
    wanted = None if target is None else target.copy()
    place = 0
    while place < len(left):
        lengths = np.linalg.norm(left[place:], axis=1) > _INDEPENDENT
        if not lengths.any():
            break
        place += int(lengths.argmax())
        new = left[place] / np.linalg.norm(left[place])
        if basis:  # once more, against rounding
            known = np.array(basis)
            new = new - (known @ new) @ known
            new /= np.linalg.norm(new)
        basis.append(new)
        chosen.append(place)
        place += 1
        left[place:] -= np.outer(left[place:] @ new, new)
        if wanted is not None:
            wanted -= (wanted @ new) * new
            if np.linalg.norm(wanted) <= _INDEPENDENT:
                break
    return np.array(basis).reshape(len(basis), rows.shape[1]), chosen


def combination(rows: Array, target: Array, costs: Array) -> list[int] | None:
    """Rows of little cost of which the target is made up, none of them idle; None if it is not made up of them."""
    weights, order = _light(rows, target, costs), np.argsort(costs, kind="stable")
    found = [_made_up(rows, target, each) for each in (np.lexsort((order, -weights)), order)]
    known = [each for each in found if each is not None]
    return min(known, key=lambda chosen: float(costs[chosen].sum()), default=None)


def _made_up(rows: Array, target: Array, order: NDArray[np.intp]) -> list[int] | None:
    _, chosen = independent(rows[order], target)
    if not chosen:
        return None
    used = order[chosen]
    weights, *_ = np.linalg.lstsq(rows[used].T, target, rcond=None)
    if np.linalg.norm(weights @ rows[used] - target) > 10 * _INDEPENDENT:
        return None
    return [int(row) for row, weight in zip(used, weights, strict=True) if abs(weight) > 10 * _INDEPENDENT]


def _light(rows: Array, target: Array, costs: Array) -> Array:
    """How much each row has in about the combination whose weights, by cost, add up to least.

    Iteratively reweighted least squares (Gorodnitsky and Rao 1997).
    """
    price = costs + 0.05
    part = 1 / price
    for _ in range(_REWEIGHTED):
        scaled = rows * part[:, None]
        solved, *_ = np.linalg.lstsq(rows.T @ scaled + 1e-10 * np.eye(rows.shape[1]), target, rcond=None)
        weights = np.abs(scaled @ solved)
        part = weights / price
    return weights
