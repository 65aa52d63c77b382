"""What the reference of a preference optimisation needs of a device's memory, before the training begins.

It is loaded whole on every rank, under ZeRO-3 too, and goes forward alone: a layer's activations and a part of the
logits at a time.
"""

from __future__ import annotations

from dataclasses import replace

from transformers import PretrainedConfig

from redstar_geo.models.memory import ADAPTERS, BYTES, Plan, Training, device_bytes, plan, reserve

_OF_A_LAYER = 8  # hidden states, normed, queries, keys, values, attended, projected, their sum
_OF_AN_MLP = 3  # gate, up, their product
_OF_LOGITS = 3  # as the head gives them, in float32, and their logarithm


def plan_reference(config: PretrainedConfig, training: Training, device_gib: float | None = None) -> Plan:
    """The plan of a rank; `training` is what comes after it."""
    alone = replace(training, zero=0, ranks=1, offload=False, offload_weights=False)
    weights = {
        name: size
        for name, size in plan(config, alone, 1e6).device.items()
        if name.startswith("weights: ") and ADAPTERS not in name
    }
    text = config.get_text_config()
    width = BYTES[training.compute]
    a_token = width * (_OF_A_LAYER * text.hidden_size + _OF_AN_MLP * text.intermediate_size)
    logits = -(-training.row.labelled // training.chunks) * text.vocab_size * 4 * _OF_LOGITS
    parts = weights | {"activations: a layer": a_token * training.row.tokens, "activations: logits": logits}
    size = device_bytes() if device_gib is None else round(device_gib * 2**30)
    return Plan((), parts | reserve(parts, alone), {}, size)
