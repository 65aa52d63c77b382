"""Supervised fine-tuning on exported traces: packed rows, the loss on completions only, nothing is cut.

Prepare (once, by rank 0, before any rank waits for another): the base, and the length of every sample. Train: load,
freeze, adapt, go through the rows. Finish: `model/` with its card, `log.jsonl`, `report.html`, the counts. With
`minutes` the learning rate decays over wall-clock time, so that two forms of traces are compared at equal time.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq
import torch
import transformers
from transformers import PrinterCallback

from redstar_geo.errors import InputError
from redstar_geo.fingerprint import sha256
from redstar_geo.models.encode import Encoder
from redstar_geo.models.families import family_of, limit_pixels
from redstar_geo.models.flops import StepFlops
from redstar_geo.models.liger import check_liger
from redstar_geo.models.load import check_vocabulary, load_config, load_processor
from redstar_geo.models.loss import LossModel
from redstar_geo.models.parts import PartRow, param_groups, part_table, reachable, shown
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.preflight.training import export_files
from redstar_geo.progress import console
from redstar_geo.report.training import write_report
from redstar_geo.run import Counts, Run, open_run, write_rows
from redstar_geo.train.sft_recipe import SftRecipe
from redstar_geo.trainer import distributed
from redstar_geo.trainer.arguments import training_arguments
from redstar_geo.trainer.checkpoints import check_ranks, last_whole
from redstar_geo.trainer.dataset import MEASURED, Measured, PackedRows, export_texts, idle_sample, measure, open_export
from redstar_geo.trainer.divergence import LossGuard
from redstar_geo.trainer.evaluation import Examiner, read_problems
from redstar_geo.trainer.model_card import push, write_card
from redstar_geo.trainer.schedule import Schedule, TimedTraining, read_log
from redstar_geo.trainer.start import model_to_train, stop_at_the_end_of_turn
from redstar_geo.trainer.trackers import check_installed, tensorboard
from redstar_geo.trainer.trainer import PackedTrainer, go_through

__all__ = ["SftRecipe", "build_trainer", "main", "prepare"]
_NOT_OF_THE_RUN = {"workers", "report_to", "push_to_hub"}  # may change when it goes on


def main(recipe: SftRecipe) -> dict[str, Any]:
    """Train and write `model/`, `log.jsonl` and the counts. Resumes from the last checkpoint; finished is a no-op.

    Raises:
        InputError: no data, not an export, an empty one, or samples that cannot be trained on.
        RedStarError: stopped by SIGTERM or a full disk, with the last checkpoint kept; or not to be pushed.
    """
    datasets.disable_progress_bars()  # ours say it
    transformers.utils.logging.disable_progress_bar()
    if not distributed.is_first():
        run = distributed.once_prepared(recipe.run)
        if not run.finished("train"):
            _train(recipe, run)
        return {}
    check_installed(recipe.report_to)
    if recipe.liger:
        check_liger()
    files = export_files(recipe.data)
    texts = export_files(recipe.tiny.text) if recipe.tiny and recipe.tiny.text else files
    inputs = {str(path): sha256(path) for path in dict.fromkeys([*files, *texts])}
    as_run = recipe.model_dump(exclude=_NOT_OF_THE_RUN)
    with open_run(recipe.run, as_run, inputs) as run:
        if not run.finished("prepare"):
            prepare(recipe, run, files, texts)
        if not run.finished("train"):
            _finish(recipe, run, _train(recipe, run))
        if recipe.push_to_hub is not None and not run.finished(f"push to {recipe.push_to_hub}"):
            push(run.path("model"), recipe.push_to_hub)
            run.finish(f"push to {recipe.push_to_hub}", Counts(in_=1, out=1))
        return dict(run.manifest["counts"]["train"])


def prepare(recipe: SftRecipe, run: Run, files: list[Path], texts: list[Path]) -> None:
    """Build the base if there is none, and measure every sample."""
    if recipe.tiny is not None:
        size = TinySize(**recipe.tiny.model_dump(exclude={"text"}))
        build_tiny(run.path("base"), export_texts(texts), size, recipe.seed)
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
    """Go through the rows, on all ranks, and save what came of it.

    Raises:
        RedStarError: stopped by SIGTERM; the same command goes on from the last checkpoint.
    """
    checkpoint = last_whole(run.path("checkpoints"))
    trainer = build_trainer(recipe, run, checkpoint)
    go_through(trainer, run, checkpoint)
    return trainer


def build_trainer(recipe: SftRecipe, run: Run, checkpoint: Path | None) -> PackedTrainer:
    """The trainer as `main` runs it, from the base or a checkpoint."""
    arguments = training_arguments(  # first: under ZeRO-3 they decide how the model is loaded
        recipe,
        run.path("checkpoints"),
        logging_steps=10,
        project="redstar-geo",
        run_name=run.folder.name,
        report_to=[name for name in recipe.report_to if name != "tensorboard"] or "none",
    )
    if checkpoint is not None:
        check_ranks(checkpoint, arguments.world_size)
    base = _base(recipe, run)
    encoder = _encoder(recipe, base)
    measured = Measured.read(run.path("lengths.parquet"))
    has_images = any(measured.patches)
    tuning, notes = reachable(encoder.family, recipe.tuning, has_images)
    dtype = torch.float32 if recipe.dtype == "float32" else torch.bfloat16
    model = model_to_train(base, checkpoint, dtype, tuning, recipe.lora, recipe.gradient_checkpointing, recipe.liger)
    stop_at_the_end_of_turn(model, encoder)
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
        if "tensorboard" in recipe.report_to:
            trainer.add_callback(tensorboard(run.path("tensorboard"), checkpoint))
        parts = part_table(model, encoder.family, tuning)
        console.print(shown(parts), *notes)
        run.manifest["parts"] = {"table": [asdict(row) for row in parts], "notes": notes}
        run.save()
    return trainer


def _encoder(recipe: SftRecipe, base: str) -> Encoder:
    config = load_config(base)
    processor = load_processor(base, config)
    check_vocabulary(processor, config)
    limit_pixels(family_of(config), processor, recipe.pixels)
    budget = min(limit for limit in (recipe.max_tokens, recipe.pack.tokens, 1 << 40) if limit is not None)
    return Encoder(config, processor, budget)


def _base(recipe: SftRecipe, run: Run) -> str:
    return str(recipe.model) if recipe.tiny is None else str(run.path("base"))


def _finish(recipe: SftRecipe, run: Run, trainer: PackedTrainer) -> None:
    log, examinations = read_log(run.path("log.jsonl")), read_log(run.path("examinations.jsonl"))
    last, samples = log[-1], len(trainer.rows.measured.rows)
    noted = run.manifest["parts"]
    parts = [PartRow(**row) for row in noted["table"]]
    problems = read_problems(recipe.examine, recipe.seed, trainer.rows.encoder.family.sees) if recipe.examine else ()
    facts = dict(note.split(": ", 1) for note in noted["notes"])
    write_report(run.path("report.html"), run.folder.name, log, parts, examinations, problems, facts)
    write_card(run.path(".model.partial"), run.folder.name, run.manifest["recipe"], log, parts, examinations)
    shutil.rmtree(run.path("model"), ignore_errors=True)
    run.path(".model.partial").rename(run.path("model"))
    seen = min(samples, last["samples"])
    prepared = run.manifest["counts"]["prepare"]
    run.finish("train", Counts(prepared["in"], seen, dict(prepared["rejected"]), samples - seen), **last)
    shutil.rmtree(run.path("checkpoints"))
