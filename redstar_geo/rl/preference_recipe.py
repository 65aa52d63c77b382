"""The recipe of a preference optimisation: the start, the pairs, the loss, and when it stops by itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from redstar_geo.recipe import Section
from redstar_geo.rl.preference import PreferenceLoss
from redstar_geo.vlm.adapters import Lora
from redstar_geo.vlm.examine import Examination
from redstar_geo.vlm.families import PixelLimits
from redstar_geo.vlm.parts import Tuning
from redstar_geo.vlm.training_set import Packing


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


class DpoRecipe(Section):
    """`redstar-geo train`, preference optimisation: the model to start with, pairs of its problems, and how long.

    Attributes:
        data: a glob of the `pairs/*.parquet` of runs of `redstar-geo data`.
        model: a hub id or folder, usually `model/` of a supervised training; the reference too.
        preference: the loss, β, and the weight of the chosen completions' own likelihood.
        learning_rate: peak rate of all parts, or of each (`vision`, `aligner`, `language`; one without is frozen).
        pack: what shares a row; `samples` are pairs.
        accumulate: rows of a rank that make a step.
        max_tokens: of prompt and one completion; pairs with a longer one are `unfit`, as are broken ones.
        unfit: whether a pair that cannot be trained on fails the run or is dropped and counted.
        reference: folder where the reference's log-probabilities are kept, to be shared by runs that differ in β, rates
            or seeds; by default in the run.
        deepspeed: a preset (`zero2`, `zero3`, `zero3_offload`) or a configuration file.
        examine: problems that are answered at every checkpoint; the best one by verified accuracy is kept in `best/`.
    """

    method: Literal["dpo"]
    run: str
    data: str
    model: str
    preference: Preference = Preference()
    seed: int = 0
    epochs: int = Field(default=1, gt=0)
    learning_rate: float | Tuning
    lora: Lora | None = None
    pack: Packing
    accumulate: int = Field(default=1, gt=0)
    max_tokens: int | None = Field(default=None, gt=0)
    unfit: Literal["fail", "drop"] = "fail"
    reference: str | None = None
    pixels: PixelLimits = PixelLimits()
    dtype: Literal["float32", "bfloat16"] = "float32"
    compute: Literal["float32", "bfloat16"] = "bfloat16"
    optimizer: Literal["adamw_torch_fused", "adamw_bnb_8bit", "paged_adamw_8bit"] = "adamw_torch_fused"
    warmup: float = Field(default=0.1, ge=0, lt=1)
    weight_decay: float = Field(default=0.0, ge=0)
    adam_beta2: float = Field(default=0.98, gt=0, lt=1)
    max_grad_norm: float = Field(default=1.0, gt=0)
    gradient_checkpointing: bool = False
    loss_chunks: int = Field(default=1, gt=0)
    deepspeed: str | None = None
    workers: int = Field(default=0, ge=0)
    checkpoint_steps: int = Field(default=100, gt=0)
    stops: PreferenceStops = PreferenceStops()
    examine: Examination | None = None

    @model_validator(mode="after")
    def _compares_likelihoods(self) -> DpoRecipe:
        if self.lora is not None and self.lora.dropout:
            raise ValueError("lora.dropout must be 0: log-probabilities are compared with the reference's")
        return self

    @property
    def tuning(self) -> Tuning:
        rate = self.learning_rate
        return rate if isinstance(rate, Tuning) else Tuning(vision=rate, aligner=rate, language=rate)
