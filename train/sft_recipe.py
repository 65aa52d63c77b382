"""The recipe of a supervised fine-tuning: which base, which traces, what learns at which rate, and for how long."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from redstar_geo.models.tiny import TinySize
from redstar_geo.trainer.arguments import TuningRecipe
from redstar_geo.trainer.trackers import Tracker


class TinyBase(TinySize):
    """A base built from scratch in the run folder (`base/`).

    `text` is a glob of export files whose text the tokenizer is trained on, so that several trainings share it; without
    it, the training data's own.
    """

    text: str | None = None


class SftRecipe(TuningRecipe):
    """`redstar-geo train`: a base (`model` or `tiny`), the exported traces, and for how long.

    Attributes:
        epochs: how often the data is gone through; 1.5 ends in the middle of the second time.
        minutes: of training, whatever was seen by then; the learning rate falls with the clock.
        liger: fused RMSNorm and SwiGLU, on a GPU with liger-kernel installed.
        report_to: where the curves go beside `log.jsonl`.
        push_to_hub: a repository (`name/model`, made private if it is new) that the model is brought to at the end.
    """

    method: Literal["sft"]
    model: str | None = None
    tiny: TinyBase | None = None
    epochs: float | None = Field(default=None, gt=0)
    minutes: float | None = Field(default=None, gt=0)
    liger: bool = False
    report_to: list[Tracker] = Field(default_factory=list)
    push_to_hub: str | None = None

    @model_validator(mode="after")
    def _one_base_and_an_end(self) -> SftRecipe:
        if (self.model is None) == (self.tiny is None):
            raise ValueError("give either model (a hub id or folder) or tiny (a base built from scratch)")
        if self.epochs is None and self.minutes is None:
            raise ValueError("give epochs, minutes or both (then the earlier one ends the training)")
        return self
