"""The small base that ships with the package: made from nothing, on figures drawn as it goes.

Prepare: the tokenizer and the untrained model (`base/`). Look: the vision tower is taught what every image token holds
(`look.jsonl`). Each stage goes on from its last checkpoint; the same recipe leaves the same weights.
"""

from __future__ import annotations

from typing import Any

import torch

from redstar_geo.base.looking import Looker, Pictures, measure
from redstar_geo.base.recipe import BaseRecipe
from redstar_geo.base.stage import Stage, go_through
from redstar_geo.base.texts import texts
from redstar_geo.models.attention import use_packed_attention
from redstar_geo.models.load import load
from redstar_geo.models.tiny import build_tiny
from redstar_geo.run import Counts, Run, open_run
from redstar_geo.trainer.malloc import keep_freed_memory
from redstar_geo.trainer.start import DTYPES


def main(recipe: BaseRecipe) -> dict[str, Any]:
    """Make the base. Resumes; finished is a no-op.

    Raises:
        RedStarError: stopped by SIGTERM, with a checkpoint kept.
    """
    keep_freed_memory()
    with open_run(recipe.run, recipe.model_dump(exclude={"checkpoint_steps"})) as run:
        if not run.finished("prepare"):
            build_tiny(run.path("base"), texts(recipe.seed), recipe.size, recipe.seed)
            run.finish("prepare", Counts(), run.files("base"))
        if not run.finished("look"):
            look(recipe, run)
        return dict(run.manifest["counts"])


def look(recipe: BaseRecipe, run: Run) -> None:
    """Teach the vision tower, and leave the model with it in `looked/`."""
    model, processor = load(str(run.path("base")), torch.float32)
    use_packed_attention(model)
    looking, steps = recipe.look, recipe.look.pictures // recipe.look.batch
    torch.manual_seed(recipe.seed)
    looker = Looker(model.get_submodule("model.visual"), recipe.size.width)
    seen = Pictures(processor, recipe.seed, looking.pages)
    unseen = Pictures(processor, recipe.seed, 0.0, "test")
    held = [unseen.batch(range(start, start + looking.batch)) for start in range(0, looking.measured, looking.batch)]
    stage = Stage(
        "look",
        looker,
        steps,
        looking.learning_rate,
        lambda step: looker.losses(seen.batch(range(step * looking.batch, (step + 1) * looking.batch))),
        lambda: measure(looker, held),
    )
    last = go_through(stage, run, DTYPES[recipe.compute], recipe.checkpoint_steps)
    model.save_pretrained(run.path("looked"))
    processor.save_pretrained(run.path("looked"))
    run.finish("look", Counts(looking.pictures, looking.pictures), run.files("looked"), **last)
