"""The card of the base: how it was made, its curves, and how well it reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCard, ModelCardData

from redstar_geo.report.curves import curves
from redstar_geo.run import Run
from redstar_geo.scores.statements import Agreement
from redstar_geo.trainer.log import read_log

_CARD = """---
{data}
---

# {name}

A small {family} trained from scratch, which reads geometry diagrams and does sums. It has never seen a chain of
thought: fine-tuning starts from it.

## Making

`redstar-geo train train/base_tiny.yaml`, seed {seed}, on data made on the fly: no picture came twice, and all are
the toolkit's own.

- tokenizer: {vocabulary:,} tokens, trained on built-in problems and chains of thought, which the model never saw
- look: {pictures:,} pictures; the vision tower is taught what every image token holds
  ({look_s:,.0f} s, loss {look_loss})
- practise: {steps:,} steps of {tokens:,} tokens; labels read on pictures that grow, then pictures described, values
  read off, answers without reasoning, sums by columns ({read_s:,.0f} s, loss {read_loss})
- {parameters:,} parameters in bfloat16; computed in {compute}

![Curves of both stages by step](curves.png)

## Evaluation

Statements about {measured} built-in figures with numbers that the training never has, read greedily and compared as
sets:

| kind | there | said | precision | recall | F1 |
|---|---:|---:|---:|---:|---:|
{rows}

Of as many sums like those of its practice, with other letters and numbers, it gets {sums:.1%} right.

## Limits

It knows figures as this library draws them, in English, and no others.
"""
_LOOK = {"loss": "look: loss", "glyphs": "look: glyphs named"}
_READ = {"loss": "practise: loss", "f1": "practise: F1 of statements", "sums": "practise: sums right"}


def write_card(
    folder: Path, recipe: Mapping[str, Any], look: Run, read: Run, found: Mapping[str, Agreement], n: int
) -> None:
    """Write `README.md` and `curves.png` into the model's folder.

    Args:
        n: parameters of the model.
    """
    seen, practised = read_log(look.path("look.jsonl")), read_log(read.path("practise.jsonl"))
    log = [_named(entry, _LOOK) for entry in seen] + [_named(entry, _READ) for entry in practised]
    drawn = curves(log, {name: name for name in (*_LOOK.values(), *_READ.values())})
    drawn.savefig(folder / "curves.png", dpi=80, metadata={"Software": None})
    rows = [f"| {kind} | {each.there:,} | {each.said:,} | {_shares(each)} |" for kind, each in found.items()]
    text = _CARD.format(
        data=ModelCardData(
            license="apache-2.0",
            library_name="transformers",
            pipeline_tag="image-text-to-text",
            tags=["redstar-geo", "base", "geometry"],
        ).to_yaml(),
        name=read.folder.name,
        family=recipe["size"]["family"],
        seed=recipe["seed"],
        vocabulary=recipe["size"]["vocabulary"],
        pictures=recipe["look"]["pictures"],
        look_s=seen[-1]["seconds"],
        look_loss=seen[-1]["loss"],
        steps=recipe["practise"]["steps"],
        tokens=recipe["practise"]["tokens"],
        read_s=practised[-1]["seconds"],
        read_loss=practised[-1]["loss"],
        parameters=n,
        compute=recipe["compute"],
        sums=practised[-1]["sums"],
        measured=recipe["practise"]["measured"],
        rows="\n".join(rows),
    )
    ModelCard(text).save(folder / "README.md")


def _named(entry: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {"step": entry["step"]} | {named: entry[name] for name, named in names.items()}


def _shares(each: Agreement) -> str:
    return " | ".join("–" if share is None else f"{share:.3f}" for share in (each.precision, each.recall, each.f1))
