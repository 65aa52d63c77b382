"""The recipes of `redstar-geo train`: what every training on exported files may say, supervised ones, merges."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from redstar_geo.models.adapters import Lora
from redstar_geo.models.parts import Tuning
from redstar_geo.models.pixels import PixelLimits
from redstar_geo.models.tiny import TinySize
from redstar_geo.recipe import Section
from redstar_geo.trainer.evaluation import HeldOut
from redstar_geo.trainer.half import Updates, check_updates
from redstar_geo.trainer.pack import Packing
from redstar_geo.trainer.trackers import Tracker


class Outlets(Section):
    """Where a training is seen beside its run folder.

    Attributes:
        report_to: where the curves go beside `log.jsonl`.
        push_to_hub: a repository (`name/model`, made private if it is new) that the model is brought to at the end.
    """

    report_to: list[Tracker] = Field(default_factory=list)
    push_to_hub: str | None = None


class TuningRecipe(Outlets):
    """The keys that fine-tuning and preference optimisation share.

    Attributes:
        learning_rate: peak rate of all parts, or of each (`vision`, `aligner`, `language`; one without is frozen).
        pack: what shares a row.
        accumulate: rows of a rank that make a step.
        max_tokens: of a sample; longer ones are `unfit`, as are those whose images do not match.
        unfit: whether a sample that cannot be trained on fails the run or is dropped and counted.
        dtype: of the weights; compute: of the forward and backward pass.
        bfloat16_updates: how weights in bfloat16 learn where DeepSpeed keeps no float32 ones (trainer/half.py).
        loss_chunks: into how many parts the completion's tokens are split, so that full logits never exist.
        deepspeed: a preset (`zero2`, `zero3`, `zero3_offload`) or a configuration file.
        workers: processes that encode rows ahead; 0 encodes between steps.
        evaluate: held-out problems that are answered at every checkpoint; the one with most correct answers is kept in
            `best/`.
    """

    run: str
    data: str
    seed: int = 0
    epochs: float | None = Field(default=None, gt=0)
    learning_rate: float | Tuning
    lora: Lora | None = None
    pack: Packing
    accumulate: int = Field(default=1, gt=0)
    max_tokens: int | None = Field(default=None, gt=0)
    unfit: Literal["fail", "drop"] = "fail"
    pixels: PixelLimits = PixelLimits()
    dtype: Literal["float32", "bfloat16"] = "float32"
    compute: Literal["float32", "bfloat16"] = "bfloat16"
    bfloat16_updates: Updates | None = None
    optimizer: Literal["adamw_torch_fused", "adamw_bnb_8bit", "paged_adamw_8bit"] = "adamw_torch_fused"
    warmup: float = Field(default=0.03, ge=0, lt=1)
    weight_decay: float = Field(default=0.0, ge=0)
    adam_beta2: float = Field(default=0.98, gt=0, lt=1)
    max_grad_norm: float = Field(default=1.0, gt=0)
    gradient_checkpointing: bool = False
    loss_chunks: int = Field(default=1, gt=0)
    deepspeed: str | None = None
    workers: int = Field(default=0, ge=0)
    checkpoint_steps: int = Field(default=200, gt=0)
    evaluate: HeldOut | None = None

    @model_validator(mode="after")
    def _weights_in_bfloat16_learn(self) -> Self:
        check_updates(self.bfloat16_updates, self.dtype, self.deepspeed, full=self.lora is None)
        if self.bfloat16_updates is not None and self.optimizer != "adamw_torch_fused":
            raise ValueError(
                f"optimizer {self.optimizer} rounds bfloat16 weights to the nearest, whatever bfloat16_updates says: "
                "leave optimizer out (stochastic_rounding needs little more memory), or give lora"
            )
        if self.deepspeed is not None and self.dtype == "bfloat16" != self.compute:
            raise ValueError("deepspeed computes in dtype bfloat16 only if compute is bfloat16 too: leave compute out")
        return self

    @property
    def tuning(self) -> Tuning:
        rate = self.learning_rate
        return rate if isinstance(rate, Tuning) else Tuning(vision=rate, aligner=rate, language=rate)


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
        sequence_parallel_size: ranks that share every row, for chains too long for one (arXiv 2309.14509).
    """

    method: Literal["sft"]
    model: str | None = None
    tiny: TinyBase | None = None
    minutes: float | None = Field(default=None, gt=0)
    liger: bool = False
    sequence_parallel_size: int = Field(default=1, gt=0)

    @model_validator(mode="after")
    def _one_base_and_an_end(self) -> SftRecipe:
        if (self.model is None) == (self.tiny is None):
            raise ValueError("give either model (a hub id or folder) or tiny (a base built from scratch)")
        if self.epochs is None and self.minutes is None:
            raise ValueError("give epochs, minutes or both (then the earlier one ends the training)")
        return self


class MergeRecipe(Section):
    """`redstar-geo train` with `method: merge`.

    `adapter` is the folder of a LoRA checkpoint or the model/ of a LoRA training, `model` the base that it was trained
    on (hub id or folder). `tolerance` is the largest difference of a logit that is accepted, as a share of the largest
    logit; by default it follows from the dtype.
    """

    method: Literal["merge"]
    run: str
    adapter: str
    model: str
    dtype: Literal["float32", "bfloat16"] = "bfloat16"
    tolerance: float | None = Field(default=None, gt=0)
