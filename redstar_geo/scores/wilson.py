"""Shares with Wilson's interval: over all items, by group, over several attempts a problem, of rates of problems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from statistics import fmean
from typing import Any

from redstar_geo.scores.bootstrap import Estimate

_Z = 1.959963984540054  # the 97.5 % quantile of the standard normal distribution


@dataclass(frozen=True)
class Accuracy:
    """`correct` of `n` items, and the 95 % Wilson score interval of the share (Wilson, JASA 1927).

    With no item there is no share: `accuracy`, `low` and `high` are None.
    """

    correct: int
    n: int
    accuracy: float | None
    low: float | None
    high: float | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def accuracy(correct: int, n: int) -> Accuracy:
    """The accuracy of `correct` out of `n` independent items; 0 ≤ correct ≤ n."""
    return _accuracy(correct, n, n)


def clustered(problems: Iterable[Sequence[bool]]) -> Accuracy:
    """The accuracy over all attempts, where those at one problem are not independent of each other.

    Wilson's interval of as many independent items as these are worth: their variance by Liang and Zeger (Biometrika
    1986, no small-sample correction) against that of independent ones, the design effect of survey statistics (Kish
    1965). One attempt a problem gives `accuracy`; attempts that always agree count once. Attempts that agree less than
    by chance are not taken for more than they are, and where all are correct or none is, each problem counts once.

    Args:
        problems: for every problem whether each attempt at it is correct.
    """
    attempts = [samples for samples in problems if samples]
    correct, n = sum(map(sum, attempts)), sum(map(len, attempts))
    if correct in (0, n):
        return _accuracy(correct, n, len(attempts))
    spread = sum((n * sum(samples) - correct * len(samples)) ** 2 for samples in attempts)  # times n², to be whole
    return _accuracy(correct, n, min(n, n * n * correct * (n - correct) / spread) if spread else n)


def rates(values: Sequence[float], attempts: int) -> Estimate:
    """The mean of one rate between 0 and 1 a problem, such as pass@k, with the interval of `clustered`.

    Drawing the problems again would give no interval at all where every rate is 0 or every one is 1.

    Args:
        values: the rate of every problem.
        attempts: at all problems together; the rates are not taken for more independent items than these.
    """
    n = len(values)
    if n == 0:
        return Estimate(0, None, None, None)
    share = fmean(values)
    spread = sum((value - share) ** 2 for value in values) / n**2
    worth = n if share in (0.0, 1.0) else min(attempts, share * (1 - share) / spread) if spread else attempts
    return Estimate(n, share, *interval(share, worth))


def _accuracy(correct: int, n: int, worth: float) -> Accuracy:
    if n == 0:
        return Accuracy(0, 0, None, None, None)
    return Accuracy(correct, n, correct / n, *interval(correct / n, worth))


def interval(share: float, worth: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of as many independent items as `worth` says."""
    z2 = _Z * _Z
    centre = (share + z2 / (2 * worth)) / (1 + z2 / worth)
    reach = _Z * sqrt(share * (1 - share) / worth + z2 / (4 * worth * worth)) / (1 + z2 / worth)
    low, high = max(0.0, centre - reach), min(1.0, centre + reach)
    return min(low, share), max(high, share)  # rounding never puts the share outside
