"""Supervised fine-tuning on exported traces: packed rows, the loss on completions only, nothing is truncated.

Prepare (once, by rank 0, before any rank waits for another): the base, and the length of every sample. Train: load,
freeze, adapt, go through the rows. Finish: `model/` with its card, `log.jsonl`, `report.html`, the counts. With
`minutes` the learning rate decays over wall-clock time, so that two forms of traces are compared at equal time.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from redstar_geo.models.encode import Encoder
from redstar_geo.models.families import NOT_PACKED
from redstar_geo.models.liger import check_liger
from redstar_geo.models.loss import LossModel
from redstar_geo.models.parts import reachable
from redstar_geo.models.sequence_parallel import check_shared
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.report.training import write_report
from redstar_geo.run import Run
from redstar_geo.trainer import distributed
from redstar_geo.trainer.checkpoints import last_whole
from redstar_geo.trainer.dataset import (
    PackedRows,
    export_files,
    export_texts,
    open_export,
    write_lengths,
)
from redstar_geo.trainer.divergence import DivergenceStop
from redstar_geo.trainer.finetune import fingerprints, finish, follow, go_through, open_finetuning, packed_rows
from redstar_geo.trainer.model_card import push
from redstar_geo.trainer.recipe import SftRecipe
from redstar_geo.trainer.schedule import Schedule
from redstar_geo.trainer.start import load_encoder, model_to_train, training_arguments
from redstar_geo.trainer.trainer import PackedTrainer

_MAY_CHANGE = {"workers"}  # when a run goes on


def main(recipe: SftRecipe) -> dict[str, Any]:
    """Train and write `model/`, `log.jsonl` and the counts. Resumes from the last checkpoint; finished is a no-op.

    Raises:
        InputError: no data, not an export, an empty one, samples that cannot be trained on, or another base than the
            run began with.
        RedStarError: stopped by SIGTERM or a full disk, with the last checkpoint kept; or not to be pushed.
    """
    with open_finetuning(recipe, partial(inputs, recipe), _MAY_CHANGE, partial(prepare, recipe)) as run:
        if not run.finished("train"):
            checkpoint = last_whole(run.path("checkpoints"))
            trainer = build_trainer(recipe, run, checkpoint)
            go_through(trainer, run, checkpoint)
            if distributed.is_first():
                write_report(run, trainer.held_out)
                finish(run, trainer)
        if distributed.is_first():
            push(run, recipe.push_to_hub)
        return dict(run.manifest["counts"].get("train", {}))


def inputs(recipe: SftRecipe) -> dict[str, str]:
    """Fingerprints of the data and the base.

    Raises:
        InputError: one of them, or what fused kernels need, is not there.
    """
    if recipe.liger:
        check_liger()
    return fingerprints([*export_files(recipe.data), *_texts(recipe)], recipe.model)


def prepare(recipe: SftRecipe, run: Run) -> None:
    """Build the base if there is none, and measure every sample.

    Raises:
        InputError: samples that cannot be trained on.
    """
    if recipe.tiny is not None:
        size = TinySize(**recipe.tiny.model_dump(exclude={"text"}))
        build_tiny(run.path("base"), export_texts(_texts(recipe)), size, recipe.seed)
    data, encoder = open_export(export_files(recipe.data)), load_encoder(Encoder, recipe, _base(recipe, run))
    run.finish("prepare", write_lengths(run.path("lengths.parquet"), data, encoder, recipe))


def build_trainer(recipe: SftRecipe, run: Run, checkpoint: Path | None) -> PackedTrainer:
    """The trainer as `main` runs it, from the base or a checkpoint.

    Raises:
        InputError: rows cannot be shared as the recipe says.
    """
    arguments = training_arguments(recipe, run, checkpoint, logging_steps=10)  # first: ZeRO-3 loads the model by them
    base, share = _base(recipe, run), recipe.sequence_parallel_size
    encoder = load_encoder(Encoder, recipe, base)
    check_shared(encoder.config, share, arguments.world_size)
    rows = packed_rows(PackedRows, "sft", recipe, run, encoder, arguments.world_size // share, ranks_a_row=share)
    tuning, notes = reachable(encoder.family, recipe.tuning, any(rows.measured.patches))
    model = model_to_train(recipe, base, checkpoint, encoder, tuning, recipe.liger, share > 1)
    trainer = PackedTrainer(
        LossModel(model, recipe.loss_chunks, distributed.sequence_group(share)),
        rows,
        recipe,
        tuning,
        Schedule(recipe.warmup, recipe.minutes * 60 if recipe.minutes else None),
        DivergenceStop(),
        args=arguments,
    )
    if not encoder.family.packs:
        notes = [*notes, NOT_PACKED.format(encoder.family.name)]
    follow(trainer, recipe, run, notes, checkpoint)
    return trainer


def _base(recipe: SftRecipe, run: Run) -> str:
    return str(recipe.model) if recipe.tiny is None else str(run.path("base"))


def _texts(recipe: SftRecipe) -> list[Path]:
    """What the tokenizer of a base from scratch is trained on."""
    return export_files(recipe.tiny.text if recipe.tiny and recipe.tiny.text else recipe.data)
