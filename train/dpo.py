"""Direct preference optimisation (Rafailov et al., arXiv 2305.18290) on exported pairs: right against wrong answers.

Prepare (once, by rank 0, before any rank waits for another): the length of every pair. Reference (each rank a share):
its log-probabilities, kept on disk. Train: load, freeze or adapt, go through the rows. Finish: `model/` with its card,
`log.jsonl`, `report.html`, the counts.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from redstar_geo.dpo.dataset import PairEncoder, PairRows
from redstar_geo.dpo.model import PairModel, check_pictures_can_be_shared
from redstar_geo.dpo.recipe import DpoRecipe
from redstar_geo.dpo.reference import reference_key, reference_log_probs
from redstar_geo.dpo.trainer import PairTrainer
from redstar_geo.models.adapters import quantisation
from redstar_geo.models.attention import use_packed_attention
from redstar_geo.models.load import load
from redstar_geo.models.parts import reachable
from redstar_geo.models.precision import DTYPES, compute_dtype
from redstar_geo.report.training import write_report
from redstar_geo.run import Run
from redstar_geo.trainer import distributed
from redstar_geo.trainer.checkpoints import last_whole, step_of
from redstar_geo.trainer.dataset import Measured, export_files, open_export, write_lengths
from redstar_geo.trainer.divergence import DivergenceStop
from redstar_geo.trainer.finetune import fingerprints, finish, follow, go_through, open_finetuning, packed_rows
from redstar_geo.trainer.log import read_log
from redstar_geo.trainer.model_card import push
from redstar_geo.trainer.schedule import Schedule
from redstar_geo.trainer.start import load_encoder, model_to_train, training_arguments

_MAY_CHANGE = {"workers", "reference"}  # when a run goes on


def main(recipe: DpoRecipe) -> dict[str, Any]:
    """Train and write `model/`, `log.jsonl` and the counts. Resumes from the last checkpoint; finished is a no-op.

    Raises:
        InputError: no pairs, not an export of pairs, no such model or another than the run began with, or pairs that
            cannot be trained on.
        RedStarError: stopped by SIGTERM, a full disk or divergence, with the last checkpoint kept; or not to be pushed.
    """
    with open_finetuning(recipe, partial(inputs, recipe), _MAY_CHANGE, partial(prepare, recipe)) as run:
        if not run.finished("train"):
            before = reference(recipe, run)
            checkpoint = last_whole(run.path("checkpoints"))
            trainer = build_trainer(recipe, run, checkpoint, before)
            go_through(trainer, run, checkpoint)
            if distributed.is_first():
                write_report(run, trainer.held_out)
                finish(run, trainer)
        if distributed.is_first():
            push(run, recipe.push_to_hub)
        return dict(run.manifest["counts"].get("train", {}))


def inputs(recipe: DpoRecipe) -> dict[str, str]:
    """Fingerprints of the pairs and the model."""
    return fingerprints(export_files(recipe.data, "pairs"), recipe.model)


def prepare(recipe: DpoRecipe, run: Run) -> None:
    """Measure every pair; one that cannot be trained on fails the run or is counted under its reason."""
    files, lengths = export_files(recipe.data, "pairs"), run.path("lengths.parquet")
    counts = write_lengths(lengths, open_export(files), load_encoder(PairEncoder, recipe, recipe.model), recipe)
    if any(Measured.read(lengths).patches):
        check_pictures_can_be_shared()
    quantised = recipe.lora is not None and recipe.lora.quantise
    settings = recipe.model_dump(include={"pack", "max_tokens", "pixels", "dtype"}) | {"quant": quantised}
    settings |= {"compute": str(compute_dtype(recipe.compute, recipe.dtype)).removeprefix("torch.")}
    of_inputs = run.manifest["inputs"]
    key = reference_key(of_inputs[recipe.model], [of_inputs[str(path)] for path in files], settings)
    run.finish("prepare", counts, reference=key)


def reference(recipe: DpoRecipe, run: Run) -> torch.Tensor:
    """The reference's log-probabilities [pairs, 2], from disk or, this rank's share of what is not there, computed."""
    data = open_export(export_files(recipe.data, "pairs"))
    encoder = load_encoder(PairEncoder, recipe, recipe.model)
    fit = Measured.read(run.path("lengths.parquet"))
    nothing = torch.zeros(len(data), 2)

    def rows(places: Sequence[int]) -> PairRows:
        part = Measured(*([column[place] for place in places] for column in (fit.rows, fit.tokens, fit.patches)))
        return PairRows(data, part, recipe.pack, encoder, None, rows_a_step=1, seed=0, epochs=1, reference=nothing)

    def model() -> PairModel:
        dtype = DTYPES[recipe.dtype]
        bits = quantisation(encoder.family, recipe.lora, dtype)
        loaded = load(recipe.model, dtype, bits)[0]
        use_packed_attention(loaded)
        if torch.cuda.is_available() and bits is None:
            loaded.to(f"cuda:{os.environ.get('LOCAL_RANK', '0')}")  # type: ignore[arg-type]
        return PairModel(loaded, chunks=recipe.loss_chunks)

    share = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    folder = Path(recipe.reference) if recipe.reference else run.folder / "reference"
    key = run.manifest["counts"]["prepare"]["reference"]
    return reference_log_probs(folder / key, rows, fit.rows, model, compute_dtype(recipe.compute, recipe.dtype), share)


def build_trainer(recipe: DpoRecipe, run: Run, checkpoint: Path | None, before: torch.Tensor) -> PairTrainer:
    """The trainer as `main` runs it, from the start or a checkpoint; `before` as `reference` gives it."""
    arguments = training_arguments(recipe, run, checkpoint, logging_steps=1)  # first: ZeRO-3 loads the model by them
    encoder = load_encoder(PairEncoder, recipe, recipe.model)
    rows = packed_rows(PairRows, "pairs", recipe, run, encoder, arguments.world_size, reference=before)
    tuning, notes = reachable(encoder.family, recipe.tuning, any(rows.measured.patches))
    model = model_to_train(recipe, recipe.model, checkpoint, encoder, tuning)
    trainer = PairTrainer(
        PairModel(model, recipe.loss_chunks),
        rows,
        recipe,
        tuning,
        Schedule(recipe.warmup, None),
        # No spikes: once most pairs are in order, one that is not has many times the median loss, and most to teach.
        DivergenceStop(spikes=False),
        args=arguments,
    )
    if checkpoint is not None:
        trainer.recall([entry for entry in read_log(run.path("log.jsonl")) if entry["step"] <= step_of(checkpoint)])
    follow(trainer, recipe, run, notes, checkpoint)
    return trainer
