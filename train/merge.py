"""Merge a LoRA adapter into its base: a model like any other, which counts only once its logits have been compared."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel, get_peft_model_state_dict
from peft.utils import CONFIG_NAME, SAFETENSORS_WEIGHTS_NAME
from PIL import Image, ImageDraw
from safetensors import safe_open
from torch import Tensor
from transformers import PreTrainedModel

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.identity import Settings
from redstar_geo.models.adapters import check_adapter
from redstar_geo.models.encode import render_prompt
from redstar_geo.models.families import Family, Processor, family_of
from redstar_geo.models.load import load, load_config, load_processor
from redstar_geo.models.save import save
from redstar_geo.run import Counts, open_run
from redstar_geo.trainer.finetune import fingerprints, local
from redstar_geo.trainer.recipe import MergeRecipe

_PROBES = (
    "In triangle ABC, ∠A = 35° and ∠B = 75°. Find ∠C.",
    "一个圆的半径是 4，求它的面积。",
    "Write a Python function that returns the sum of the squares of a list.",
)
# Of the largest logit. Weights in bfloat16 have 8 bits, so that rounding a merged one moves it by up to 0.2 %.
_TOLERANCE = {"float32": 1e-3, "bfloat16": 0.05}


def main(recipe: MergeRecipe) -> dict[str, Any]:
    """Write `model/`, loadable like a model of the hub, with the processor (its chat template and pixel limits).

    Returns the counts: merged layers, `difference` (to base and adapter) and `effect` (of the adapter), both as shares
    of the largest logit. Finished is a no-op.

    Raises:
        InputError: no adapter, not one of this base, or a base that cannot be loaded.
        RedStarError: the saved model does not give the logits of base and adapter; then nothing is left of it.
    """
    check_adapter(Path(recipe.adapter))
    inputs = fingerprints([Path(recipe.adapter) / SAFETENSORS_WEIGHTS_NAME], recipe.model)
    with open_run(recipe.run, Settings.of(recipe), inputs, local(recipe, "adapter", "model"), remake=True) as run:
        if not run.finished("merge"):
            partial, model = run.path(".model.partial"), run.path("model")
            shutil.rmtree(partial, ignore_errors=True)
            try:
                layers, facts = _merge(recipe, partial)
                shutil.rmtree(model, ignore_errors=True)
                partial.rename(model)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
            run.finish("merge", Counts(in_=layers, out=layers), run.files("model"), **facts)
        return dict(run.manifest["counts"]["merge"])


def _merge(recipe: MergeRecipe, folder: Path) -> tuple[int, dict[str, float]]:
    """Write the merged model to `folder` and compare it; the number of merged layers and how far it differs."""
    dtype = torch.float32 if recipe.dtype == "float32" else torch.bfloat16
    base, processor = load(recipe.model, dtype)
    family = family_of(base.config)
    processor = _processor(recipe, processor)
    without = _logits(base, family, processor)
    adapted = _adapted(base, Path(recipe.adapter))
    expected = _logits(adapted, family, processor)
    layers = sum(name.endswith("lora_A.default.weight") for name, _ in adapted.named_parameters())
    try:
        merged = adapted.merge_and_unload(safe_merge=True)
    except ValueError as error:
        raise RedStarError(f"{recipe.adapter} cannot be merged: {error}. Take an earlier checkpoint.") from None
    save(merged, processor, folder, max_shard_size="5GB")
    del base, adapted, merged  # the memory is needed for the one that is read back
    reloaded, processor = load(str(folder), dtype)
    logits = _logits(reloaded, family, processor)
    difference, effect = _difference(logits, expected), _difference(without, expected)
    tolerance = recipe.tolerance or _TOLERANCE[recipe.dtype]
    if not difference <= tolerance:  # also not if it is not a number
        raise RedStarError(
            f"The merged model is not the adapted one: their logits differ by up to {difference:.3g} of the largest, "
            f"{tolerance:.3g} is accepted ({effect:.3g} is what the adapter changes). Nothing was kept. Merge in dtype "
            "float32, or raise tolerance if the difference is one of rounding."
        )
    return layers, {"difference": difference, "effect": effect}


def _processor(recipe: MergeRecipe, of_base: Processor) -> Processor:
    """As saved with the adapter, so that images are seen as in training; the base's where none was saved."""
    saved = [*Path(recipe.adapter).glob("processor_config.json"), *Path(recipe.adapter).glob("tokenizer_config.json")]
    return load_processor(recipe.adapter, load_config(recipe.model)) if saved else of_base


def _adapted(base: PreTrainedModel, adapter: Path) -> PeftModel:
    try:
        adapted = PeftModel.from_pretrained(base, str(adapter))
    except (ValueError, RuntimeError, KeyError, TypeError) as error:
        raise InputError(
            f"The adapter {adapter} does not fit the model ({error}). Give as model the base that it was trained on; "
            f"its {CONFIG_NAME} names it."
        ) from None
    with safe_open(adapter / SAFETENSORS_WEIGHTS_NAME, framework="pt") as file:
        strangers = set(file.keys()) ^ set(get_peft_model_state_dict(adapted))
    if strangers:
        raise InputError(
            f"The adapter {adapter} does not fit the model: {len(strangers)} of its weights have no place there or are "
            f"missing, among them {min(strangers)}. Give as model the base that it was trained on."
        )
    return adapted.eval()


def _logits(model: PreTrainedModel | PeftModel, family: Family, processor: Processor) -> list[Tensor]:
    """Of every token of every probe [T, V]: three questions, and the first one with a picture if the model sees."""
    pictures: list[list[Image.Image]] = [[] for _ in _PROBES]
    probes: Sequence[tuple[str, list[Image.Image]]] = list(zip(_PROBES, pictures, strict=True))
    if family.sees:
        probes = [*probes, (_PROBES[0], [_triangle()])]
    logits = []
    for question, images in probes:
        text = render_prompt(processor, [{"role": "user", "content": question}], images)
        options: dict[str, Any] = {"images": images} if images else {}
        inputs = processor(text=[text], add_special_tokens=False, return_tensors="pt", **options)
        with torch.inference_mode():
            logits.append(model(**inputs).logits[0].float())
    return logits


def _triangle() -> Image.Image:
    picture = Image.new("RGB", (280, 224), "white")
    ImageDraw.Draw(picture).polygon([(30, 200), (250, 200), (110, 30)], outline="black", width=3)
    return picture


def _difference(logits: Sequence[Tensor], expected: Sequence[Tensor]) -> float:
    """The largest difference of a logit as a share of the largest logit."""
    largest = max(float(each.abs().max()) for each in expected)
    return max(float((a - b).abs().max()) for a, b in zip(logits, expected, strict=True)) / largest
