"""The model card, with the facts of the run that made the model, and the way to the hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, ModelCard, ModelCardData
from huggingface_hub.errors import HTTPError

from redstar_geo.errors import RedStarError
from redstar_geo.models.parts import PartRow
from redstar_geo.models.shipped import BASE
from redstar_geo.run import Counts, Run
from redstar_geo.trainer.log import read_log

_CARD = """---
{data}
---

# {name}

{intro} The answer follows `<think> … </think>` and stands in `\\boxed{{}}`.

## Training

{facts}

| part | parameters | trained | peak learning rate |
|---|---:|---:|---:|
{parts}

## Held-out evaluation

{evaluation}

## Limits

{limits}: wrong answers come in the same sure tone as right ones. The licences are those of the base and of the data.
"""
_INTRO = {
    "sft": "Fine-tuned from {base} on verified chains of thought, as in [RedStar](https://arxiv.org/abs/2501.11284).",
    "dpo": "{base} after direct preference optimisation (arXiv 2305.18290) on right against wrong answers to the same "
    "problems, by [RedStar-Geo](https://arxiv.org/abs/2501.11284)'s recipe.",
}
_LIMITS = {
    "sft": "It was trained on right answers to problems like those of its data, and on nothing else",
    "dpo": "It was trained to tell right from wrong answers to problems like those of its data, and on nothing else",
}


def write_card(folder: Path, run: Run) -> None:
    """Write `README.md` into the model's folder, from what the run has noted and logged."""
    recipe = run.manifest["recipe"]
    base, method = recipe["model"], recipe["method"]
    log, parts = read_log(run.path("log.jsonl")), [PartRow(**row) for row in run.manifest["parts"]["table"]]
    adapted, sees = recipe["lora"] is not None, any(row.part == "vision" for row in parts)
    on_hub = base if base != BASE else None
    data = ModelCardData(
        base_model=on_hub,
        base_model_relation=("adapter" if adapted else "finetune") if on_hub else None,
        library_name="peft" if adapted else "transformers",
        pipeline_tag="image-text-to-text" if sees else "text-generation",
        tags=["redstar-geo", method, "geometry", "chain-of-thought"],
    )
    rows = [f"| {row.part} | {row.parameters:,} | {row.trainable:,} | {row.learning_rate or '–'} |" for row in parts]
    text = _CARD.format(
        data=data.to_yaml(),
        name=run.folder.name,
        intro=_INTRO[method].format(base=_named(base)),
        facts="\n".join(f"- {fact}" for fact in _facts(recipe, log)),
        parts="\n".join(rows),
        evaluation=_evaluation(read_log(run.path("evaluations.jsonl"))),
        limits=_LIMITS[method],
    )
    ModelCard(text).save(folder / "README.md")


def _named(base: str | None) -> str:
    if base is None:
        return "a small model built from scratch"
    return "the small base that ships with redstar-geo" if base == BASE else f"`{base}`"


def push(run: Run, repository: str | None) -> None:
    """Bring `model/` of a finished run to the hub, once, to a private repository if there is none of that name.

    Raises:
        RedStarError: the hub cannot be reached, or refuses.
    """
    if repository is None or run.finished(f"push to {repository}"):
        return
    hub, folder = HfApi(), run.path("model")
    try:
        hub.create_repo(repository, private=True, exist_ok=True)
        hub.upload_folder(repo_id=repository, folder_path=folder, commit_message="Trained by redstar-geo")
    except (OSError, ValueError, HTTPError) as error:  # huggingface_hub's errors are of these
        raise RedStarError(
            f"The training is done, and its model is in {folder}, but it could not be pushed to {repository} "
            f"({type(error).__name__}: {str(error).strip().splitlines()[0]}). Log in by `hf auth login`, see that the "
            "hub can be reached (HF_HUB_OFFLINE=1 forbids it), and give the same command again: it only pushes."
        ) from None
    run.finish(f"push to {repository}", Counts(in_=1, out=1))


def _facts(recipe: Mapping[str, Any], log: Sequence[Mapping[str, Any]]) -> list[str]:
    last, pack, what = log[-1], recipe["pack"], "samples" if recipe["method"] == "sft" else "pairs"
    row = f"{pack['tokens']:,} tokens" if pack["tokens"] else f"{pack['samples']} {what}"
    lora = recipe["lora"]
    kind = f"LoRA of rank {lora['rank']}{', base in 4 bits' if lora['quantise'] else ''}" if lora else "full tuning"
    return [
        f"{kind}; {_loss(recipe)}; packed rows of up to {row}, {recipe['accumulate']} a step and process",
        f"{last['samples']:,} {what} ({last['tokens']:,} tokens) seen in {last['step']:,} steps",
        f"loss {log[0]['loss']:.3g} at step {log[0]['step']:,}, {last['loss']:.3g} at the end",
        f"weights {recipe['dtype']}, computed in {recipe['compute']}; optimizer {recipe['optimizer']}, "
        f"warm-up {recipe['warmup']:g}, weight decay {recipe['weight_decay']:g}; seed {recipe['seed']}",
    ]


def _loss(recipe: Mapping[str, Any]) -> str:
    if recipe["method"] == "sft":
        return "the loss a token, on completions only"
    preference = recipe["preference"]
    return (
        f"{preference['loss']} loss a pair, β {preference['beta']:g}, weight of the right answers' own likelihood "
        f"{preference['nll_weight']:g}"
    )


def _evaluation(evaluations: Sequence[Mapping[str, Any]]) -> str:
    if not evaluations:
        return "Not evaluated during training."
    last = evaluations[-1]
    interval = f"{100 * last['low']:.0f} – {100 * last['high']:.0f} %"
    return (
        f"{last['correct']} of {last['n']} problems correct ({100 * last['accuracy']:.0f} %, 95 % interval {interval}) "
        f"at step {last['step']:,}, greedy answers, by the answer verifier."
    )
