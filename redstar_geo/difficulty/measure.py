"""How well levels are predicted for questions not seen in training, beside what the length alone tells.

Spearman's rank correlation, the share within one level, and the mean absolute error (MAE), each with a percentile
bootstrap interval (Efron, Annals of Statistics 1979) over questions. Both predictors are measured on the same
resamples, so the interval of their difference is a paired one. What the intervals leave out is that another training
set would have given another scorer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GroupKFold, KFold

from redstar_geo.difficulty.scale import HIGHEST, LOWEST, clipped

RESAMPLES = 2000
HARD = 7.0  # from this level on the paper augments questions
Score = Callable[[Sequence[str]], np.ndarray]  # questions to levels
Train = Callable[[Sequence[str], np.ndarray], Score]  # questions and their levels to a trained scorer


@dataclass(frozen=True)
class Unseen:
    """Questions, their true levels, and what the scorer and the length say that have not seen them; one length all."""

    questions: Sequence[str]
    true: np.ndarray
    predicted: np.ndarray
    by_length: np.ndarray

    def at(self, places: np.ndarray) -> Unseen:
        """The figures at these places; the questions stay."""
        return Unseen(self.questions, self.true[places], self.predicted[places], self.by_length[places])


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Agreement:
    """Predicted against true levels. `within_one` counts |predicted − true| ≤ 1, predictions unrounded."""

    spearman: Estimate
    within_one: Estimate
    mae: Estimate


@dataclass(frozen=True)
class Comparison:
    """A scorer and the length baseline on the same questions; `gain` is scorer − length on the same resamples."""

    n: int
    scorer: Agreement
    length: Agreement
    gain: Agreement

    @property
    def disjoint(self) -> dict[str, bool]:
        """For each figure, whether the scorer is better and the two intervals do not overlap."""
        ours, its = self.scorer, self.length
        return {
            "spearman": ours.spearman.low > its.spearman.high,
            "within_one": ours.within_one.low > its.within_one.high,
            "mae": ours.mae.high < its.mae.low,
        }

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"disjoint": self.disjoint}


@dataclass(frozen=True)
class Bin:
    """Questions whose predicted level rounds to `level`; `true` is the mean of their true levels with its interval."""

    level: int
    n: int
    predicted: float
    true: Estimate


@dataclass(frozen=True)
class Selection:
    """What choosing a predicted `level` and above brings: `n` questions, `right` of them, of the `wanted` in truth."""

    level: float
    n: int
    right: int
    wanted: int


def train_length(questions: Sequence[str], levels: np.ndarray) -> Score:
    """The baseline: the level as a linear function of log(characters)."""
    line = LinearRegression().fit(_log_length(questions), levels)
    return lambda questions: clipped(line.predict(_log_length(questions)))


def cross_validated(
    train: Train, questions: Sequence[str], levels: np.ndarray, folds: int, seed: int, origins: Sequence[str] = ()
) -> Unseen:
    """Each question predicted by scorers that were trained on the other folds.

    Args:
        origins: one name a question; questions of one origin are always in the same fold. Without them folds are
            random.
    """
    splitter = (GroupKFold if origins else KFold)(folds, shuffle=True, random_state=seed)
    predicted, by_length = np.empty(len(questions)), np.empty(len(questions))
    for others, own in splitter.split(levels, groups=list(origins) or None):
        seen, unseen = [questions[i] for i in others], [questions[i] for i in own]
        predicted[own] = train(seen, levels[others])(unseen)
        by_length[own] = train_length(seen, levels[others])(unseen)
    return Unseen(questions, levels, predicted, by_length)


def compare(unseen: Unseen, seed: int = 0) -> Comparison:
    """Both predictors with intervals."""
    figures = np.array([_figures(unseen)])
    resampled = np.array([_figures(unseen.at(places)) for places in _resamples(len(unseen.true), seed)])
    figures, resampled = (np.hstack([columns, columns[:, :1] - columns[:, 1:]]) for columns in (figures, resampled))
    low, high = np.nanpercentile(resampled, [2.5, 97.5], axis=0)  # a resample of one level alone has no correlation
    scorer, length, gain = (
        Agreement(*(Estimate(*map(float, row)) for row in zip(figures[0, who], low[who], high[who], strict=True)))
        for who in range(3)
    )
    return Comparison(len(unseen.true), scorer, length, gain)


def calibration(unseen: Unseen, seed: int = 0) -> list[Bin]:
    """Where predictions of each whole level lie in truth; levels nobody was predicted are left out."""
    nearest = np.rint(unseen.predicted)
    bins = []
    for level in range(round(LOWEST), round(HIGHEST) + 1):
        inside = nearest == level
        if inside.any():
            true = unseen.true[inside]
            means = [true[places].mean() for places in _resamples(len(true), seed)]
            low, high = np.percentile(means, [2.5, 97.5])
            estimate = Estimate(float(true.mean()), float(low), float(high))
            bins.append(Bin(level, len(true), float(unseen.predicted[inside].mean()), estimate))
    return bins


def selection(unseen: Unseen, level: float = HARD) -> Selection:
    """How a choice of the questions of `level` and above by their predictions turns out."""
    chosen, wanted = unseen.predicted >= level, unseen.true >= level
    return Selection(level, int(chosen.sum()), int((chosen & wanted).sum()), int(wanted.sum()))


def _figures(unseen: Unseen) -> list[tuple[float, float, float]]:
    """Spearman, share within one, MAE: of the scorer, then of the length."""
    ranks = rankdata(unseen.true)
    figures = []
    for predicted in (unseen.predicted, unseen.by_length):
        error = np.abs(predicted - unseen.true)
        within_one, mae = float((error <= 1).mean()), float(error.mean())
        figures.append((_correlation(ranks, rankdata(predicted)), within_one, mae))
    return figures


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    spread = one.std() * other.std()
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread) if spread else float("nan")


def _resamples(n: int, seed: int) -> Iterator[np.ndarray]:
    random = np.random.default_rng(seed)
    return (random.integers(0, n, n) for _ in range(RESAMPLES))


def _log_length(questions: Sequence[str]) -> np.ndarray:
    return np.log1p([[len(question)] for question in questions])
