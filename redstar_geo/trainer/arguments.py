"""What every gradient training on exported files is told, and what transformers' Trainer makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import Field
from transformers import TrainingArguments

from redstar_geo.models.adapters import Lora
from redstar_geo.models.families import PixelLimits
from redstar_geo.models.parts import Tuning
from redstar_geo.recipe import Section
from redstar_geo.trainer import distributed
from redstar_geo.trainer.dataset import Packing
from redstar_geo.trainer.evaluation import Examination
from redstar_geo.trainer.zero import configuration


class TuningRecipe(Section):
    """The keys that fine-tuning and preference optimisation share.

    Attributes:
        learning_rate: peak rate of all parts, or of each (`vision`, `aligner`, `language`; one without is frozen).
        pack: what shares a row.
        accumulate: rows of a rank that make a step.
        max_tokens: of a sample; longer ones are `unfit`, as are those whose images do not match.
        unfit: whether a sample that cannot be trained on fails the run or is dropped and counted.
        dtype: of the weights; compute: of the forward and backward pass.
        loss_chunks: into how many parts the completion's tokens are cut, so that full logits never exist.
        deepspeed: a preset (`zero2`, `zero3`, `zero3_offload`) or a configuration file.
        workers: processes that encode rows ahead; 0 encodes between steps.
        examine: problems that are answered at every checkpoint; the best one by verified accuracy is kept in `best/`.
    """

    run: str
    data: str
    seed: int = 0
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
    deepspeed: str | None = None
    workers: int = Field(default=0, ge=0)
    checkpoint_steps: int = Field(default=200, gt=0)
    examine: Examination | None = None

    @property
    def tuning(self) -> Tuning:
        rate = self.learning_rate
        return rate if isinstance(rate, Tuning) else Tuning(vision=rate, aligner=rate, language=rate)


def training_arguments(recipe: TuningRecipe, checkpoints: Path, logging_steps: int, **more: Any) -> TrainingArguments:
    """For a `PackedTrainer`. Under DeepSpeed the ranks are joined here: ZeRO-3 decides how a model is loaded."""
    on_cpu = not torch.cuda.is_available()
    if recipe.deepspeed is not None:
        distributed.join_deepspeed()
    return TrainingArguments(
        output_dir=str(checkpoints),
        per_device_train_batch_size=1,
        gradient_accumulation_steps=recipe.accumulate,
        train_sampling_strategy="sequential",
        num_train_epochs=1,  # the rows of all epochs are one sequence
        learning_rate=recipe.tuning.language or recipe.tuning.aligner or recipe.tuning.vision or 0.0,
        adam_beta2=recipe.adam_beta2,
        max_grad_norm=recipe.max_grad_norm,
        optim=recipe.optimizer,
        bf16=recipe.compute == "bfloat16",
        use_cpu=on_cpu,
        ddp_find_unused_parameters=False,
        ddp_backend="gloo" if on_cpu and distributed.are_several() else None,
        ddp_timeout=int(distributed.PATIENCE.total_seconds()),
        deepspeed=str(configuration(recipe.deepspeed)) if recipe.deepspeed else None,
        dataloader_num_workers=recipe.workers,
        dataloader_pin_memory=not on_cpu,
        remove_unused_columns=False,
        seed=recipe.seed,
        logging_steps=logging_steps,
        logging_nan_inf_filter=False,  # the guard looks at every loss
        save_steps=recipe.checkpoint_steps,
        save_total_limit=2,
        disable_tqdm=True,
        **more,
    )
