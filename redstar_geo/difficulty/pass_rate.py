"""Difficulty from a model's verified samples: the share that it gets wrong, stretched over the scale."""

from __future__ import annotations

from pathlib import Path

from redstar_geo.difficulty.scale import HIGHEST, LOWEST
from redstar_geo.errors import InputError
from redstar_geo.parquet import whole_columns

NAME = "pass rate"
_COLUMNS = ["problem_id", "correct", "wrong"]


def level(correct: int, wrong: int) -> float | None:
    """1 + 9 · (1 − p), where p = (correct + ½) / (correct + wrong + 1) is the mean under Jeffreys' prior.

    The prior draws few samples towards the middle: one wrong sample is level 7.8, ten are 9.6. More right samples never
    raise the level and more wrong ones never lower it. Without a decided sample there is no level: None.
    """
    if correct + wrong == 0:
        return None
    passed = (correct + 0.5) / (correct + wrong + 1)
    return LOWEST + (HIGHEST - LOWEST) * (1 - passed)


def levels(path: Path) -> dict[str, float | None]:
    """The level of every problem of a run's `pass_rates.parquet`, by problem id, in the order of the file.

    Raises:
        InputError: the file is not there or is not one.
    """
    try:
        table = whole_columns(path, _COLUMNS)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path} is not the pass_rates.parquet of a run: {error}. Give the one that a finished `redstar-geo data` "
            "with a teacher wrote."
        ) from None
    return {row["problem_id"]: level(row["correct"], row["wrong"]) for row in table.to_pylist()}
