"""LoRA (arXiv 2106.09685) and QLoRA (arXiv 2305.14314) by peft, in the parts of a model that have a learning rate."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from peft.utils import CONFIG_NAME, SAFETENSORS_WEIGHTS_NAME
from pydantic import Field
from torch import Tensor, nn
from transformers import BitsAndBytesConfig, PreTrainedModel
from transformers.integrations import is_deepspeed_zero3_enabled

from redstar_geo.errors import InputError
from redstar_geo.models.families import Family
from redstar_geo.models.parts import Tuning
from redstar_geo.recipe import Section


class Lora(Section):
    """Low-rank adapters in every linear layer of the tuned parts, but not in the output head.

    `quantise` keeps the language model's frozen weights in four bits (QLoRA); vision and aligner stay as they are.
    """

    rank: int = Field(default=16, gt=0)
    alpha: int = Field(default=32, gt=0)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    quantise: bool = False


def quantisation(family: Family, lora: Lora | None, dtype: torch.dtype) -> BitsAndBytesConfig | None:
    """How the base is quantised when it is loaded; None where it is not. It computes in `dtype`.

    Raises:
        InputError: asked for without a CUDA device or without bitsandbytes.
    """
    if lora is None or not lora.quantise:
        return None
    if not torch.cuda.is_available() or importlib.util.find_spec("bitsandbytes") is None:
        raise InputError(
            "quantise: true (QLoRA) needs an NVIDIA GPU and the package bitsandbytes. Install it on a machine with a "
            "GPU, or set quantise: false for plain LoRA."
        )
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
        llm_int8_skip_modules=[prefix.removesuffix(".") for prefix, _ in family.parts],  # all but the language model
    )


def add_adapters(model: PreTrainedModel, family: Family, lora: Lora, tuning: Tuning) -> PeftModel:
    """The model with adapters in the parts that `tuning` gives a rate; everything else is frozen.

    The adapters' weights are float32. Activation checkpointing over a frozen base must not be the reentrant kind, which
    loses the gradients.
    """
    targets = [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear)
        and (part := family.part(f"{name}.weight")) != "head"
        and tuning.rate(part) is not None
    ]
    settings = LoraConfig(
        r=lora.rank, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=targets, task_type="CAUSAL_LM"
    )
    return get_peft_model(model, settings)


@contextmanager
def merged(model: PreTrainedModel | PeftModel) -> Iterator[None]:
    """Adapters merged into the weights they adapt, for a while: a forward pass without kernels of their own.

    It takes the memory of these weights once more. Nothing is merged where the base is quantised, which would round it
    anew, or sharded (ZeRO-3).
    """
    layers = _adapted(model) if isinstance(model, PeftModel) else {}
    if not all(weight.is_floating_point() for weight in layers) or is_deepspeed_zero3_enabled():
        layers = {}
    with _merged(layers):
        yield


def merged_weights(model: PreTrainedModel | PeftModel) -> Iterator[tuple[str, Tensor]]:
    """The weights under the names of the hub, each with its adapters merged until the next one is asked for."""
    if not isinstance(model, PeftModel):
        yield from ((name, parameter.detach()) for name, parameter in model.named_parameters())
        return
    layers = _adapted(model)
    for name, parameter in model.named_parameters():
        if model.prefix not in name:
            with _merged({parameter: layers[parameter]} if parameter in layers else {}):
                yield name.removeprefix("base_model.model.").replace(".base_layer", ""), parameter.detach()


def _adapted(model: PeftModel) -> dict[nn.Parameter, LoraLayer]:
    layers = (one for one in model.modules() if isinstance(one, LoraLayer))
    return {cast("nn.Parameter", layer.get_base_layer().weight): layer for layer in layers}


@contextmanager
def _merged(layers: Mapping[nn.Parameter, LoraLayer]) -> Iterator[None]:
    """Afterwards the weights are those of before, bit by bit: they are put aside.

    What is added in half precision cannot be subtracted again.
    """
    aside = {weight: weight.data for weight in layers}
    try:
        for weight, layer in layers.items():
            weight.data = weight.data.clone()
            layer.merge()
        yield
    finally:
        for weight, layer in layers.items():
            layer.merged_adapters.clear()
            weight.data = aside[weight]


def check_adapter(adapter: Path) -> None:
    """Whether a folder holds a LoRA adapter.

    Raises:
        InputError: it does not.
    """
    for name in (CONFIG_NAME, SAFETENSORS_WEIGHTS_NAME):
        if not (adapter / name).is_file():
            raise InputError(
                f"{adapter} is not a LoRA adapter: it has no {name}. Give the folder of a checkpoint of a LoRA "
                "training, or its model/; a full fine-tuning has nothing to merge."
            )
