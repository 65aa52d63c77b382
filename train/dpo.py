"""Direct preference optimisation (Rafailov et al., arXiv 2305.18290) on exported pairs: right against wrong answers.

Prepare (once, by rank 0, before any rank waits for another): the length of every pair. Reference (each rank a share):
its log-probabilities, kept on disk. Train: load, freeze or adapt, go through the rows. Finish: `model/` with its card,
`log.jsonl`, `report.html`, the counts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import datasets
import torch
import transformers
from transformers import PrinterCallback

from redstar_geo.dpo.dataset import PairEncoder, PairRows, pair_files, write_lengths
from redstar_geo.dpo.model import PairModel, check_pictures_can_be_shared
from redstar_geo.dpo.recipe import DpoRecipe
from redstar_geo.dpo.reference import reference_key, reference_log_probs
from redstar_geo.dpo.report import write_card, write_report
from redstar_geo.dpo.trainer import PairGuard, PairTrainer
from redstar_geo.fingerprint import sha256
from redstar_geo.models.adapters import quantisation
from redstar_geo.models.attention import use_packed_attention
from redstar_geo.models.families import family_of, limit_pixels
from redstar_geo.models.flops import StepFlops
from redstar_geo.models.load import load, load_config, load_processor, model_fingerprint
from redstar_geo.models.parts import PartRow, param_groups, part_table, reachable, shown
from redstar_geo.progress import console
from redstar_geo.run import Counts, Run, open_run
from redstar_geo.trainer import distributed
from redstar_geo.trainer.arguments import training_arguments
from redstar_geo.trainer.checkpoints import check_ranks, last_whole, step_of
from redstar_geo.trainer.dataset import Measured, idle_sample, open_export
from redstar_geo.trainer.evaluation import Examiner, read_problems
from redstar_geo.trainer.schedule import Schedule, TimedTraining, read_log
from redstar_geo.trainer.start import model_to_train, stop_at_the_end_of_turn
from redstar_geo.trainer.trainer import go_through

__all__ = ["DpoRecipe", "build_trainer", "main", "prepare", "reference"]
_NOT_OF_THE_RUN = {"workers", "reference"}  # may change when it goes on


def main(recipe: DpoRecipe) -> dict[str, Any]:
    """Train and write `model/`, `log.jsonl` and the counts. Resumes from the last checkpoint; finished is a no-op.

    Raises:
        InputError: no pairs, not an export of pairs, no such model, or pairs that cannot be trained on.
        RedStarError: stopped by SIGTERM, a full disk or a collapse, with the last checkpoint kept.
    """
    datasets.disable_progress_bars()  # ours say it
    transformers.utils.logging.disable_progress_bar()
    if not distributed.is_first():
        run = distributed.once_prepared(recipe.run)
        if not run.finished("train"):
            _train(recipe, run)
        return {}
    files = pair_files(recipe.data)
    load_config(recipe.model)
    inputs = {str(path): sha256(path) for path in files} | {recipe.model: model_fingerprint(recipe.model)}
    as_run = recipe.model_dump(exclude=_NOT_OF_THE_RUN)
    with open_run(recipe.run, as_run, inputs) as run:
        if not run.finished("prepare"):
            prepare(recipe, run)
        if not run.finished("train"):
            _finish(run, _train(recipe, run))
        return dict(run.manifest["counts"]["train"])


def prepare(recipe: DpoRecipe, run: Run) -> None:
    """Measure every pair; one that cannot be trained on fails the run or is counted under its reason."""
    files = pair_files(recipe.data)
    counts = write_lengths(
        run.path("lengths.parquet"), open_export(files), _encoder(recipe), recipe.pack.tokens, recipe.unfit
    )
    if any(Measured.read(run.path("lengths.parquet")).patches):
        check_pictures_can_be_shared()
    quantised = recipe.lora is not None and recipe.lora.quantise
    settings = recipe.model_dump(include={"pack", "max_tokens", "pixels", "dtype", "compute"}) | {"quant": quantised}
    inputs = run.manifest["inputs"]
    key = reference_key(inputs[recipe.model], [inputs[str(path)] for path in files], settings)
    run.finish("prepare", counts, reference=key)


def reference(recipe: DpoRecipe, run: Run) -> torch.Tensor:
    """The reference's log-probabilities [pairs, 2], from disk or, this rank's share of what is not there, computed."""
    data, encoder = open_export(pair_files(recipe.data)), _encoder(recipe)
    fit = Measured.read(run.path("lengths.parquet"))
    nothing = torch.zeros(len(data), 2)

    def rows(places: Sequence[int]) -> PairRows:
        part = Measured(*([column[place] for place in places] for column in (fit.rows, fit.tokens, fit.patches)))
        return PairRows(data, part, recipe.pack, encoder, None, rows_a_step=1, seed=0, epochs=1, reference=nothing)

    def model() -> PairModel:
        dtype = torch.float32 if recipe.dtype == "float32" else torch.bfloat16
        bits = quantisation(encoder.family, recipe.lora, dtype)
        loaded = load(recipe.model, dtype, bits)[0]
        use_packed_attention(loaded)
        if torch.cuda.is_available() and bits is None:
            loaded.to(f"cuda:{os.environ.get('LOCAL_RANK', '0')}")  # type: ignore[arg-type]
        return PairModel(loaded, chunks=recipe.loss_chunks)

    share = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    folder = Path(recipe.reference) if recipe.reference else run.folder / "reference"
    key = run.manifest["counts"]["prepare"]["reference"]
    precision = torch.float32 if recipe.compute == "float32" else torch.bfloat16
    return reference_log_probs(folder / key, rows, fit.rows, model, precision, share)


def build_trainer(recipe: DpoRecipe, run: Run, checkpoint: Path | None, before: torch.Tensor) -> PairTrainer:
    """The trainer as `main` runs it, from the start or a checkpoint; `before` as `reference` gives it."""
    # first: under ZeRO-3 they decide how the model is loaded
    arguments = training_arguments(recipe, run.path("checkpoints"), logging_steps=1, report_to="none")
    if checkpoint is not None:
        check_ranks(checkpoint, arguments.world_size)
    encoder = _encoder(recipe)
    measured = Measured.read(run.path("lengths.parquet"))
    has_images = any(measured.patches)
    tuning, notes = reachable(encoder.family, recipe.tuning, has_images)
    dtype = torch.float32 if recipe.dtype == "float32" else torch.bfloat16
    model = model_to_train(recipe.model, checkpoint, dtype, tuning, recipe.lora, recipe.gradient_checkpointing)
    stop_at_the_end_of_turn(model, encoder)
    rows = PairRows(
        open_export(pair_files(recipe.data)),
        measured,
        recipe.pack,
        encoder,
        idle_sample(encoder, has_images),
        rows_a_step=arguments.world_size * recipe.accumulate,
        seed=recipe.seed,
        epochs=recipe.epochs,
        reference=before,
    )
    schedule = Schedule(recipe.warmup, None)
    trainer = PairTrainer(
        PairModel(model, recipe.loss_chunks),
        encoder.processor,
        rows,
        param_groups(model, encoder.family, tuning, recipe.weight_decay),
        schedule,
        PairGuard(),
        StepFlops(encoder.config, tuning, recipe.lora),
        preference=recipe.preference,
        stops=recipe.stops,
        args=arguments,
    )
    if recipe.examine is not None:
        problems = read_problems(recipe.examine, recipe.seed, encoder.family.sees)
        trainer.add_callback(Examiner(recipe.examine, problems, model, encoder.processor, run.folder))
    if checkpoint is not None:
        trainer.recall([entry for entry in read_log(run.path("log.jsonl")) if entry["step"] <= step_of(checkpoint)])
    trainer.add_callback(TimedTraining(schedule, run.path("log.jsonl"), trainer.facts))
    trainer.remove_callback(PrinterCallback)  # the progress bar and log.jsonl say it
    if arguments.process_index == 0:
        parts = part_table(model, encoder.family, tuning)
        console.print(shown(parts), *notes)
        run.manifest["parts"] = {"table": [asdict(row) for row in parts], "notes": notes}
        run.save()
    return trainer


def _train(recipe: DpoRecipe, run: Run) -> PairTrainer:
    """Go through the rows, on all ranks, and save what came of it.

    Raises:
        RedStarError: stopped by SIGTERM; the same command goes on from the last checkpoint.
    """
    before = reference(recipe, run)
    checkpoint = last_whole(run.path("checkpoints"))
    trainer = build_trainer(recipe, run, checkpoint, before)
    go_through(trainer, run, checkpoint)
    return trainer


def _encoder(recipe: DpoRecipe) -> PairEncoder:
    config = load_config(recipe.model)
    processor = load_processor(recipe.model, config)
    limit_pixels(family_of(config), processor, recipe.pixels)
    budget = min(limit for limit in (recipe.max_tokens, recipe.pack.tokens, 1 << 40) if limit is not None)
    return PairEncoder(config, processor, budget)


def _finish(run: Run, trainer: PairTrainer) -> None:
    log, pairs = read_log(run.path("log.jsonl")), len(trainer.rows.measured.rows)
    parts = [PartRow(**row) for row in run.manifest["parts"]["table"]]
    write_report(run.path("report.html"), run.folder.name, log, parts)
    write_card(run.path(".model.partial"), run.folder.name, run.manifest["recipe"], pairs, log)
    shutil.rmtree(run.path("model"), ignore_errors=True)
    run.path(".model.partial").rename(run.path("model"))
    prepared = run.manifest["counts"]["prepare"]
    run.finish("train", Counts(prepared["in"], pairs, dict(prepared["rejected"])), **log[-1])
    shutil.rmtree(run.path("checkpoints"))
