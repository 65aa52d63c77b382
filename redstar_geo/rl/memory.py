"""What a step of reinforcement needs of a device's memory: what always lies there, and the fuller of its two phases.

Sampling keeps the keys and values of all responses of one call; learning has the activations and gradients of one
packed row. Policy and critic run forward both before they go backward, so both keep their activations.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Literal, cast

from transformers import PretrainedConfig

from redstar_geo.models.adapters import Lora
from redstar_geo.models.memory import BYTES, Plan, Training, device_bytes, plan, reserve
from redstar_geo.models.parts import Tuning
from redstar_geo.models.simulate import Row
from redstar_geo.rl.recipe import PpoRecipe, RlRecipe

_ANY = 1e6  # GiB: the policy's own plan gives no advice
_FLOAT32 = 4
_LOGITS = 4  # copies of a step's logits in float32: as computed, without banned tokens, as probabilities, sorted
_EXPERIENCE = ("activations", "gradients", "weights of a layer", "buckets", "ZeRO's buckets")  # of learning alone


@dataclass(frozen=True)
class Prompts:
    """The longest prompt in tokens, and the vision patches of its pictures."""

    tokens: int
    patches: int = 0


def plan_reinforcement(
    config: PretrainedConfig,
    recipe: RlRecipe,
    prompts: Prompts,
    cap: int,
    stage: int,
    ranks: int,
    device: Literal["cpu", "cuda"],
    device_gib: float | None = None,
    teacher: PretrainedConfig | None = None,
) -> Plan:
    """The plan of a rank.

    Args:
        teacher: of distillation.
        cap: most tokens of a response.
        stage: of ZeRO over so many `ranks`; 0 is one process or plain data parallel.
    """
    responses = max(1, recipe.row_tokens // (prompts.tokens + cap))
    row = Row(recipe.row_tokens, recipe.row_tokens, prompts.patches * responses, responses)
    half = "bfloat16" in (recipe.dtype, recipe.compute)
    training = Training(
        row,
        Tuning(language=1.0),
        longest=prompts.tokens + cap,
        lora=recipe.lora,
        weights=recipe.dtype,
        compute="bfloat16" if half else "float32",
        checkpointing=recipe.gradient_checkpointing,
        chunks=recipe.loss_chunks,
        masters=recipe.bfloat16_updates == "master_weights",
        zero=cast("Literal[0, 2]", 2 if stage else 0),
        ranks=ranks,
        accumulate=2,
        device=device,
    )
    size = device_bytes() if device_gib is None else round(device_gib * 2**30)
    policy = plan(config, training, _ANY).device
    parts: dict[str, int] = {name: bytes_ for name, bytes_ in policy.items() if not name.startswith("reserve")}
    if teacher is not None:
        parts["teacher: weights"] = _weights(plan(teacher, replace(training, lora=None), _ANY).device)
    elif recipe.lora is None:
        parts["reference: weights"] = _weights(policy)
    if isinstance(recipe, PpoRecipe):
        parts |= dict(_critic(config, training, recipe.critic_lora, shares=recipe.lora is not None))
    learning = {name for name in parts if name.removeprefix("critic: ").startswith(_EXPERIENCE)}
    sampled = {} if recipe.vllm is not None else _sampling(config, recipe, prompts.tokens + cap)
    if recipe.vllm is not None and recipe.vllm.url is None:  # it sleeps while the policy learns
        sampled = {"sampling: the engine's share (vllm.memory)": round(recipe.vllm.memory * size)}
    if recipe.lora is not None and not recipe.lora.quantise and recipe.vllm is None:
        adapted = (bytes_ for name, bytes_ in policy.items() if name.startswith("weights: language"))
        sampled["sampling: adapters merged"] = sum(adapted)
    if sum(sampled.values()) > sum(parts[name] for name in learning):
        parts = {name: bytes_ for name, bytes_ in parts.items() if name not in learning} | sampled
    parts |= reserve(parts, training)
    return Plan((), parts, {}, size, ranks)


def _weights(parts: dict[str, int]) -> int:
    return sum(bytes_ for name, bytes_ in parts.items() if name.startswith("weights: "))


def _critic(config: PretrainedConfig, training: Training, lora: Lora | None, shares: bool) -> Iterator[tuple[str, int]]:
    """A language trunk without vision part and head; with adapters on the policy's own weights only these are added."""
    trunk = replace(training, row=replace(training.row, patches=0, labelled=1), lora=lora, chunks=1)
    headless = deepcopy(config)
    headless.tie_word_embeddings = headless.get_text_config().tie_word_embeddings = True  # no head of its own
    for name, bytes_ in plan(headless, trunk, _ANY).device.items():
        frozen = name.startswith("weights: ") and "frozen" in name
        language = not any(part in name for part in ("vision", "aligner", "reserve", "loss"))
        if language and not (frozen and shares and lora is not None):
            yield f"critic: {name}", bytes_


def _sampling(config: PretrainedConfig, recipe: RlRecipe, tokens: int) -> dict[str, int]:
    """Of one call of transformers' generation."""
    text = config.get_text_config()
    known = text.to_dict()
    width = known.get("head_dim") or text.hidden_size // text.num_attention_heads
    a_token = 2 * text.num_hidden_layers * text.num_key_value_heads * width * BYTES[recipe.dtype]
    together = min(recipe.sampled_together, recipe.prompts * recipe.samples)
    return {
        "sampling: keys and values": a_token * tokens * together,
        "sampling: logits": _LOGITS * _FLOAT32 * text.vocab_size * together,
    }
