"""What can be known of a preference optimisation before it starts: its pairs, their lengths, the memory of a step."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow.parquet as pq

from redstar_geo.dpo.dataset import PairEncoder, measure_pairs, pair_files
from redstar_geo.dpo.recipe import DpoRecipe
from redstar_geo.models.families import family_of, limit_pixels
from redstar_geo.models.known_configs import KNOWN
from redstar_geo.models.load import check_vocabulary
from redstar_geo.models.simulate import Row
from redstar_geo.preflight.check import LocalModel, Report, local_model
from redstar_geo.preflight.training import plan_memory
from redstar_geo.trainer.dataset import open_export


def look_into_preferences(
    recipe: DpoRecipe, report: Report, rows: int = 256, ranks: int | None = None, device_gib: float | None = None
) -> None:
    """Files, columns and about so many pairs from all over the data; the model; the memory plan.

    Args:
        ranks: how many devices train; the GPUs of this machine if not given.
        device_gib: the memory of one; asked of the first GPU (or the machine) if not given.
    """
    files = report.trying(lambda: pair_files(recipe.data))
    model = local_model(recipe.model, report)
    found = _measured(recipe, model, rows, report) if files and model is not None else []
    if files:
        total = sum(pq.read_metadata(file).num_rows for file in files)
        report.notes.append(f"data: {total} pairs, {len(found)} of them looked at")
    fit = [each for each in found if each["unfit"] is None]
    config = model.config if model is not None else KNOWN[recipe.model]() if recipe.model in KNOWN else None
    if config is None or not (fit or recipe.pack.tokens):
        report.unchecked.append("memory: it follows from the sizes of the model and the lengths of the pairs")
        return
    longest = max((each["tokens"] for each in fit), default=0)
    has_images = not fit or any(each["patches"] for each in fit)
    plan_memory(recipe, config, _largest_row(recipe, fit), longest, has_images, report, ranks, device_gib)


def _measured(recipe: DpoRecipe, model: LocalModel, rows: int, report: Report) -> list[dict[str, Any]]:
    """Pairs at even distances with their lengths; those that cannot be trained on are errors, or counted."""
    report.trying(lambda: check_vocabulary(model.processor, model.config))
    report.trying(lambda: limit_pixels(family_of(model.config), model.processor, recipe.pixels))
    budget = min((limit for limit in (recipe.max_tokens, recipe.pack.tokens) if limit is not None), default=None)
    encoder = report.trying(lambda: PairEncoder(model.config, model.processor, budget))
    if encoder is None:
        return []
    data = open_export(pair_files(recipe.data))
    looked_at = data.select(range(0, len(data), -(-len(data) // rows)))
    found = list(measure_pairs(looked_at, encoder, recipe.pack.tokens))
    unfit = [each for each in found if each["unfit"] is not None]
    if recipe.unfit == "fail" or len(unfit) == len(found):
        report.examples("pairs cannot be trained on", [each["why"] for each in unfit], len(found))
    elif unfit:
        reasons = dict(Counter(each["unfit"] for each in unfit))
        report.notes.append(f"dropped, of {len(found)} pairs looked at: {reasons}")
    return found


def _largest_row(recipe: DpoRecipe, fit: list[dict[str, Any]]) -> Row:
    """The fullest row that packing can make; every token counts as labelled, and a pair's pictures once."""
    longest = max((each["tokens"] for each in fit), default=0)
    tokens = recipe.pack.tokens or (recipe.pack.samples or 1) * longest
    density = max((each["patches"] / each["tokens"] for each in fit), default=0.0)
    pictured = [each["patches"] for each in fit if each["patches"]]
    patches = min(recipe.pack.patches, int(density * tokens))
    mean = sum(pictured) / len(pictured) if pictured else 1.0
    return Row(tokens, tokens, patches, max(1, round(patches / mean)))
