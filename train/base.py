"""The small base that ships with the package: made from nothing, on figures drawn as it goes.

Prepare: the tokenizer and the untrained model (`look/base/`). Look: the vision tower is taught what every image token
holds (`look/look.jsonl`, `look/looked/`). Practise: the whole model reads (`practise.jsonl`), and lies in `model/` with
its card. Each stage goes on from its last checkpoint; the same recipe leaves the same weights. What was looked at is a
run of its own in `look/`, so that another practice may follow it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VisionTransformerPretrainedModel

from redstar_geo.base.card import write_card
from redstar_geo.base.looking import Codes, Looker, Pictures, measure
from redstar_geo.base.practice import Practice, Rows, described, in_short, losses, sums_right, unseen
from redstar_geo.base.recipe import BaseRecipe
from redstar_geo.base.stage import Stage, go_through
from redstar_geo.base.texts import texts
from redstar_geo.identity import Settings
from redstar_geo.models.attention import use_packed_attention
from redstar_geo.models.encode import Encoder
from redstar_geo.models.load import load, model_fingerprint
from redstar_geo.models.loss import LossModel
from redstar_geo.models.precision import compute_dtype
from redstar_geo.models.save import save
from redstar_geo.models.tiny import build_tiny
from redstar_geo.run import Counts, Run, open_run, write_json
from redstar_geo.trainer.malloc import keep_freed_memory


def main(recipe: BaseRecipe) -> dict[str, Any]:
    """Make the base. Resumes; finished is a no-op.

    Raises:
        InputError: the folder, or what was looked at in it, is of another recipe.
        RedStarError: stopped by SIGTERM, with a checkpoint kept.
    """
    keep_freed_memory()
    with open_run(Path(recipe.run, "look"), recipe.before_practice) as before:
        if not before.finished("prepare"):
            build_tiny(before.path("base"), texts(recipe.seed), recipe.size, recipe.seed)
            before.finish("prepare", Counts(), before.files("base"))
        if not before.finished("look"):
            look(recipe, before)
        inputs = {"look/looked": model_fingerprint(str(before.path("looked")))}
        with open_run(recipe.run, Settings.of(recipe, {"checkpoint_steps"}), inputs) as run:
            if not run.finished("practise"):
                practise(recipe, before, run)
            return dict(before.manifest["counts"]) | dict(run.manifest["counts"])


def look(recipe: BaseRecipe, run: Run) -> None:
    """Teach the vision tower, and leave the model with it in `looked/`."""
    model, processor = load(str(run.path("base")), torch.float32)
    use_packed_attention(model)
    looking, steps = recipe.look, recipe.look.pictures // recipe.look.batch
    torch.manual_seed(recipe.seed)
    tower = model.get_submodule("model.visual")
    assert isinstance(tower, Qwen2_5_VisionTransformerPretrainedModel)
    looker = Looker(tower, Codes(recipe.size.width, recipe.seed))
    pictures = Pictures(processor, recipe.seed, looking.pages)
    unseen = Pictures(processor, recipe.seed, 0.0, "test")
    held = [unseen.batch(range(start, start + looking.batch)) for start in range(0, looking.measured, looking.batch)]
    stage = Stage(
        "look",
        looker,
        steps,
        looking.learning_rate,
        lambda step: looker.losses(pictures.batch(range(step * looking.batch, (step + 1) * looking.batch))),
        lambda: measure(looker, held),
    )
    last = go_through(stage, run, compute_dtype(recipe.compute), recipe.checkpoint_steps)
    model.save_pretrained(run.path("looked"))
    processor.save_pretrained(run.path("looked"))
    seen = steps * looking.batch
    run.finish("look", Counts(seen, seen), run.files("looked"), **last)


def practise(recipe: BaseRecipe, before: Run, run: Run) -> None:
    """Teach the whole model to read, and leave it in `model/` with its card and `reading.json`."""
    practising = recipe.practise
    model, processor = load(str(before.path("looked")), torch.float32)
    use_packed_attention(model)
    model.get_submodule("model.visual").requires_grad_(False)
    reader, encoder = LossModel(model, 1), Encoder(model.config, processor)
    practice = Practice(encoder, recipe.seed, practising.steps, practising.tokens, practising.spelling)
    rows, figures = Rows(practice), unseen(practising.measured)
    stage = Stage(
        "practise",
        reader,
        practising.steps,
        practising.learning_rate,
        lambda step: losses(reader, rows.take(step)),
        lambda: in_short(described(reader, encoder, figures)) | {"sums": sums_right(reader, encoder, len(figures))},
    )
    last = go_through(stage, run, compute_dtype(recipe.compute), recipe.checkpoint_steps)
    found = described(reader, encoder, figures)
    shutil.rmtree(run.path("model"), ignore_errors=True)
    save(model.bfloat16(), processor, run.path("model"))
    write_json(run.path("reading.json"), {kind: each.as_dict() for kind, each in found.items()})
    write_card(run.path("model"), recipe.model_dump(), before, run, found, model.num_parameters())
    run.finish("practise", Counts(practising.steps, practising.steps), [*run.files("model"), "reading.json"], **last)
    shutil.rmtree(run.path("checkpoints"))
