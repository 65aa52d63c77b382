"""The plan: parameters of the published models, what each setting does to each part, advice that holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from transformers import PretrainedConfig

from redstar_geo.models.adapters import Lora
from redstar_geo.models.families import FAMILIES
from redstar_geo.models.known_configs import KNOWN, qwen2_5
from redstar_geo.models.memory import GIB, Plan, Training, plan
from redstar_geo.models.parts import Tuning
from redstar_geo.models.simulate import Row, fullest_moment, shapes
from tests.models.samples import tiny_model

PUBLISHED = {  # parameters in billions, as their model cards say
    "Qwen/Qwen2.5-VL-7B-Instruct": 8.29,
    "Qwen/Qwen3-VL-8B-Instruct": 8.77,
    "OpenGVLab/InternVL3-8B-hf": 7.94,
    "Qwen/Qwen2.5-7B-Instruct": 7.62,
    "Qwen/Qwen2.5-14B-Instruct": 14.8,
    "Qwen/Qwen2.5-32B-Instruct": 32.8,
}
ALL = Tuning(vision=1.0, aligner=1.0, language=1.0)
TEXT = Training(Row(tokens=4096, labelled=4096), Tuning(language=1.0), device="cuda")
SMALL = qwen2_5(hidden=1024, mlp=4096, layers=12, heads=8, key_heads=2)


def of(training: Training, config: PretrainedConfig = SMALL, device_gib: float = 80.0) -> Plan:
    return plan(config, training, device_gib)


def part(found: Plan, name: str) -> int:
    return sum(size for each, size in found.device.items() if each.startswith(name))


@pytest.mark.parametrize("model", PUBLISHED)
def test_known_configurations_have_the_published_parameters(model: str) -> None:
    found = shapes(KNOWN[model](), torch.bfloat16, ALL, None)
    assert found.num_parameters() / 1e9 == pytest.approx(PUBLISHED[model], rel=0.003)


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_gradients_and_moments_of_full_tuning_are_what_the_model_has(family: str) -> None:
    model = tiny_model(family)
    size = sum(parameter.numel() * 4 for parameter in model.parameters())
    training = Training(Row(64, 32, 32, 2), ALL, weights="float32", compute="float32", accumulate=2)
    found = plan(model.config, training, 1.0)
    assert part(found, "weights: ") == part(found, "gradients") == size
    assert part(found, "optimizer states") == 2 * size


def test_checkpointing_trades_activations_and_adapters_trade_gradients_and_states() -> None:
    checkpointed, kept = of(TEXT), of(replace(TEXT, checkpointing=False))
    assert part(checkpointed, "activations: language") < part(kept, "activations: language") / 5
    adapted = of(replace(TEXT, lora=Lora(rank=16)))
    assert part(adapted, "gradients") + part(adapted, "optimizer") < part(checkpointed, "optimizer") / 10
    four_bits = of(replace(TEXT, lora=Lora(rank=16, quantise=True)))
    assert part(four_bits, "weights: language") < part(adapted, "weights: language") * 0.7  # but not its embeddings


def test_activations_grow_with_tokens_and_the_loss_does_not_hold_full_logits() -> None:
    kept = replace(TEXT, checkpointing=False)
    half, whole = (of(replace(kept, row=Row(tokens, tokens))) for tokens in (4096, 8192))
    assert part(whole, "activations: language") == pytest.approx(2 * part(half, "activations: language"), rel=0.01)
    logits = 4096 * 152064 * 4
    chunked, full = (part(of(replace(TEXT, chunks=chunks)), "activations") for chunks in (64, 1))
    assert chunked < logits < full


@pytest.mark.parametrize("family", [name for name, family in FAMILIES.items() if family.sees])
def test_a_frozen_vision_part_keeps_nothing(family: str) -> None:
    config = tiny_model(family).config
    training = Training(Row(512, 512, patches=1024), ALL, checkpointing=False)
    trained, frozen = (of(replace(training, tuning=tuning), config) for tuning in (ALL, Tuning(language=1.0)))
    pixels = frozen.device["activations: vision"]
    assert part(trained, "activations: vision") > 1.4 * pixels
    assert part(frozen, "optimizer states") < part(trained, "optimizer states")


def test_zero_shards_by_ranks_and_offload_goes_to_the_host() -> None:
    one, eight = (of(replace(TEXT, zero=3, ranks=ranks)) for ranks in (2, 8))
    assert part(one, "weights: ") == pytest.approx(4 * part(eight, "weights: "), rel=1e-3)
    for name in ("optimizer states", "gradients"):
        assert one.device[name] == pytest.approx(4 * eight.device[name], rel=1e-3)
    second = of(replace(TEXT, zero=2, ranks=8))
    assert part(second, "weights: ") == part(of(TEXT), "weights: ")
    offloaded = of(replace(TEXT, zero=2, ranks=8, offload=True))
    assert part(offloaded, "optimizer states") == 0
    assert offloaded.host["optimizer states"] == part(second, "optimizer states")


@pytest.mark.long
def test_what_does_not_fit_is_told_what_to_change_and_what_it_would_bring() -> None:
    found = of(replace(TEXT, checkpointing=False), device_gib=3.5)
    assert not found.fits
    by_change = {advice.change: advice for advice in found.advice}
    assert by_change["activation checkpointing"].needs == of(TEXT).needs
    assert by_change["ZeRO-3 over 8 devices"].needs < found.needs
    assert any(advice.fits for advice in found.advice)
    assert not of(replace(TEXT, lora=Lora()), device_gib=80.0).advice
    assert "does not fit" in "\n".join(found.lines())


@pytest.mark.long
def test_no_advice_goes_below_the_longest_sample() -> None:
    found = of(replace(TEXT, longest=4096), device_gib=1.0)
    assert not any("token budget" in advice.change for advice in found.advice)


def test_autocast_pays_for_copies_of_the_weights() -> None:
    config = tiny_model("qwen3").config
    row, tuning = Row(16, 16), Tuning(language=1.0)
    mixed, whole = (
        fullest_moment(shapes(config, torch.float32, tuning, None), row, 1, compute, gradients_stay=True)
        for compute in (torch.bfloat16, torch.float32)
    )
    assert mixed.gradients == whole.gradients
    assert mixed.made_in["language"] > whole.made_in["language"] / 2  # half the width, and the cast weights


def test_the_plan_of_8b_takes_seconds_and_says_gib_by_part() -> None:
    found = of(Training(Row(16384, 16384, 8192, 8), ALL), KNOWN["Qwen/Qwen2.5-VL-7B-Instruct"](), 141.0)
    assert {"vision", "aligner", "language", "head"} == {each.part for each in found.parameters}
    assert 50 * GIB < found.needs < 100 * GIB
    assert found.fits


def test_weights_in_bfloat16_cost_what_keeps_them_learning() -> None:
    small = replace(TEXT, zero=0)
    rounded, masters, shared = (of(each) for each in (small, replace(small, masters=True), replace(small, zero=2)))
    trained = sum(each.number for each in rounded.parameters if each.trained)
    assert part(rounded, "optimizer states") == 4 * trained
    assert part(masters, "optimizer states") == 12 * trained == part(shared, "optimizer states")
    lacking = of(replace(small, masters=True, device="cuda"), device_gib=2.0)
    changes = {advice.change for advice in lacking.advice}
    assert "stochastic rounding instead of master weights" in changes
    assert not changes & {"an 8-bit optimizer", "optimizer states offloaded to the host"}, "they round to the nearest"


def test_ranks_of_a_machine_share_its_memory() -> None:
    training = replace(TEXT, zero=3, offload=True, offload_weights=True, device="cuda")
    for ranks, on_one in ((1, 1), (8, 8), (16, 8)):
        found = of(replace(training, ranks=ranks))
        assert found.host_needs == on_one * sum(found.host.values()) > 0
    assert "GiB a rank, " in "\n".join(found.lines()) and "GiB for 8 ranks of one machine" in "\n".join(found.lines())


def test_a_plan_says_its_reserve_and_what_it_would_miss_first() -> None:
    alone, several = (of(replace(TEXT, device="cuda", zero=2, ranks=ranks)) for ranks in (1, 8))
    assert several.device["reserve: NCCL"] == GIB and "reserve: NCCL" not in alone.device
    assert 0 < alone.device["reserve: fragmentation"] < 0.06 * part(alone, "activations") + 0.06 * part(alone, "ZeRO")
    (said,) = [line for line in alone.lines() if line.startswith("first to be missed")]
    largest = max(("activations: backward", "ZeRO's buckets"), key=lambda name: alone.device.get(name, 0))
    left = (alone.size - alone.needs) / alone.device[largest]
    assert largest in said and f"left are {left:.1f} times that" in said


def test_zero3_takes_no_weights_of_4_bits() -> None:
    found = of(replace(TEXT, lora=Lora(rank=16), device="cuda"), device_gib=0.5)
    together = {advice.change: advice.needs for advice in found.advice}
    assert {"QLoRA: the frozen weights in 4 bits", "ZeRO-3 over 8 devices"} <= together.keys()
    sixteen_bits = of(replace(TEXT, lora=Lora(rank=16), device="cuda", zero=3, ranks=8))
    assert together["ZeRO-3 over 8 devices"] == sixteen_bits.needs


def test_ranks_that_share_a_row_divide_what_grows_with_its_tokens() -> None:
    training = Training(Row(65536, 65536, 4096, 4), ALL, zero=3, ranks=8)
    config = KNOWN["Qwen/Qwen3-VL-8B-Instruct"]()
    alone, shared = (of(replace(training, row=replace(training.row, ranks=ranks)), config) for ranks in (1, 8))
    language = "activations: language"
    assert part(alone, language) > 6 * part(shared, language)  # the embeddings of the whole row stay
    assert part(shared, "messages between the ranks of a row") > 0
    assert part(shared, "activations: vision") == part(alone, "activations: vision")
    assert [name for name in alone.device if "messages" in name] == []
    assert alone.needs - shared.needs > 0.7 * part(alone, language)
