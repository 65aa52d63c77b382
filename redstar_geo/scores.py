"""Accuracy with its interval, over all items and by group."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from scipy.stats import binomtest


@dataclass(frozen=True)
class Accuracy:
    """`right` of `n` items, and the 95 % Wilson score interval of the share (Wilson, JASA 1927).

    With no item there is no share: `accuracy`, `low` and `high` are None.
    """

    right: int
    n: int
    accuracy: float | None
    low: float | None
    high: float | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def accuracy(right: int, n: int) -> Accuracy:
    """The accuracy of `right` out of `n`; 0 ≤ right ≤ n."""
    if n == 0:
        return Accuracy(0, 0, None, None, None)
    interval = binomtest(right, n).proportion_ci(confidence_level=0.95, method="wilson")
    return Accuracy(right, n, right / n, float(interval.low), float(interval.high))


def accuracy_by(items: Iterable[tuple[str, bool]]) -> dict[str, Accuracy]:
    """The accuracy of every group, from (group, right) pairs; groups in alphabetical order."""
    outcomes: dict[str, list[bool]] = {}
    for group, right in items:
        outcomes.setdefault(group, []).append(right)
    return {group: accuracy(sum(found), len(found)) for group, found in sorted(outcomes.items())}
