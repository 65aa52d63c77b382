"""The recipe of a supervised fine-tuning: which base, which traces, what learns at which rate, and for how long."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from redstar_geo.recipe import Section
from redstar_geo.vlm.adapters import Lora
from redstar_geo.vlm.examine import Examination
from redstar_geo.vlm.families import PixelLimits
from redstar_geo.vlm.parts import Tuning
from redstar_geo.vlm.tiny import TinySize
from redstar_geo.vlm.trackers import Tracker
from redstar_geo.vlm.training_set import Packing


class TinyBase(TinySize):
    """A base built from scratch in the run folder (`base/`).

    `text` is a glob of export files whose text the tokenizer is trained on, so that several trainings share it; without
    it, the training data's own.
    """

    text: str | None = None


class SftRecipe(Section):
    """`redstar-geo train`: a base (`model` or `tiny`), the exported traces, and for how long.

    Attributes:
        learning_rate: peak rate of all parts, or of each (`vision`, `aligner`, `language`; one without is frozen).
        pack: what shares a row.
        accumulate: rows of a rank that make a step.
        max_tokens: of a sample; longer ones are `unfit`, as are those whose images do not match.
        unfit: whether a sample that cannot be trained on fails the run or is dropped and counted.
        dtype: of the weights; compute: of the forward and backward pass.
        loss_chunks: into how many parts the completion's tokens are cut, so that full logits never exist.
        liger: fused RMSNorm and SwiGLU, on a GPU with liger-kernel installed.
        deepspeed: a preset (`zero2`, `zero3`, `zero3_offload`) or a configuration file.
        workers: processes that encode rows ahead; 0 encodes between steps.
        examine: problems that are answered at every checkpoint; the best one by verified accuracy is kept in `best/`.
        report_to: where the curves go beside `log.jsonl`.
        push_to_hub: a repository (`name/model`, made private if it is new) that the model is brought to at the end.
    """

    method: Literal["sft"]
    run: str
    data: str
    model: str | None = None
    tiny: TinyBase | None = None
    seed: int = 0
    epochs: int | None = Field(default=None, gt=0)
    minutes: float | None = Field(default=None, gt=0)
    learning_rate: float | Tuning
    lora: Lora | None = None
    pack: Packing
    accumulate: int = Field(default=1, gt=0)
    max_tokens: int | None = Field(default=None, gt=0)
    unfit: Literal["fail", "drop"] = "fail"
    pixels: PixelLimits = PixelLimits()
    dtype: Literal["float32", "bfloat16"] = "float32"
    compute: Literal["float32", "bfloat16"] = "bfloat16"
    optimizer: Literal["adamw_torch_fused", "adamw_bnb_8bit", "paged_adamw_8bit"] = "adamw_torch_fused"
    warmup: float = Field(default=0.03, ge=0, lt=1)
    weight_decay: float = Field(default=0.0, ge=0)
    adam_beta2: float = Field(default=0.98, gt=0, lt=1)
    max_grad_norm: float = Field(default=1.0, gt=0)
    gradient_checkpointing: bool = False
    loss_chunks: int = Field(default=1, gt=0)
    liger: bool = False
    deepspeed: str | None = None
    workers: int = Field(default=0, ge=0)
    checkpoint_steps: int = Field(default=200, gt=0)
    examine: Examination | None = None
    report_to: list[Tracker] = Field(default_factory=list)
    push_to_hub: str | None = None

    @model_validator(mode="after")
    def _one_base_and_an_end(self) -> SftRecipe:
        if (self.model is None) == (self.tiny is None):
            raise ValueError("give either model (a hub id or folder) or tiny (a base built from scratch)")
        if self.epochs is None and self.minutes is None:
            raise ValueError("give epochs, minutes or both (then the earlier one ends the training)")
        return self

    @property
    def tuning(self) -> Tuning:
        rate = self.learning_rate
        return rate if isinstance(rate, Tuning) else Tuning(vision=rate, aligner=rate, language=rate)
