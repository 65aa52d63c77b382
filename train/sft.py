"""Supervised fine-tuning on exported traces, on TRL's SFTTrainer: the loss is on the completion only, nothing is cut.

With `minutes` the learning rate decays over wall-clock time, so that two forms of traces are compared at equal time.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pyarrow.parquet as pq
import torch
from datasets import load_dataset
from pydantic import Field, model_validator
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR
from transformers import AutoModelForImageTextToText, AutoProcessor, PrinterCallback
from trl import SFTConfig, SFTTrainer

from redstar_geo.errors import InputError
from redstar_geo.recipe import Section
from redstar_geo.run import Counts, Run, open_run
from redstar_geo.vlm.schedule import Schedule, TimedTraining, read_log
from redstar_geo.vlm.tiny import TinySize, build_tiny

COLUMNS = ("id", "prompt", "completion", "images")


class TinyBase(TinySize):
    """A base built from scratch in the run folder (`base/`).

    `text` is a glob of export files whose text the tokenizer is trained on, so that several trainings share it; without
    it, the training data's own.
    """

    text: str | None = None


class SftRecipe(Section):
    """`redstar-geo train`: a base (`model` or `tiny`), the exported traces, and for how long."""

    method: Literal["sft"]
    run: str
    data: str
    model: str | None = None
    tiny: TinyBase | None = None
    seed: int = 0
    epochs: int | None = Field(default=None, gt=0)
    minutes: float | None = Field(default=None, gt=0)
    batch_size: int = Field(default=16, gt=0)
    accumulate: int = Field(default=1, gt=0)
    learning_rate: float = Field(gt=0)
    warmup: float = Field(default=0.03, ge=0, lt=1)
    weight_decay: float = Field(default=0.0, ge=0)
    adam_beta2: float = Field(default=0.98, gt=0, lt=1)
    max_grad_norm: float = Field(default=1.0, gt=0)
    gradient_checkpointing: bool = False
    checkpoint_steps: int = Field(default=200, gt=0)

    @model_validator(mode="after")
    def _one_base_and_an_end(self) -> SftRecipe:
        if (self.model is None) == (self.tiny is None):
            raise ValueError("give either model (a hub id or folder) or tiny (a base built from scratch)")
        if self.epochs is None and self.minutes is None:
            raise ValueError("give epochs, minutes or both (then the earlier one ends the training)")
        return self


def main(recipe: SftRecipe) -> dict[str, Any]:
    """Train, write `model/`, `log.jsonl` and the counts. Resumes from the last checkpoint; finished is a no-op.

    Raises:
        InputError: no data, not an export, or an empty one.
    """
    files = _export_files(recipe.data)
    texts = _export_files(recipe.tiny.text) if recipe.tiny and recipe.tiny.text else files
    inputs = {str(path): _sha256(path) for path in dict.fromkeys([*files, *texts])}
    with open_run(recipe.run, recipe.model_dump(), inputs) as run:
        if not run.finished("train"):
            base, checkpoint = _base(recipe, run, texts), _last_checkpoint(run)
            # The trainer matches the keys of a Qwen-VL checkpoint by name only, finds none and goes on from the base
            # (transformers 5.23), so the weights come from the checkpoint here.
            trainer = build_trainer(recipe, run, checkpoint or base, files)
            trainer.train(resume_from_checkpoint=checkpoint)
            _finish(run, trainer, sum(pq.read_metadata(file).num_rows for file in files))
        return dict(run.manifest["counts"]["train"])


class ScheduledSFTTrainer(SFTTrainer):
    """SFTTrainer whose learning rate follows a `Schedule`."""

    def __init__(self, schedule: Schedule, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.schedule = schedule

    def create_scheduler(self, num_training_steps: int, optimizer: Optimizer | None = None) -> LambdaLR:
        self.schedule.steps = num_training_steps
        self.lr_scheduler = LambdaLR(optimizer or self.create_optimizer(), self.schedule)
        return self.lr_scheduler


def build_trainer(recipe: SftRecipe, run: Run, base: str, files: list[Path]) -> ScheduledSFTTrainer:
    """The trainer as `main` runs it, on the model and processor at `base`."""
    data = load_dataset("parquet", data_files=[str(file) for file in files], split="train")
    schedule = Schedule(recipe.warmup, recipe.minutes * 60 if recipe.minutes else None)
    trainer = ScheduledSFTTrainer(
        schedule,
        model=AutoModelForImageTextToText.from_pretrained(base, dtype=torch.float32),  # autocast computes in bf16
        args=_arguments(recipe, run),
        train_dataset=data,
        processing_class=AutoProcessor.from_pretrained(base),
        callbacks=[TimedTraining(schedule, run.path("log.jsonl"), len(data))],
    )
    trainer.remove_callback(PrinterCallback)  # the progress bar and log.jsonl say it
    return trainer


def _arguments(recipe: SftRecipe, run: Run) -> SFTConfig:
    on_cpu = not torch.cuda.is_available()
    return SFTConfig(
        output_dir=str(run.path("checkpoints")),
        per_device_train_batch_size=recipe.batch_size,
        gradient_accumulation_steps=recipe.accumulate,
        num_train_epochs=recipe.epochs or 1_000_000,  # then the clock ends it
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        adam_beta2=recipe.adam_beta2,
        max_grad_norm=recipe.max_grad_norm,
        max_length=None,
        completion_only_loss=True,
        gradient_checkpointing=recipe.gradient_checkpointing,
        bf16=True,
        use_cpu=on_cpu,
        dataloader_pin_memory=not on_cpu,
        seed=recipe.seed,
        logging_steps=10,
        include_num_input_tokens_seen="non_padding",
        save_steps=recipe.checkpoint_steps,
        save_total_limit=2,
        report_to="none",
        disable_tqdm=True,
    )


def _base(recipe: SftRecipe, run: Run, texts: list[Path]) -> str:
    if recipe.tiny is None:
        return str(recipe.model)
    base = run.path("base")
    if not run.finished("base"):
        size = TinySize(**recipe.tiny.model_dump(exclude={"text"}))
        build_tiny(base, _texts(texts), size, recipe.seed)
        run.finish("base", Counts())
    return str(base)


def _texts(files: list[Path]) -> Iterator[str]:
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(columns=["prompt", "completion"]):
            for row in batch.to_pylist():
                yield "".join(message["content"] for message in row["prompt"] + row["completion"])


def _export_files(pattern: str) -> list[Path]:
    root = Path(Path(pattern).anchor)  # Path.glob takes relative patterns only
    files = sorted(root.glob(str(Path(pattern).relative_to(root))))
    if not files:
        raise InputError(f"No file matches data {pattern!r}. Give the sft/*.parquet of a run of `redstar-geo data`.")
    for file in files:
        try:
            found = pq.read_schema(file).names
        except (OSError, ValueError):
            raise InputError(f"{file} is not a Parquet file. Give the sft/*.parquet of a finished data run.") from None
        missing = [name for name in COLUMNS if name not in found]
        if missing:
            raise InputError(
                f"{file} has columns {', '.join(found)}; missing: {', '.join(missing)}. Give the sft/*.parquet of a "
                "data run (problems.parquet and traces.parquet are not what is trained on)."
            )
    if not sum(pq.read_metadata(file).num_rows for file in files):
        raise InputError(f"{pattern!r} holds no rows. See run.json of the data run for why every trace was rejected.")
    return files


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _last_checkpoint(run: Run) -> str | None:
    """The newest whole checkpoint: the trainer writes `trainer_state.json` last."""
    whole = [path.parent for path in run.path("checkpoints").glob("checkpoint-*/trainer_state.json")]
    newest = max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
    return str(newest) if newest else None


def _finish(run: Run, trainer: SFTTrainer, rows: int) -> None:
    partial, model = run.path(".model.partial"), run.path("model")
    shutil.rmtree(partial, ignore_errors=True)
    trainer.save_model(str(partial))  # the processor goes with it
    shutil.rmtree(model, ignore_errors=True)
    partial.rename(model)
    last = read_log(run.path("log.jsonl"))[-1]
    seen = min(rows, last["samples"])
    run.finish("train", Counts(in_=rows, out=seen, pending=rows - seen), **last)
    shutil.rmtree(run.path("checkpoints"))
