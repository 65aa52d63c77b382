"""What every fine-tuning on exported files does alike: its run, its rows, what follows it while it runs, its end."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import datasets
import transformers
from transformers import PrinterCallback

from redstar_geo.errors import RedStarError, disk_full_reported
from redstar_geo.fingerprint import sha256
from redstar_geo.identity import Settings
from redstar_geo.models.encode import Encoder
from redstar_geo.models.load import load_config, model_fingerprint
from redstar_geo.models.parts import part_table, shown
from redstar_geo.models.shipped import located
from redstar_geo.progress import console
from redstar_geo.recipe import Section
from redstar_geo.run import Counts, Run, open_run
from redstar_geo.trainer import distributed
from redstar_geo.trainer.checkpoints import remove_torn
from redstar_geo.trainer.clean_stop import CleanStop
from redstar_geo.trainer.dataset import Kind, Measured, PackedRows, export_files, idle_sample, open_export
from redstar_geo.trainer.evaluation import EvaluationCallback, held_out
from redstar_geo.trainer.log import read_log
from redstar_geo.trainer.model_card import write_card
from redstar_geo.trainer.recipe import TuningRecipe
from redstar_geo.trainer.schedule import TimedTraining
from redstar_geo.trainer.trackers import OUTLETS, check_installed, tensorboard
from redstar_geo.trainer.trainer import PackedTrainer
from redstar_geo.trainer.zero import check_shards

R = TypeVar("R", bound=PackedRows)


@contextmanager
def open_finetuning(
    recipe: TuningRecipe, inputs: Callable[[], dict[str, str]], may_change: set[str], prepare: Callable[[Run], None]
) -> Iterator[Run]:
    """The run once rank 0 has prepared it; the other ranks wait for that outside any collective.

    Args:
        inputs: fingerprints of what the run depends on, taken by rank 0 alone.
        may_change: keys that may differ when the run goes on, besides `OUTLETS`.

    Raises:
        InputError: the folder is of another recipe or of other inputs, or something that the recipe names is not there.
        RedStarError: the disk is full; the last checkpoint is kept.
    """
    datasets.disable_progress_bars()  # ours say it
    transformers.utils.logging.disable_progress_bar()
    if not distributed.is_first():
        run = distributed.once_prepared(recipe.run)
        with disk_full_reported(run.folder):
            yield run
        return
    check_installed(recipe.report_to)
    check_shards(recipe.deepspeed, recipe.lora)
    as_run, fingerprinted = Settings.of(recipe, may_change | OUTLETS), inputs()
    named = ["data", "tiny.text", *local(recipe, "model")]
    with disk_full_reported(Path(recipe.run)), open_run(recipe.run, as_run, fingerprinted, named) as run:
        if not run.finished("prepare"):
            prepare(run)
        yield run


def fingerprints(files: Sequence[Path], model: str | None) -> dict[str, str]:
    """Of the files, and of the model where it is not built in the run.

    Raises:
        InputError: there is no such model.
    """
    digests = {str(path): sha256(path) for path in dict.fromkeys(files)}
    if model is not None:
        load_config(model)  # brings one of the hub into the cache
        digests[model] = model_fingerprint(model)
    return digests


def local(recipe: Section, *keys: str) -> list[str]:
    """Those keys of a recipe that name a folder here, and no model of the hub."""
    values = recipe.model_dump(include=set(keys))
    return [key for key in keys if values.get(key) is not None and Path(located(values[key])).is_dir()]


def packed_rows(
    rows: type[R], kind: Kind, recipe: TuningRecipe, run: Run, encoder: Encoder, ranks: int, **more: Any
) -> R:
    """The rows of all epochs over the measured samples of export files of a kind."""
    measured = Measured.read(run.path("lengths.parquet"))
    return rows(
        open_export(export_files(recipe.data, kind)),
        measured,
        recipe.pack,
        encoder,
        idle_sample(encoder, any(measured.patches)),
        rows_a_step=ranks * recipe.accumulate,
        seed=recipe.seed,
        epochs=recipe.epochs,
        **more,
    )


def follow(
    trainer: PackedTrainer, recipe: TuningRecipe, run: Run, notes: Sequence[str], checkpoint: Path | None
) -> None:
    """Held-out evaluation, the clock and the log; and the parts that learn, with notes on them, for the reports."""
    model, encoder = trainer.loss_model.model, trainer.rows.encoder
    if recipe.evaluate is not None:
        trainer.held_out = held_out(recipe.evaluate, recipe.seed, encoder.family.sees)
        trainer.add_callback(
            EvaluationCallback(recipe.evaluate, trainer.held_out, model, encoder.processor, run.folder)
        )
    trainer.add_callback(TimedTraining(trainer.schedule, run.path("log.jsonl"), trainer.facts))
    trainer.remove_callback(PrinterCallback)  # the progress bar and log.jsonl say it
    if "tensorboard" in recipe.report_to and distributed.is_first():
        trainer.add_callback(tensorboard(run.path("tensorboard"), checkpoint))
    if distributed.is_first():
        parts = part_table(model, encoder.family, trainer.tuning)
        console.print(shown(parts), *notes)
        run.manifest["parts"] = {"table": [asdict(row) for row in parts], "notes": list(notes)}
        run.save()


def go_through(trainer: PackedTrainer, run: Run, checkpoint: Path | None) -> None:
    """Train from the base or a checkpoint to the end and save the weights in `.model.partial/`; all ranks call it.

    Raises:
        RedStarError: stopped by SIGTERM; the same command goes on from the last checkpoint.
    """
    if distributed.is_first():
        remove_torn(run.path("checkpoints"))
    with CleanStop() as stop:
        trainer.add_callback(stop)
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if stop.requested:
        raise RedStarError(
            f"Stopped by SIGTERM after step {trainer.state.global_step}, with a checkpoint. The same command goes on."
        )
    if distributed.is_first():
        shutil.rmtree(run.path(".model.partial"), ignore_errors=True)
    trainer.save_model(str(run.path(".model.partial")))  # on all ranks: under ZeRO-3 each has a share of the weights
    distributed.leave_together()


def finish(run: Run, trainer: PackedTrainer) -> None:
    """`model/` with its card, and the counts: samples that the clock left untouched are pending. For rank 0."""
    log, samples = read_log(run.path("log.jsonl")), len(trainer.rows.measured.rows)
    write_card(run.path(".model.partial"), run)
    shutil.rmtree(run.path("model"), ignore_errors=True)
    run.path(".model.partial").rename(run.path("model"))
    prepared, seen = run.manifest["counts"]["prepare"], min(samples, log[-1]["samples"])
    counts = Counts(prepared["in"], seen, dict(prepared["rejected"]), samples - seen)
    run.finish("train", counts, run.files("model"), **log[-1])
    shutil.rmtree(run.path("checkpoints"))
