"""The memory of reinforcement is planned: what always lies there, and the fuller of sampling and learning."""

from __future__ import annotations

from typing import Any

from redstar_geo.dpo.memory import plan_reference
from redstar_geo.models.known_configs import qwen2_5
from redstar_geo.models.memory import GIB, Plan, Training, plan
from redstar_geo.models.parts import Tuning
from redstar_geo.models.simulate import Row
from redstar_geo.rl.memory import Prompts, plan_reinforcement
from redstar_geo.rl.recipe import PpoRecipe, ReinforceRecipe

CONFIG = qwen2_5(896, 4864, 12, 14, 2)
COMMON = {"run": "r", "model": "m", "problems": "p", "prompts": 64, "samples": 4, "steps": 1, "learning_rate": 1e-5}
LEAN = {"dtype": "bfloat16", "gradient_checkpointing": True, "loss_chunks": 8, "row_tokens": 4096, "deepspeed": "zero2"}
LORA = {"rank": 16}


def planned(method: str = "reinforce_pp", cap: int = 512, gib: float = 80.0, ranks: int = 8, **changes: Any) -> Plan:
    kind: Any = PpoRecipe if method == "ppo" else ReinforceRecipe
    more = {"critic_learning_rate": 1e-5} if method == "ppo" else {}
    recipe = kind(**COMMON | LEAN | more | {"method": method} | changes)
    return plan_reinforcement(CONFIG, recipe, Prompts(128), cap, 2, ranks, "cuda", gib)


def part(found: Plan, name: str) -> int:
    return sum(size for each, size in found.device.items() if each.startswith(name))


def test_a_reference_is_a_second_model_unless_adapters_can_be_taken_off() -> None:
    full, adapted = planned(), planned(lora=LORA)
    assert part(full, "reference: weights") == part(full, "weights: ") > 0.9 * 2 * 4e8
    assert part(adapted, "reference") == 0
    assert part(full, "optimizer states") > 20 * part(adapted, "optimizer states")


def test_a_critic_is_a_language_model_or_adapters() -> None:
    without, own = planned(lora=LORA), planned("ppo", lora=LORA)
    shared = planned("ppo", lora=LORA, critic_lora=LORA)
    assert part(own, "critic: weights") > 0.5 * part(own, "weights: language") > 10 * part(shared, "critic: weights")
    assert part(shared, "critic: optimizer states") < 0.1 * part(own, "critic: optimizer states")
    assert part(shared, "critic: activations: language") > 0.5 * part(without, "activations: language")
    assert not any("critic: reserve" in name or "critic: weights: head" in name for name in own.device)
    trained = planned("ppo")  # policy and critic in full: the critic has the policy's weights but its head
    head = 152064 * 896
    assert trained.device["optimizer states"] - trained.device["critic: optimizer states"] == 12 * head // 8


def test_the_fuller_phase_counts_and_an_engine_has_its_share() -> None:
    learning, sampling = planned(lora=LORA), planned(lora=LORA, cap=16384, sampled_together=256)
    assert part(learning, "activations") > 0 == part(learning, "sampling")
    a_token = 2 * 12 * 2 * 64 * 2  # keys and values, layers, heads, width, bytes
    assert sampling.device["sampling: keys and values"] == a_token * (16384 + 128) * 256
    assert part(sampling, "activations") == 0 < part(sampling, "optimizer states")
    assert part(sampling, "sampling: adapters merged") == part(sampling, "weights: language") > 0
    served = planned(lora=LORA, cap=16384, vllm={"memory": 0.25})
    assert part(served, "sampling") == served.device["sampling: the engine's share (vllm.memory)"] == 20 * GIB
    assert part(served, "activations") == 0, "while the engine sleeps"
    assert part(planned(lora=LORA, cap=16384, vllm={"url": "http://localhost"}), "sampling") == 0


def test_the_reference_of_dpo_is_whole_on_every_rank() -> None:
    training = Training(Row(8192, 8192), Tuning(language=1.0), zero=3, ranks=8, chunks=16, device="cuda")
    after, before = plan(CONFIG, training, 80.0), plan_reference(CONFIG, training, 80.0)
    assert part(before, "weights: ") == 8 * part(after, "weights: ")
    assert part(before, "activations") > 0 and not part(before, "optimizer") and not part(before, "gradients")
