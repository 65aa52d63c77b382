"""Two runs over the same problems: McNemar's exact test and the interval of their difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from redstar_geo.scores import bootstrap
from redstar_geo.scores.bootstrap import Estimate
from redstar_geo.scores.wilson import interval


@dataclass(frozen=True)
class McNemar:
    """How many problems both runs, one alone and none got right, and the two-sided p value that they are equally good.

    Exact: under the hypothesis each problem that one alone got right is a fair coin (McNemar, Psychometrika 1947).
    """

    both: int
    first_only: int
    second_only: int
    neither: int
    p_value: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> McNemar:
    """The test over the problems in the same order, one attempt each.

    Raises:
        ValueError: of different lengths.
    """
    from scipy.stats import binomtest

    pairs = list(zip(map(bool, first), map(bool, second), strict=True))
    first_only, second_only = pairs.count((True, False)), pairs.count((False, True))
    flips = first_only + second_only
    p_value = float(binomtest(first_only, flips, 0.5).pvalue) if flips else 1.0
    return McNemar(pairs.count((True, True)), first_only, second_only, pairs.count((False, False)), p_value)


def difference(first: Sequence[float], second: Sequence[float], seed: int = 0) -> Estimate:
    """Second minus first, averaged over the problems, which are drawn in pairs for the bootstrap interval.

    Where no problem's value changes, drawing them again would give no interval at all; then it reaches as far, either
    way, as Wilson's for a change that was seen in none of them.

    Args:
        first: one value a problem: right or not, or the share of right attempts.
        second: of the same problems in the same order.

    Raises:
        ValueError: of different lengths.
    """
    changes = [float(b) - float(a) for a, b in zip(first, second, strict=True)]
    estimate = bootstrap.mean(changes, seed)
    if estimate.low is None or any(changes):
        return estimate
    _, reach = interval(0.0, estimate.n)
    return replace(estimate, low=-reach, high=reach)
