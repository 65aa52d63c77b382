"""A power law through the errors of a study: error = scale · x^-α, with what is uncertain about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redstar_geo.study.results import Answers, Reading

_RESAMPLES = 2000
_BAND = 60  # points of the curve


@dataclass(frozen=True)
class PowerLaw:
    """`alpha` with its 95 % interval; the curve's `error` at `x` with its band.

    `r2` of the straight line through the logarithms. `points` is how many x the law is fitted to.
    """

    alpha: float
    low: float
    high: float
    scale: float
    r2: float
    points: int
    x: NDArray[np.float64]
    error: NDArray[np.float64]
    error_low: NDArray[np.float64]
    error_high: NDArray[np.float64]

    def as_dict(self) -> dict[str, Any]:
        return {key: float(value) for key, value in vars(self).items() if not isinstance(value, np.ndarray)}


def fit(levels: Mapping[float, Sequence[Reading]], seed: int = 0) -> PowerLaw | None:
    """The law through the mean errors at every x above 0, by least squares of the logarithms.

    None for fewer than 3 x, where all errors are the same, or where no problem was put to all.

    The bootstrap draws the problems, one draw for all x, and the repeats of every x anew (the pigeonhole bootstrap of
    crossed samples, Owen, Annals of Applied Statistics 2007). An error of none is taken as half an item.

    Args:
        levels: x → the answers of each repeat; those to the problems that all were asked are taken.
    """
    answers = {x: [each.answers for each in repeats if each.answers] for x, repeats in sorted(levels.items()) if x > 0}
    known = [each for repeats in answers.values() for each in repeats]
    common = [problem for problem in known[0] if all(problem in each for each in known)] if known else []
    tables = {x: _table(repeats, common) for x, repeats in answers.items() if repeats and common}
    if len(tables) < 3 or len({_error(table) for table in tables.values()}) == 1:
        return None
    logs = np.log(np.array(list(tables)))
    chance = np.random.default_rng(seed)
    slope, start, r2 = _line(logs, np.log([_error(table) for table in tables.values()]))
    drawn = []
    for _ in range(_RESAMPLES):
        columns = chance.integers(len(common), size=len(common))
        errors = [_error(t[chance.integers(len(t), size=len(t))][:, columns]) for t in tables.values()]
        drawn.append(_line(logs, np.log(errors))[:2])
    slopes, starts = np.array(drawn).T
    xs = np.geomspace(min(tables), max(tables), _BAND)
    curves = np.exp(starts[:, None] + slopes[:, None] * np.log(xs))
    band = np.quantile(curves, [0.025, 0.975], axis=0)
    low, high = np.quantile(-slopes, [0.025, 0.975])
    curve = np.exp(start + slope * np.log(xs))
    return PowerLaw(-slope, float(low), float(high), float(np.exp(start)), r2, len(tables), xs, curve, band[0], band[1])


def _table(answers: Sequence[Answers], problems: Sequence[str]) -> NDArray[np.float64]:
    """Shares of right attempts [repeats, problems]."""
    return np.array([[np.mean(repeat[problem]) for problem in problems] for repeat in answers])


def _error(table: NDArray[np.float64]) -> float:
    return float(max(1.0 - table.mean(), 0.5 / table.size))


def _line(x: NDArray[np.float64], y: Sequence[float] | NDArray[np.float64]) -> tuple[float, float, float]:
    """Slope, start and R² of the straight line."""
    values = np.asarray(y)
    slope, start = np.polyfit(x, values, 1)
    spread = float(((values - values.mean()) ** 2).sum())
    left = float(((values - start - slope * x) ** 2).sum())
    return float(slope), float(start), 1 - left / spread if spread else 1.0
