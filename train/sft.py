"""Supervised fine-tuning on exported traces: packed rows, the loss on completions only, nothing is cut.

Prepare (once, by rank 0, before any rank waits for another): the base, and the length of every sample. Train: load,
freeze, adapt, go through the rows. Finish: `model/`, `log.jsonl`, the counts. With `minutes` the learning rate decays
over wall-clock time, so that two forms of traces are compared at equal time.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import datasets
import deepspeed
import pyarrow.parquet as pq
import torch
import torch.distributed as dist
import transformers
from peft import PeftModel
from pydantic import Field, model_validator
from rich.table import Table
from transformers import PreTrainedModel, PrinterCallback, TrainingArguments

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.progress import console
from redstar_geo.recipe import Section
from redstar_geo.report.training import write_report
from redstar_geo.run import Counts, Run, open_run, read_manifest, write_rows
from redstar_geo.vlm.adapters import Lora, add_adapters, quantisation
from redstar_geo.vlm.attention import use_packed_attention
from redstar_geo.vlm.clean_stop import CleanStop
from redstar_geo.vlm.encode import Encoder
from redstar_geo.vlm.examine import Examination, Examiner, read_problems
from redstar_geo.vlm.families import (
    PixelLimits,
    family_of,
    limit_pixels,
    load,
    load_config,
    load_processor,
    tokenizer_of,
)
from redstar_geo.vlm.flops import StepFlops
from redstar_geo.vlm.guard import LossGuard
from redstar_geo.vlm.loss import LossModel
from redstar_geo.vlm.parts import PartRow, Tuning, freeze, param_groups, part_table, reachable
from redstar_geo.vlm.preflight import export_files
from redstar_geo.vlm.schedule import Schedule, TimedTraining, read_log
from redstar_geo.vlm.tiny import TinySize, build_tiny
from redstar_geo.vlm.trainer import PackedTrainer
from redstar_geo.vlm.training_set import MEASURED, Measured, PackedRows, Packing, idle_sample, measure, open_export

_PATIENCE = timedelta(minutes=30)  # of a rank with the others; data is prepared before the clock runs


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
        deepspeed: a preset (`zero2`, `zero3`, `zero3_offload`) or a configuration file.
        workers: processes that encode rows ahead; 0 encodes between steps.
        examine: problems that are answered at every checkpoint; the best one by verified accuracy is kept in `best/`.
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
    deepspeed: str | None = None
    workers: int = Field(default=0, ge=0)
    checkpoint_steps: int = Field(default=200, gt=0)
    examine: Examination | None = None
    report_to: list[Literal["tensorboard", "trackio", "wandb"]] = Field(default_factory=list)

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


def main(recipe: SftRecipe) -> dict[str, Any]:
    """Train and write `model/`, `log.jsonl` and the counts. Resumes from the last checkpoint; finished is a no-op.

    Raises:
        InputError: no data, not an export, an empty one, or samples that cannot be trained on.
        RedStarError: stopped by SIGTERM or a full disk, with the last checkpoint kept.
    """
    datasets.disable_progress_bars()  # ours say it
    transformers.utils.logging.disable_progress_bar()
    if int(os.environ.get("RANK", "0")) != 0:
        run = _once_prepared(recipe)
        if not run.finished("train"):
            _save(run, _train(recipe, run))
            _leave_together()
        return {}
    files = export_files(recipe.data)
    texts = export_files(recipe.tiny.text) if recipe.tiny and recipe.tiny.text else files
    inputs = {str(path): _sha256(path) for path in dict.fromkeys([*files, *texts])}
    with open_run(recipe.run, recipe.model_dump(exclude={"workers", "report_to"}), inputs) as run:
        if not run.finished("train"):
            if not run.finished("prepare"):
                prepare(recipe, run, files, texts)
            trainer = _train(recipe, run)
            _save(run, trainer)
            _leave_together()
            _finish(recipe, run, len(trainer.rows.measured.rows))
        return dict(run.manifest["counts"]["train"])


def prepare(recipe: SftRecipe, run: Run, files: list[Path], texts: list[Path]) -> None:
    """Build the base if there is none, and measure every sample."""
    if recipe.tiny is not None:
        size = TinySize(**recipe.tiny.model_dump(exclude={"text"}))
        build_tiny(run.path("base"), _texts(texts), size, recipe.seed)
    data = open_export(files)
    encoder = _encoder(recipe, _base(recipe, run))
    write_rows(run.path("lengths.parquet"), MEASURED, measure(data, encoder))
    found = pq.read_table(run.path("lengths.parquet"), columns=["unfit", "why"]).to_pylist()
    unfit = [row for row in found if row["unfit"] is not None]
    if unfit and recipe.unfit == "fail":
        examples = "; ".join(row["why"] for row in unfit[:3])
        raise InputError(
            f"{len(unfit)} of {len(found)} samples cannot be trained on: {examples}. Nothing is ever cut: raise "
            "max_tokens or mend them, or set unfit=drop to leave them out, counted."
        )
    counts = Counts(in_=len(found), out=len(found) - len(unfit))
    for row in unfit:
        counts.reject(row["unfit"])
    run.finish("prepare", counts)


def _train(recipe: SftRecipe, run: Run) -> PackedTrainer:
    """Go through the rows.

    Raises:
        RedStarError: stopped by SIGTERM or a full disk; the same command goes on from the last checkpoint.
    """
    checkpoint = _last_checkpoint(run)
    trainer = build_trainer(recipe, run, checkpoint)
    with CleanStop() as stop:
        trainer.add_callback(stop)
        try:
            trainer.train(resume_from_checkpoint=checkpoint)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise RedStarError(
                f"The disk of {run.folder} is full ({error}). The last whole checkpoint is kept: make room, and the "
                "same command goes on from there."
            ) from None
    if stop.requested:
        raise RedStarError(
            f"Stopped by SIGTERM after step {trainer.state.global_step}, with a checkpoint. The same command goes on."
        )
    return trainer


def build_trainer(recipe: SftRecipe, run: Run, checkpoint: str | None) -> PackedTrainer:
    """The trainer as `main` runs it, from the base or a checkpoint."""
    arguments = _arguments(recipe, run)  # first: under ZeRO-3 they decide how the model is loaded
    base = _base(recipe, run)
    encoder = _encoder(recipe, base)
    measured = Measured.read(run.path("lengths.parquet"))
    has_images = any(measured.patches)
    tuning, notes = reachable(encoder.family, recipe.tuning, has_images)
    model = _model(recipe, base, checkpoint, tuning)
    _stop_at_the_end_of_turn(model, encoder)
    rows = PackedRows(
        open_export(export_files(recipe.data)),
        measured,
        recipe.pack,
        encoder,
        idle_sample(encoder, has_images),
        rows_a_step=arguments.world_size * recipe.accumulate,
        seed=recipe.seed,
        epochs=recipe.epochs,
    )
    schedule = Schedule(recipe.warmup, recipe.minutes * 60 if recipe.minutes else None)
    trainer = PackedTrainer(
        LossModel(model, recipe.loss_chunks),
        encoder.processor,
        rows,
        param_groups(model, encoder.family, tuning, recipe.weight_decay),
        schedule,
        LossGuard(),
        StepFlops(load_config(base), tuning, recipe.lora),
        args=arguments,
    )
    if recipe.examine is not None:
        problems = read_problems(recipe.examine, recipe.seed, encoder.family.sees)
        trainer.add_callback(Examiner(recipe.examine, problems, model, encoder.processor, run.folder))
    trainer.add_callback(TimedTraining(schedule, run.path("log.jsonl"), trainer.facts))
    trainer.remove_callback(PrinterCallback)  # the progress bar and log.jsonl say it
    if arguments.process_index == 0:
        _show(run, part_table(model, encoder.family, tuning), notes)
    return trainer


def _model(recipe: SftRecipe, base: str, checkpoint: str | None, tuning: Tuning) -> PreTrainedModel | PeftModel:
    dtype = getattr(torch, recipe.dtype)
    family = family_of(load_config(base))
    start = checkpoint if checkpoint is not None and recipe.lora is None else base
    model = load(start, dtype, quantisation(family, recipe.lora, dtype))[0]
    use_packed_attention(model)
    if recipe.gradient_checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    if recipe.lora is not None and checkpoint is not None:
        return PeftModel.from_pretrained(model, checkpoint, is_trainable=True)
    if recipe.lora is not None:
        return add_adapters(model, family, recipe.lora, tuning)
    freeze(model, family, tuning)
    return model


def _stop_at_the_end_of_turn(model: PreTrainedModel | PeftModel, encoder: Encoder) -> None:
    """Generation stops where the taught turns end; a base model knows another end."""
    ends = tokenizer_of(encoder.processor)(encoder.end_of_turn, add_special_tokens=False)["input_ids"][:1]
    known = model.generation_config.eos_token_id
    others = known if isinstance(known, list) else [known] if known is not None else []
    model.generation_config.eos_token_id = [*ends, *(token for token in others if token not in ends)]


def _arguments(recipe: SftRecipe, run: Run) -> TrainingArguments:
    on_cpu = not torch.cuda.is_available()
    if recipe.deepspeed is not None:  # ZeRO-3 reckons with the number of ranks before the trainer is there
        deepspeed.init_distributed(dist_backend="gloo" if on_cpu else "nccl", timeout=_PATIENCE, verbose=False)
    return TrainingArguments(
        output_dir=str(run.path("checkpoints")),
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
        ddp_backend="gloo" if on_cpu and "WORLD_SIZE" in os.environ else None,
        deepspeed=_deepspeed(recipe.deepspeed),
        dataloader_num_workers=recipe.workers,
        dataloader_pin_memory=not on_cpu,
        remove_unused_columns=False,
        seed=recipe.seed,
        logging_steps=10,
        logging_nan_inf_filter=False,  # the guard looks at every loss
        save_steps=recipe.checkpoint_steps,
        save_total_limit=2,
        report_to=list(recipe.report_to) or "none",
        disable_tqdm=True,
    )


def _deepspeed(name: str | None) -> str | None:
    if name is None or Path(name).is_file():
        return name
    preset = Path(__file__).parent / "deepspeed" / f"{name}.json"
    if not preset.is_file():
        known = ", ".join(sorted(path.stem for path in preset.parent.glob("*.json")))
        raise InputError(f"deepspeed={name} is neither a file nor a preset. Presets: {known}.")
    return str(preset)


def _encoder(recipe: SftRecipe, base: str) -> Encoder:
    config = load_config(base)
    processor = load_processor(base, config)
    limit_pixels(family_of(config), processor, recipe.pixels)
    budget = min(limit for limit in (recipe.max_tokens, recipe.pack.tokens, 1 << 40) if limit is not None)
    return Encoder(config, processor, budget)


def _base(recipe: SftRecipe, run: Run) -> str:
    return str(recipe.model) if recipe.tiny is None else str(run.path("base"))


def _show(run: Run, parts: list[PartRow], notes: list[str]) -> None:
    """The table of what learns, on the terminal and in the manifest."""
    table = Table("part", "parameters", "trainable", "learning rate")
    for row in parts:
        table.add_row(row.part, f"{row.parameters:,}", f"{row.trainable:,}", str(row.learning_rate or "–"))
    console.print(table, *notes)
    run.manifest["parts"] = {"table": [asdict(row) for row in parts], "notes": notes}
    run.save()


def _texts(files: list[Path]) -> Iterator[str]:
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(columns=["prompt", "completion"]):
            for row in batch.to_pylist():
                yield "".join(message["content"] for message in row["prompt"] + row["completion"])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _last_checkpoint(run: Run) -> str | None:
    """The newest whole checkpoint: the trainer writes `trainer_state.json` last."""
    whole = [path.parent for path in run.path("checkpoints").glob("checkpoint-*/trainer_state.json")]
    newest = max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
    return str(newest) if newest else None


def _once_prepared(recipe: SftRecipe) -> Run:
    """For ranks but the first: the run, once rank 0 has prepared it. No collective runs out of time meanwhile."""
    while True:
        if (Path(recipe.run) / "run.json").is_file():
            run = Run(Path(recipe.run), read_manifest(recipe.run))
            if run.finished("prepare"):
                return run
        time.sleep(0.5)


def _save(run: Run, trainer: PackedTrainer) -> None:
    """On all ranks: under ZeRO-3 each has a share of the weights. The processor goes with them."""
    if trainer.args.process_index == 0:
        shutil.rmtree(run.path(".model.partial"), ignore_errors=True)
    trainer.save_model(str(run.path(".model.partial")))


def _leave_together() -> None:
    """No rank ends while another still has something to say to it."""
    if dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()


def _finish(recipe: SftRecipe, run: Run, samples: int) -> None:
    shutil.rmtree(run.path("model"), ignore_errors=True)
    run.path(".model.partial").rename(run.path("model"))
    log = read_log(run.path("log.jsonl"))
    last = log[-1]
    parts = [PartRow(**row) for row in run.manifest["parts"]["table"]]
    examinations = read_log(run.path("examinations.jsonl"))
    problems = (
        read_problems(recipe.examine, recipe.seed, any(r.part == "vision" for r in parts)) if recipe.examine else ()
    )
    write_report(run.path("report.html"), run.folder.name, log, parts, examinations, problems)
    seen = min(samples, last["samples"])
    prepared = run.manifest["counts"]["prepare"]
    counts = Counts(prepared["in"], seen, dict(prepared["rejected"]), samples - seen)
    run.finish("train", counts, **last)
    shutil.rmtree(run.path("checkpoints"))
