"""The published sizes of the models that the recipes name, so that their memory is planned without any download.

Only shapes are given; the rest are the defaults of transformers' configuration classes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from transformers import AutoConfig, PretrainedConfig

_QWEN_7B = {
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "vocab_size": 152064,
    "tie_word_embeddings": False,
}


def qwen2_5(hidden: int, mlp: int, layers: int, heads: int, key_heads: int) -> PretrainedConfig:
    """A text model of the Qwen2.5 series (untied, the larger vocabulary of 7B and above)."""
    sizes = {
        "hidden_size": hidden,
        "intermediate_size": mlp,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": key_heads,
    }
    return _config("qwen2", **_QWEN_7B | sizes)


def qwen2_5_vl_7b() -> PretrainedConfig:
    rotary = {"rope_type": "default", "rope_theta": 1_000_000.0, "mrope_section": [16, 24, 24]}
    vision = {"depth": 32, "hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16, "out_hidden_size": 3584}
    text = _QWEN_7B | {"rope_parameters": rotary}
    return _config("qwen2_5_vl", text_config=text, vision_config=vision, tie_word_embeddings=False)


def qwen3_vl_8b() -> PretrainedConfig:
    rotary = {
        "rope_type": "default",
        "rope_theta": 5_000_000.0,
        "mrope_section": [24, 20, 20],
        "mrope_interleaved": True,
    }
    text = {
        "hidden_size": 4096,
        "intermediate_size": 12288,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 151936,
        "rope_parameters": rotary,
    }
    vision = {"depth": 27, "hidden_size": 1152, "intermediate_size": 4304, "num_heads": 16, "out_hidden_size": 4096}
    return _config("qwen3_vl", text_config=text, vision_config=vision, tie_word_embeddings=False)


def internvl3_8b() -> PretrainedConfig:
    text = _QWEN_7B | {"model_type": "qwen2", "vocab_size": 151674}
    vision = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24, "attention_bias": True}
    return _config("internvl", text_config=text, vision_config=vision, tie_word_embeddings=False)


def _config(kind: str, **sizes: Any) -> PretrainedConfig:
    return AutoConfig.for_model(kind, **sizes)


KNOWN: dict[str, Callable[[], PretrainedConfig]] = {
    "Qwen/Qwen2.5-VL-7B-Instruct": qwen2_5_vl_7b,
    "Qwen/Qwen3-VL-8B-Instruct": qwen3_vl_8b,
    "Qwen/Qwen3-VL-8B-Thinking": qwen3_vl_8b,
    "OpenGVLab/InternVL3-8B-hf": internvl3_8b,
    "Qwen/Qwen2.5-7B-Instruct": lambda: qwen2_5(3584, 18944, 28, 28, 4),
    "Qwen/Qwen2.5-14B-Instruct": lambda: qwen2_5(5120, 13824, 48, 40, 8),
    "Qwen/Qwen2.5-32B-Instruct": lambda: qwen2_5(5120, 27648, 64, 40, 8),
}
