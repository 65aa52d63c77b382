"""The parts of a model tuned separately: which are frozen, at which rate the others learn, and a table of it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from peft import PeftModel
from pydantic import Field, model_validator
from rich.table import Table
from torch import nn
from torch.nn.modules.conv import _ConvNd
from transformers import PreTrainedModel

from redstar_geo.errors import InputError
from redstar_geo.models.families import Family, Part
from redstar_geo.recipe import Section

PARTS: tuple[Part, ...] = ("vision", "aligner", "language", "head")


class Tuning(Section):
    """The peak learning rate of each part; a part without one is frozen. The head goes with the language model."""

    vision: float | None = Field(default=None, gt=0)
    aligner: float | None = Field(default=None, gt=0)
    language: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _something_learns(self) -> Tuning:
        if self.vision is None and self.aligner is None and self.language is None:
            raise ValueError("every part is frozen; give vision, aligner or language a learning rate")
        return self

    def rate(self, part: Part) -> float | None:
        """The learning rate of `part`, None if it is frozen."""
        return {"vision": self.vision, "aligner": self.aligner}.get(part, self.language)


@dataclass(frozen=True)
class PartRow:
    """A part of the model: its parameters, how many of them learn, and at which peak rate."""

    part: Part
    parameters: int
    trainable: int
    learning_rate: float | None


def reachable(family: Family, tuning: Tuning, has_images: bool) -> tuple[Tuning, list[str]]:
    """The tuning without the parts that get no gradient from the data, and a sentence for each that was dropped.

    Raises:
        InputError: nothing is left to learn.
    """
    if has_images and family.sees:
        return tuning, []
    why = "no sample has an image" if family.sees else f"models of type {family.name} have no such part"
    if tuning.language is None:
        raise InputError(f"Only vision or aligner have a learning rate, but {why}. Give language a learning rate.")
    dropped = [part for part in PARTS if part in ("vision", "aligner") and tuning.rate(part) is not None]
    notes = [f"{part} is frozen: it has a learning rate, but {why}" for part in dropped]
    return Tuning(language=tuning.language), notes


def freeze(model: PreTrainedModel | PeftModel, family: Family, tuning: Tuning) -> None:
    """Let only the parts with a learning rate learn. What is frozen already, as below adapters, stays frozen."""
    for part, _, _, parameter in _parameters(model, family):
        if tuning.rate(part) is None:
            parameter.requires_grad_(False)


def param_groups(
    model: PreTrainedModel | PeftModel, family: Family, tuning: Tuning, weight_decay: float
) -> list[dict[str, Any]]:
    """Groups for a torch optimizer: `name`, `params`, `lr`, `weight_decay`, only of parameters that learn.

    Matrices, convolutions and embeddings decay; biases, norms and scales do not.
    """
    groups: dict[str, dict[str, Any]] = {}
    for part, module, name, parameter in _parameters(model, family):
        rate = tuning.rate(part)
        if rate is None or not parameter.requires_grad:
            continue
        decays = name == "weight" and isinstance(module, nn.Linear | nn.Embedding | _ConvNd)
        label = part if decays else f"{part}, no decay"
        decay = weight_decay if decays else 0.0
        group = groups.setdefault(label, {"name": label, "params": [], "lr": rate, "weight_decay": decay})
        group["params"].append(parameter)
    return list(groups.values())


def part_table(model: PreTrainedModel | PeftModel, family: Family, tuning: Tuning) -> list[PartRow]:
    """One row for every part that the model has; a head tied to the embeddings counts with the language model."""
    parameters: Counter[Part] = Counter()
    trainable: Counter[Part] = Counter()
    for part, _, _, parameter in _parameters(model, family):
        parameters[part] += _size(parameter)
        trainable[part] += _size(parameter) if parameter.requires_grad else 0
    return [PartRow(part, parameters[part], trainable[part], tuning.rate(part)) for part in PARTS if parameters[part]]


def shown(rows: Sequence[PartRow]) -> Table:
    """The table of what learns, for a terminal."""
    table = Table("part", "parameters", "trainable", "learning rate")
    for row in rows:
        table.add_row(row.part, f"{row.parameters:,}", f"{row.trainable:,}", str(row.learning_rate or "–"))
    return table


def _parameters(
    model: PreTrainedModel | PeftModel, family: Family
) -> Iterator[tuple[Part, nn.Module, str, nn.Parameter]]:
    """Every parameter once: its part, the module that owns it, and its name there."""
    base = model.get_base_model() if isinstance(model, PeftModel) else model
    seen: set[int] = set()
    for path, module in base.named_modules():
        for name, parameter in module.named_parameters(recurse=False):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                yield family.part(f"{path}.{name}"), module, name, parameter


def _size(parameter: nn.Parameter) -> int:
    """Numbers in a parameter, also where DeepSpeed has cut it up or bitsandbytes keeps two in a byte."""
    if hasattr(parameter, "ds_numel"):
        return int(parameter.ds_numel)
    return parameter.numel() * (2 if type(parameter).__name__ == "Params4bit" else 1)
