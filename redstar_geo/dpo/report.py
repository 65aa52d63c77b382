"""What a preference optimisation leaves to be read: its report with the curves, and the model's card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCard, ModelCardData

from redstar_geo.models.parts import PartRow
from redstar_geo.report.curves import curves
from redstar_geo.report.page import plot, write_page
from redstar_geo.report.training import part_cells

_CURVES = {  # key of the log: what the axis says
    "preference_loss": "loss a pair",
    "reward_accuracy": "pairs in the right order, share",
    "reward_margin": "margin of the implicit reward",
    "chosen_log_ratio": "log π/π_ref a token: right, wrong (blue)",
}
_CARD = """---
{data}
---

# {name}

{base} after direct preference optimisation (arXiv 2305.18290) on right against wrong answers to the same problems, by
[RedStar-Geo](https://arxiv.org/abs/2501.11284)'s recipe. The answer follows `<think> … </think>` and stands in
`\\boxed{{}}`.

{facts}

It was taught which of two answers is right, and nothing else: wrong answers come in the same sure tone as right ones.
The licences are those of the base and of the data.
"""


def write_report(path: Path, name: str, log: Sequence[Mapping[str, Any]], parts: Sequence[PartRow]) -> None:
    """Write the report as one self-contained HTML file; `log` has the entries of `log.jsonl`, at least one."""
    last = log[-1]
    write_page(
        path,
        "training.html",
        name=name,
        headline=_headline(log),
        curves_plot=plot(curves(log, _CURVES, beside={"chosen_log_ratio": "rejected_log_ratio"})),
        throughput=f"{last['tokens_per_s']:,.0f} tokens a second, at most {last['memory_gib']:.1f} GiB on a rank",
        parts=[part_cells(row) for row in parts],
        facts={},
        examinations=[],
    )


def write_card(
    folder: Path, name: str, recipe: Mapping[str, Any], pairs: int, log: Sequence[Mapping[str, Any]]
) -> None:
    """Write `README.md` into the model's folder; `recipe` as in the run's manifest."""
    base, adapted, preference = recipe["model"], recipe["lora"] is not None, recipe["preference"]
    data = ModelCardData(
        base_model=base,
        base_model_relation="adapter" if adapted else "finetune",
        library_name="peft" if adapted else "transformers",
        tags=["redstar-geo", "dpo", "chain-of-thought"],
    )
    facts = [
        f"{pairs:,} pairs, {recipe['epochs']} times; {preference['loss']} loss, β {preference['beta']:g}, weight of "
        f"the right answers' own likelihood {preference['nll_weight']:g}; seed {recipe['seed']}",
        _headline(log),
    ]
    text = _CARD.format(
        data=data.to_yaml(), name=name, base=f"`{base}`", facts="\n".join(f"- {fact}" for fact in facts)
    )
    ModelCard(text).save(folder / "README.md")


def _headline(log: Sequence[Mapping[str, Any]]) -> str:
    first, last = log[0], log[-1]
    return (
        f"Loss a pair {first['preference_loss']:.3g} to {last['preference_loss']:.3g} in {last['step']:,} steps; "
        f"{last['reward_accuracy']:.0%} of the last step's pairs in the right order, right answers "
        f"{last['chosen_log_ratio']:+.3f} nats a token against the reference."
    )
