"""AdamW for weights in bfloat16, whose steps are smaller than what bfloat16 can tell apart.

A weight of 0.01 has neighbours 6e-5 away. At a rate of 1e-5 a step of AdamW is less than half of that, and rounding to
the nearest undoes it: such weights never move. Two ways out:

- master_weights: the sums are kept in float32 beside the weights (mixed precision, arXiv 1710.03740). 16 bytes a weight
  with its gradient and moments.
- stochastic_rounding: up or down by chance, so that a step is right on average (arXiv 2010.06192). 8 bytes a weight.

DeepSpeed keeps master weights of its own, and adapters are in float32 anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, overload

import torch
from torch import Tensor
from torch.optim import Optimizer

Updates = Literal["master_weights", "stochastic_rounding"]
_SLICE = 1 << 22  # weights that are updated at a time, so that little memory is needed for it


def check_updates(updates: Updates | None, dtype: str, deepspeed: str | None, full: bool) -> None:
    """Whether a recipe says how its weights learn, if that has to be said.

    Args:
        full: whether weights of the base learn, not adapters only.

    Raises:
        ValueError: they would hardly learn, or it is said where it means nothing.
    """
    silent = dtype == "bfloat16" and deepspeed is None and full
    if silent and updates is None:
        raise ValueError(
            "dtype is bfloat16, and without deepspeed nothing keeps what its rounding drops: weights above 0.01 would "
            "not move at usual rates. Set bfloat16_updates to master_weights (float32 copies, 16 bytes a weight in "
            "all) or stochastic_rounding (8 bytes), dtype to float32, or give lora or deepspeed"
        )
    if updates is not None and not silent:
        raise ValueError(
            f"bfloat16_updates is {updates}, but it says how bfloat16 weights of the base learn without deepspeed, and "
            "here there are none such: leave it out"
        )


def sum_in_float32(weights: Iterable[Tensor]) -> None:
    """Let the gradients of a step's rows be summed in float32: a row that is 2⁻⁹ of the sum would be lost in bfloat16.

    Two bytes more a weight. For one process; data parallel training sends gradients in the dtype of the weights.
    """
    for weight in weights:
        if weight.dtype == torch.bfloat16:
            weight.grad_dtype = torch.float32


class HalfAdamW(Optimizer):
    """AdamW (arXiv 1711.05101), computed in float32, for weights in bfloat16 and any others beside them.

    Chance of the rounding follows from seed, step and weight alone, so that ranks agree and a resumed training goes on
    alike. Under stochastic rounding the moments are rounded so too.
    """

    def __init__(
        self,
        groups: Iterable[dict[str, Any]],
        updates: Updates,
        seed: int,
        betas: tuple[float, float],
        eps: float = 1e-8,
        lr: float = 0.0,
    ) -> None:
        super().__init__(groups, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": 0.0})
        self.updates, self.seed = updates, seed

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One step; weights without gradient are left alone. There is no closure."""
        assert closure is None
        number = 0
        for group in self.param_groups:
            for weight in group["params"]:
                number += 1
                if weight.grad is not None:
                    self._update(weight, group, number)
        return None

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """As it was saved; torch's own would cast moments and master weights to the dtype of the weights."""
        super().load_state_dict(state_dict)
        saved = [number for group in state_dict["param_groups"] for number in group["params"]]
        own = [weight for group in self.param_groups for weight in group["params"]]
        for number, weight in zip(saved, own, strict=True):
            if number in state_dict["state"]:
                kept = state_dict["state"][number].items()
                self.state[weight] = {
                    name: value.to(weight.device) if isinstance(value, Tensor) else value for name, value in kept
                }

    def _update(self, weight: Tensor, group: dict[str, Any], number: int) -> None:
        state = self.state[weight]
        if not state:
            half = weight.dtype == torch.bfloat16
            moments = weight.dtype if self.updates == "stochastic_rounding" else torch.float32
            state |= {name: torch.zeros_like(weight, dtype=moments) for name in ("exp_avg", "exp_avg_sq")} | {"step": 0}
            if half and self.updates == "master_weights":
                state["master"] = weight.float()
        state["step"] += 1
        chance = torch.Generator(weight.device)
        chance.manual_seed(hash((self.seed, state["step"], number)) % (1 << 63))
        learned = state.get("master", weight)
        kept = [tensor.view(-1).split(_SLICE) for tensor in (learned, state["exp_avg"], state["exp_avg_sq"])]
        gradients = weight.grad.reshape(-1).split(_SLICE)  # type: ignore[union-attr]
        for gradient, *places in zip(gradients, *kept, strict=True):
            values = [place.float() for place in places]  # what is in float32 is not copied
            _adamw(values, gradient.float(), group, state["step"])
            for place, value in zip(places, values, strict=True):
                if value is not place:
                    place.copy_(rounded(value, chance))
        if "master" in state:
            weight.copy_(learned)


def _adamw(values: list[Tensor], gradient: Tensor, group: dict[str, Any], step: int) -> None:
    """The update of weights and their two moments, all in float32, in place."""
    weight, first, second = values
    beta1, beta2 = group["betas"]
    weight.mul_(1.0 - group["lr"] * group["weight_decay"])
    first.lerp_(gradient, 1.0 - beta1)
    second.lerp_(gradient.square(), 1.0 - beta2)
    size = group["lr"] / (1.0 - beta1**step)
    weight.addcdiv_(first, (second / (1.0 - beta2**step)).sqrt_().add_(group["eps"]), value=-size)


def rounded(values: Tensor, chance: torch.Generator) -> Tensor:
    """Finite float32 values in bfloat16, each up or down with a chance that makes it right on average."""
    noise = torch.randint(0, 1 << 16, values.shape, generator=chance, dtype=torch.int32, device=values.device)
    bits = (values.view(torch.int32) + noise) & -(1 << 16)  # bfloat16 is the upper half of float32
    return bits.view(torch.float32).to(torch.bfloat16)
