"""The model that a training starts with: loaded from the base or a checkpoint, adapted or frozen by parts."""

from __future__ import annotations

from pathlib import Path

import torch
from peft import PeftModel
from transformers import PreTrainedModel

from redstar_geo.models.adapters import Lora, add_adapters, quantisation
from redstar_geo.models.attention import use_packed_attention
from redstar_geo.models.encode import Encoder
from redstar_geo.models.families import family_of, tokenizer_of
from redstar_geo.models.liger import use_liger
from redstar_geo.models.load import load, load_config
from redstar_geo.models.parts import Tuning, freeze


def model_to_train(
    base: str,
    checkpoint: Path | None,
    dtype: torch.dtype,
    tuning: Tuning,
    lora: Lora | None,
    gradient_checkpointing: bool,
    liger: bool = False,
) -> PreTrainedModel | PeftModel:
    """The model with packed attention, only the tuned parts of it (or adapters in them) learning.

    Args:
        base: hub id or folder.
        checkpoint: to go on from; with LoRA it holds the adapters alone.
        liger: fused kernels; `check_liger` says whether they can be had.

    Raises:
        InputError: the base cannot be loaded, or not be quantised here.
    """
    family = family_of(load_config(base))
    start = str(checkpoint) if checkpoint is not None and lora is None else base
    model = load(start, dtype, quantisation(family, lora, dtype))[0]
    use_packed_attention(model)
    if liger:
        use_liger(model)
    if gradient_checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    if lora is not None and checkpoint is not None:
        return PeftModel.from_pretrained(model, str(checkpoint), is_trainable=True)
    if lora is not None:
        return add_adapters(model, family, lora, tuning)
    freeze(model, family, tuning)
    return model


def stop_at_the_end_of_turn(model: PreTrainedModel | PeftModel, encoder: Encoder) -> None:
    """Generation stops where the taught turns end; a base model knows another end."""
    ends = tokenizer_of(encoder.processor)(encoder.end_of_turn, add_special_tokens=False)["input_ids"][:1]
    known = model.generation_config.eos_token_id
    others = known if isinstance(known, list) else [known] if known is not None else []
    model.generation_config.eos_token_id = [*ends, *(token for token in others if token not in ends)]
