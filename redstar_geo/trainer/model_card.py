"""The model card, with the facts of the run that made the model, and the way to the hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, ModelCard, ModelCardData
from huggingface_hub.errors import HTTPError

from redstar_geo.errors import RedStarError
from redstar_geo.models.parts import PartRow

_CARD = """---
{data}
---

# {name}

Fine-tuned from {base} on verified chains of thought, as in [RedStar](https://arxiv.org/abs/2501.11284). The answer
follows `<think> … </think>` and stands in `\\boxed{{}}`.

## Training

{facts}

| part | parameters | trained | peak learning rate |
|---|---:|---:|---:|
{parts}

## Examined

{examined}

## Limits

It was taught right answers to problems like those of its data, and nothing else: wrong answers come in the same sure
tone as right ones. The licences are those of the base and of the data.
"""


def write_card(
    folder: Path,
    name: str,
    recipe: Mapping[str, Any],
    log: Sequence[Mapping[str, Any]],
    parts: Sequence[PartRow],
    examinations: Sequence[Mapping[str, Any]],
) -> None:
    """Write `README.md` into the model's folder.

    Args:
        recipe: as in the run's manifest.
        log, examinations: entries of `log.jsonl` (at least one) and `examinations.jsonl`.
    """
    base, adapted = recipe["model"], recipe["lora"] is not None
    sees = any(row.part == "vision" for row in parts)
    data = ModelCardData(
        base_model=base,
        base_model_relation=("adapter" if adapted else "finetune") if base else None,
        library_name="peft" if adapted else "transformers",
        pipeline_tag="image-text-to-text" if sees else "text-generation",
        tags=["redstar-geo", "geometry", "chain-of-thought"],
    )
    rows = [f"| {row.part} | {row.parameters:,} | {row.trainable:,} | {row.learning_rate or '–'} |" for row in parts]
    text = _CARD.format(
        data=data.to_yaml(),
        name=name,
        base=f"`{base}`" if base else "a small model built from scratch",
        facts="\n".join(f"- {fact}" for fact in _facts(recipe, log)),
        parts="\n".join(rows),
        examined=_examined(examinations),
    )
    ModelCard(text).save(folder / "README.md")


def push(folder: Path, repository: str) -> None:
    """Bring the folder to the hub, to a private repository if there is none of that name.

    Raises:
        RedStarError: the hub cannot be reached, or refuses.
    """
    hub = HfApi()
    try:
        hub.create_repo(repository, private=True, exist_ok=True)
        hub.upload_folder(repo_id=repository, folder_path=folder, commit_message="Trained by redstar-geo")
    except (OSError, ValueError, HTTPError) as error:  # huggingface_hub's errors are of these
        raise RedStarError(
            f"The training is done, and its model is in {folder}, but it could not be pushed to {repository} "
            f"({type(error).__name__}: {str(error).strip().splitlines()[0]}). Log in by `hf auth login`, see that the "
            "hub can be reached (HF_HUB_OFFLINE=1 forbids it), and give the same command again: it only pushes."
        ) from None


def _facts(recipe: Mapping[str, Any], log: Sequence[Mapping[str, Any]]) -> list[str]:
    last, pack = log[-1], recipe["pack"]
    row = f"{pack['tokens']:,} tokens" if pack["tokens"] else f"{pack['samples']} samples"
    lora = recipe["lora"]
    kind = f"LoRA of rank {lora['rank']}{', base in 4 bits' if lora['quantise'] else ''}" if lora else "full tuning"
    return [
        f"{kind}; the loss on completions only; packed rows of up to {row}, {recipe['accumulate']} a step and process",
        f"{last['samples']:,} samples ({last['tokens']:,} tokens) seen in {last['step']:,} steps",
        f"loss a token {log[0]['loss']:.3g} at step {log[0]['step']:,}, {last['loss']:.3g} at the end",
        f"weights {recipe['dtype']}, computed in {recipe['compute']}; optimizer {recipe['optimizer']}, "
        f"warm-up {recipe['warmup']:g}, weight decay {recipe['weight_decay']:g}; seed {recipe['seed']}",
    ]


def _examined(examinations: Sequence[Mapping[str, Any]]) -> str:
    if not examinations:
        return "Not examined during training."
    last = examinations[-1]
    interval = f"{100 * last['low']:.0f} – {100 * last['high']:.0f} %"
    return (
        f"{last['correct']} of {last['n']} problems right ({100 * last['accuracy']:.0f} %, 95 % interval {interval}) "
        f"at step {last['step']:,}, greedy answers, judged by verified answer."
    )
