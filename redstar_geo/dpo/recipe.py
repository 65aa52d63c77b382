"""The recipe of a preference optimisation: the start, the pairs, the loss, and when it stops by itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from redstar_geo.dpo.loss import PreferenceLoss
from redstar_geo.recipe import Section
from redstar_geo.trainer.recipe import TuningRecipe


class PreferenceStops(Section):
    """When a training stops by itself: right answers have become unlikely, in each of the last `patience` steps.

    Attributes:
        patience: steps in a row.
        fall: of the chosen completions' log-probability against the reference, in nats a token.
    """

    patience: int = Field(default=10, gt=0)
    fall: float = Field(default=1.0, gt=0)


class Preference(Section):
    """What is optimised.

    Attributes:
        loss: of TRL's, with the reference's log-probabilities.
        beta: how strongly the policy is held to the reference; IPO's τ.
        nll_weight: of the chosen completions' own −log p a token (arXiv 2404.19733).
    """

    loss: PreferenceLoss = "sigmoid"
    beta: float = Field(default=0.1, gt=0)
    nll_weight: float = Field(default=0.0, ge=0)


class DpoRecipe(TuningRecipe):
    """`redstar-geo train`, preference optimisation: the model to start with, pairs of its problems, and how long.

    Attributes:
        data: a glob of the `pairs/*.parquet` of runs of `redstar-geo data`.
        model: a hub id or folder, usually `model/` of a supervised training; the reference too.
        preference: the loss, β, and the weight of the chosen completions' own likelihood.
        pack: what shares a row; `samples` are pairs.
        max_tokens: of prompt and one completion; pairs with a longer one are `unfit`, as are broken ones.
        unfit: whether a pair that cannot be trained on fails the run or is dropped and counted.
        reference: folder where the reference's log-probabilities are kept, to be shared by runs that differ in β, rates
            or seeds; by default in the run.
    """

    method: Literal["dpo"]
    model: str
    preference: Preference = Preference()
    epochs: int = Field(default=1, gt=0)
    reference: str | None = None
    warmup: float = Field(default=0.1, ge=0, lt=1)
    checkpoint_steps: int = Field(default=100, gt=0)
    stops: PreferenceStops = PreferenceStops()

    @model_validator(mode="after")
    def _compares_likelihoods(self) -> DpoRecipe:
        if self.lora is not None and self.lora.dropout:
            raise ValueError("lora.dropout must be 0: log-probabilities are compared with the reference's")
        return self
