"""Tiny random models of every family, from their configurations, and encoded samples of random tokens for them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    PreTrainedModel,
    set_seed,
)

from redstar_geo.models.encode import Encoded
from redstar_geo.models.families import FAMILIES, positions, vision_patches

VOCABULARY = 97
_IMAGE, _START, _END = 90, 91, 92
_LANGUAGE = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 512,
    "tie_word_embeddings": True,
    "pad_token_id": 0,
    "bos_token_id": None,
    "eos_token_id": 1,
}
_MARKS = {"image_token_id": _IMAGE, "vision_start_token_id": _START, "vision_end_token_id": _END, "video_token_id": 93}
_QWEN_VISION = {"depth": 3, "hidden_size": 32, "intermediate_size": 48, "num_heads": 2, "out_hidden_size": 32}
_GLM: dict[str, Any] = {
    "text_config": _LANGUAGE | {"rope_parameters": {"rope_type": "default", "mrope_section": [2, 1, 1]}},
    "vision_config": _QWEN_VISION | {"image_size": 56, "patch_size": 14},
    "image_token_id": _IMAGE,
    "image_start_token_id": _START,
    "image_end_token_id": _END,
    "video_token_id": 93,
    "tie_word_embeddings": True,
}
_SETTINGS: dict[str, dict[str, Any]] = {
    "qwen2": _LANGUAGE,
    "qwen3": _LANGUAGE,
    "qwen2_5_vl": {
        "text_config": _LANGUAGE | {"rope_parameters": {"rope_type": "default", "mrope_section": [2, 1, 1]}},
        "vision_config": _QWEN_VISION | {"fullatt_block_indexes": [2], "window_size": 56, "patch_size": 14},
        **_MARKS,
    },
    "qwen3_vl": {
        "text_config": _LANGUAGE
        | {"rope_parameters": {"rope_type": "default", "mrope_section": [2, 1, 1], "mrope_interleaved": True}},
        "vision_config": _QWEN_VISION
        | {"deepstack_visual_indexes": [0, 1], "num_position_embeddings": 64, "patch_size": 14},
        **_MARKS,
    },
    "qwen3_5": {
        "text_config": _LANGUAGE
        | {"rope_parameters": {"rope_type": "default", "mrope_section": [2, 1, 1], "partial_rotary_factor": 1.0}}
        | {"linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 8, "linear_value_head_dim": 8}
        | {"layer_types": ["linear_attention", "linear_attention", "full_attention"]},
        "vision_config": _QWEN_VISION | {"num_position_embeddings": 64, "patch_size": 14},
        **_MARKS,
    },
    "glm4v": _GLM,
    "internvl": {
        "text_config": _LANGUAGE | {"model_type": "qwen2"},
        "vision_config": {
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": [56, 56],
            "patch_size": [14, 14],
        },
        "image_token_id": _IMAGE,
        "image_seq_length": 4,
    },
}


PACKING = [name for name, family in FAMILIES.items() if family.packs]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Operations on tiny tensors only wait for a second thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def tiny_model(family: str, seed: int = 0, text: str | None = None) -> PreTrainedModel:
    """An untrained model in float32, in training mode; weights large enough that attention is not uniform.

    Args:
        text: type of its language model, where it is not the family's usual one.
    """
    set_seed(seed)
    settings = _SETTINGS[family]
    if text is not None:
        settings = settings | {"text_config": settings["text_config"] | {"model_type": text}}
    config = AutoConfig.for_model(family, **settings)
    kind = AutoModelForImageTextToText if FAMILIES[family].sees else AutoModelForCausalLM
    model = kind.from_config(config, dtype=torch.float32)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(5.0)
    return model.train()


def sample(model: PreTrainedModel, family: str, length: int, images: int = 0, seed: int = 0) -> Encoded:
    """Random text of `length` tokens, its second half labelled, after so many images of random sizes."""
    chance = random.Random(f"{length}/{images}/{seed}")
    text = [chance.randrange(2, 90) for _ in range(length)]
    grids = [(1, 2 * chance.randint(1, 3), 2 * chance.randint(1, 3)) for _ in range(images)]
    pieces = [text[:2]]
    for _, height, width in grids:
        cost = height * width // 4 if FAMILIES[family].mrope else 4
        pieces.append([_START, *[_IMAGE] * cost, _END])
    pieces.append(text[2:])
    tokens = torch.tensor(list(chain.from_iterable(pieces)))
    labels = tokens.clone()
    labels[: len(tokens) - length // 2] = -100
    pictures = _pictures(family, grids, torch.Generator().manual_seed(seed))
    return Encoded(
        id=f"{length}/{images}/{seed}",
        input_ids=tokens,
        labels=labels,
        position_ids=positions(FAMILIES[family], model.config, tokens, pictures),
        images=pictures,
        vision_patches=vision_patches(FAMILIES[family], model.config, pictures),
    )


def _pictures(family: str, grids: list[tuple[int, int, int]], noise: torch.Generator) -> dict[str, torch.Tensor]:
    if not grids:
        return {}
    if not FAMILIES[family].mrope:
        return {"pixel_values": torch.randn(len(grids), 3, 56, 56, generator=noise)}
    patches = sum(height * width for _, height, width in grids)
    pixels = torch.randn(patches, 3 * 2 * 14 * 14, generator=noise)
    return {"pixel_values": pixels, "image_grid_thw": torch.tensor(grids)}


def lognormal_lengths(count: int, longest: int, seed: int = 0) -> list[int]:
    """Lengths as those of long traces are: most of middling length, a long tail."""
    chance = random.Random(seed)
    return [min(longest, 20 + int(chance.lognormvariate(6.8, 0.7))) for _ in range(count)]
