"""Difficulty of a question, from 1 to 10: by a scorer trained on labelled questions, or by a model's pass rate.

Levels are on Omni-MATH's scale (arXiv 2410.07985), where MATH's levels 1 to 5 stand as they are. `text` is the
embedded scorer, `regression_head` the paper's (arXiv 2501.11284), `pass_rate` needs no labels; `measure` says how good
a scorer is on questions it has not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from redstar_geo.errors import InputError
from redstar_geo.run import read_json


class Scorer(Protocol):
    """What gives questions their level; `name` is what goes into `Problem.difficulty_by`."""

    @property
    def name(self) -> str: ...

    def score(self, questions: Sequence[str]) -> np.ndarray:
        """Levels from 1 to 10, shape (questions,), float64."""


def load(folder: Path) -> Scorer:
    """The scorer in `folder`, the `scorer/` of a run of the recipe `difficulty.yaml`.

    Raises:
        InputError: no scorer is there.
    """
    try:
        (folder / "scorer.json").open("rb").close()
    except OSError:
        raise InputError(
            f"{folder} holds no scorer.json. Give the scorer/ folder of a finished `redstar-geo data "
            "data_prep/difficulty.yaml`."
        ) from None
    kind = read_json(folder / "scorer.json", dict).get("kind")
    if kind == "text":
        from redstar_geo.difficulty.text import TextScorer

        return TextScorer.load(folder)
    from redstar_geo.difficulty.regression_head import LlmScorer  # torch takes seconds to import

    return LlmScorer.load(folder)
