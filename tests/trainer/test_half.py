"""Weights in bfloat16 learn: by master weights or stochastic rounding, and not silently without either."""

from __future__ import annotations

import io
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.optim import AdamW, Optimizer

from redstar_geo.dpo.recipe import DpoRecipe
from redstar_geo.errors import InputError
from redstar_geo.recipe import check
from redstar_geo.rl.recipe import PpoRecipe, ReinforceRecipe
from redstar_geo.trainer.half import HalfAdamW, rounded, sum_in_float32
from redstar_geo.trainer.recipe import SftRecipe

FORMS = ("master_weights", "stochastic_rounding")
RATE = 1e-5


def weights(dtype: torch.dtype) -> list[Tensor]:
    torch.manual_seed(0)
    return [(0.1 * torch.randn(shape)).bfloat16().to(dtype).requires_grad_() for shape in ((200, 30), (30,))]


def half(over: list[Tensor], form: Any) -> HalfAdamW:
    return HalfAdamW([{"params": over, "lr": RATE, "weight_decay": 0.01}], form, seed=1, betas=(0.9, 0.98))


def steps(optimizer: Optimizer, over: list[Tensor], numbers: range) -> None:
    for number in numbers:
        chance = torch.Generator().manual_seed(number)
        for weight in over:
            weight.grad = (0.05 + 0.1 * torch.randn(weight.shape, generator=chance)).bfloat16().to(weight.dtype)
        optimizer.step()


def test_stochastic_rounding_is_right_on_average_and_a_neighbour() -> None:
    value = torch.full((40_000,), 1.002)
    found = rounded(value, torch.Generator().manual_seed(0))
    assert set(found.tolist()) == {1.0, 1.0078125}
    assert float(found.float().mean()) == pytest.approx(1.002, abs=1e-4)
    exact = torch.tensor([0.0, 1.0, -2.0, 1.0078125])
    assert torch.equal(rounded(exact, torch.Generator()), exact.bfloat16())


def test_weights_move_as_float32_ones_do_where_plain_adamw_moves_none() -> None:
    exact, plain = weights(torch.float32), weights(torch.bfloat16)
    large = exact[0].detach().abs() > 0.01
    before = exact[0].detach().clone()
    steps(AdamW([{"params": exact, "lr": RATE, "weight_decay": 0.01}], betas=(0.9, 0.98)), exact, range(45))
    steps(AdamW([{"params": plain, "lr": RATE, "weight_decay": 0.01}], betas=(0.9, 0.98)), plain, range(45))
    moved = (exact[0].detach() - before)[large].mean()
    assert float((plain[0].float() != before)[large].float().mean()) < 0.001, "what this is all about"
    for form in FORMS:
        mine = weights(torch.bfloat16)
        optimizer = half(mine, form)
        steps(optimizer, mine, range(45))
        changed = mine[0].detach().float() - before
        assert float((changed != 0)[large].float().mean()) > 0.3
        if form == "stochastic_rounding":
            assert float(changed[large].mean()) == pytest.approx(float(moved), rel=0.15)
        else:
            torch.testing.assert_close(optimizer.state[mine[0]]["master"], exact[0].detach(), rtol=0, atol=1e-6)
        own = weights(torch.float32)
        steps(half(own, form), own, range(45))
        torch.testing.assert_close(own[0], exact[0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_it_goes_on_from_what_was_saved_as_if_nothing_had_been(form: str) -> None:
    undisturbed, stopped = weights(torch.bfloat16), weights(torch.bfloat16)
    steps(half(undisturbed, form), undisturbed, range(6))
    first = half(stopped, form)
    steps(first, stopped, range(3))
    file = io.BytesIO()
    torch.save({"weights": stopped, "optimizer": first.state_dict()}, file)
    file.seek(0)
    saved = torch.load(file, weights_only=True)
    again = [weight.detach().requires_grad_() for weight in saved["weights"]]
    second = half(again, form)
    second.load_state_dict(saved["optimizer"])
    steps(second, again, range(3, 6))
    assert all(torch.equal(mine, theirs) for mine, theirs in zip(again, undisturbed, strict=True))


TUNING = {"run": "r", "data": "d", "model": "m", "learning_rate": 1e-5, "pack": {"tokens": 100}, "epochs": 1}
RL = {"run": "r", "model": "m", "problems": "p", "prompts": 1, "steps": 1, "learning_rate": 1e-5}
RECIPES: dict[str, tuple[Any, dict[str, Any]]] = {
    "sft": (SftRecipe, TUNING),
    "dpo": (DpoRecipe, TUNING),
    "reinforce_pp": (ReinforceRecipe, RL),
    "ppo": (PpoRecipe, RL | {"critic_learning_rate": 1e-5}),
}
LORA = {"lora": {"rank": 4}}


@pytest.mark.parametrize("method", RECIPES)
def test_the_silent_form_is_refused_and_each_way_out_is_taken(method: str) -> None:
    kind, values = RECIPES[method]

    def read(**changes: Any) -> Any:
        return check(kind, values | {"method": method, "dtype": "bfloat16", "compute": "bfloat16"} | changes, "test")

    with pytest.raises(InputError, match=r"weights above 0.01 would not move.*master_weights.*stochastic_rounding"):
        read()
    adapters = LORA | ({"critic_lora": {"rank": 4}} if method == "ppo" else {})
    for form in FORMS:
        assert read(bfloat16_updates=form).bfloat16_updates == form
        for other in (adapters, {"deepspeed": "zero2"}, {"dtype": "float32"}):
            with pytest.raises(InputError, match="leave it out"):
                read(bfloat16_updates=form, **other)
    for way in (adapters, {"deepspeed": "zero2"}, {"dtype": "float32"}):
        assert read(**way).bfloat16_updates is None
    if method == "ppo":
        with pytest.raises(InputError, match="would not move"):
            read(**LORA)  # the critic's own trunk would not learn
    if method in ("sft", "dpo"):
        with pytest.raises(InputError, match="rounds bfloat16 weights to the nearest"):
            read(bfloat16_updates="master_weights", optimizer="adamw_bnb_8bit")
        with pytest.raises(InputError, match="deepspeed computes in"):
            read(deepspeed="zero2", compute="float32")


def test_rows_are_summed_in_float32_where_bfloat16_would_lose_them() -> None:
    lossy, exact = (torch.ones(3, dtype=torch.bfloat16, requires_grad=True) for _ in range(2))
    sum_in_float32([exact])
    for size in (1.0, *[2.0**-9] * 64):
        for weight in (lossy, exact):
            (weight * size).sum().backward()
    assert lossy.grad is not None and lossy.grad.tolist() == [1.0] * 3
    assert exact.grad is not None and exact.grad.tolist() == [1.125] * 3
    optimizer = half([exact], "master_weights")
    optimizer.step()
    assert exact.dtype == torch.bfloat16
    assert torch.equal(optimizer.state[exact]["master"] < 1.0, torch.ones(3, dtype=torch.bool))
