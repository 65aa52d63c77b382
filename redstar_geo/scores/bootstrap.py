"""The interval of a mean over problems, by drawing the problems again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

_RESAMPLES = 10_000
_FEWEST = 10  # drawing fewer problems again says nothing: two that agree would have an interval of no width
_AT_ONCE = 1_000_000  # numbers drawn at a time, for bounded memory


@dataclass(frozen=True)
class Estimate:
    """The mean over `n` problems and its 95 % percentile bootstrap interval (Efron, Annals of Statistics 1979).

    With no problem `value` is None; with fewer than 10 there is no interval.
    """

    n: int
    value: float | None
    low: float | None
    high: float | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def mean(values: Sequence[float], seed: int = 0) -> Estimate:
    """The mean of one value a problem. What is sampled is the problems: attempts at one are averaged before."""
    if len(values) < _FEWEST:
        return Estimate(len(values), float(np.mean(values)) if len(values) else None, None, None)
    from scipy.stats import bootstrap  # half a second, which whoever needs no interval is spared

    drawn = bootstrap(
        (np.asarray(values, dtype=float),),
        np.mean,
        n_resamples=_RESAMPLES,
        batch=max(1, _AT_ONCE // len(values)),
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Estimate(len(values), float(np.mean(values)), float(drawn.low), float(drawn.high))
