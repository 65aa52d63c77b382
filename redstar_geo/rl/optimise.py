"""Optimizer steps over packed rows, on one process or several, plain or under DeepSpeed's ZeRO-1 and 2."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator, DeepSpeedPlugin, InitProcessGroupKwargs
from deepspeed import DeepSpeedEngine
from torch import Tensor, distributed
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW

from redstar_geo.errors import InputError
from redstar_geo.rl.critic import Judged
from redstar_geo.rl.experience import Experience
from redstar_geo.rl.models import Models, judged
from redstar_geo.rl.settings import RlRecipe
from redstar_geo.vlm.encode import Encoded

Terms = dict[str, Tensor]
Loss = Callable[[Judged, Experience, Tensor], Terms]
_PRESETS = resources.files("redstar_geo.train") / "deepspeed"


def open_accelerator(recipe: RlRecipe, patience: timedelta) -> Accelerator:
    """Finds the devices and the other ranks, for which it waits so long.

    Raises:
        InputError: a DeepSpeed configuration that is none, or of ZeRO-3.
    """
    on_cpu = not torch.cuda.is_available()
    plugin = None if recipe.deepspeed is None else DeepSpeedPlugin(hf_ds_config=deepspeed_config(recipe))
    waiting = InitProcessGroupKwargs(timeout=patience)
    return Accelerator(cpu=on_cpu, deepspeed_plugin=plugin, kwargs_handlers=[waiting])


def deepspeed_config(recipe: RlRecipe) -> dict[str, Any]:
    """The configuration with the recipe's figures in it.

    Raises:
        InputError: neither a preset nor a file, or ZeRO-3.
    """
    name = str(recipe.deepspeed)
    path = Path(name) if Path(name).is_file() else Path(str(_PRESETS / f"{name}.json"))
    if not path.is_file():
        raise InputError(f"deepspeed={name} is neither a file nor a preset. Give zero2 or a file.")
    config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if config.get("zero_optimization", {}).get("stage", 0) == 3:
        raise InputError(
            f"deepspeed={name} is ZeRO-3, which cuts up the weights that every token of a rollout needs whole. Take "
            "zero2, with lora if the memory is short."
        )
    config["train_micro_batch_size_per_gpu"] = config["gradient_accumulation_steps"] = 1
    config["train_batch_size"] = "auto"
    config["gradient_clipping"] = recipe.max_grad_norm
    config.setdefault("bf16", {})["enabled"] = recipe.dtype == "bfloat16"
    return config


class Optimiser:
    """Steps of AdamW over the models' groups, at rates that follow from the step alone."""

    def __init__(self, models: Models, recipe: RlRecipe, accelerator: Accelerator) -> None:
        self.recipe, self.models, self.accelerator = recipe, models, accelerator
        optimizer = AdamW(models.groups, betas=(0.9, recipe.adam_beta2))
        self.wrapped, self.optimizer = accelerator.prepare(models.learner, optimizer)
        self.peaks = [float(group["lr"]) for group in models.groups]
        self.engine = self.wrapped if isinstance(self.wrapped, DeepSpeedEngine) else None

    def rate(self, step: int) -> float:
        """The factor on the peak rates in step 1, 2, …"""
        rising = step / self.recipe.warmup_steps if self.recipe.warmup_steps else 1.0
        left = 1.0 - (step - 1) / self.recipe.steps if self.recipe.schedule == "linear" else 1.0
        return min(1.0, rising, left)

    def step(
        self, step: int, batch: Experience, rows: Sequence[Sequence[int]], idle: Encoded, loss: Loss
    ) -> dict[str, float]:
        """One optimizer step over some responses of this rank's batch; all ranks must call it.

        Args:
            rows: the responses of each packed row.
            loss: of a row, from what the learner says of it, the row itself, and the response tokens of the whole
                step: `loss`, which is differentiated, and other terms that add up over rows and ranks likewise.

        Returns:
            The terms of the whole step, and `gradient_norm` of the policy, before it is clipped.
        """
        for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
            group["lr"] = peak * self.rate(step)
        tokens, most = self._counted(sum(int(batch.mask[row].sum()) for one in rows for row in one), len(rows))
        parts: list[Terms] = []
        self.wrapped.train()
        for place in range(most):
            row = batch.rows(rows[place] if place < len(rows) else [])
            last = place == most - 1
            with nullcontext() if last or self.engine else self.accelerator.no_sync(self.wrapped):
                with self.autocast():
                    found = judged(self.wrapped(**row.inputs(self.models.device, idle)))
                terms = loss(found, row, tokens)
                self._backward(terms["loss"] * self.accelerator.num_processes, last)  # gradients are averaged
            parts.append({name: term.detach() for name, term in terms.items()})
        self.wrapped.eval()
        norm = self._norm()
        if self.engine is None:
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
        return self._summed(parts) | {"gradient_norm": norm}

    def autocast(self) -> Any:
        """In which forward passes are computed."""
        half = self.recipe.compute == "bfloat16" and self.recipe.dtype == "float32"
        return torch.autocast(self.models.device.type, torch.bfloat16, enabled=half)

    def _backward(self, loss: Tensor, last: bool) -> None:
        if self.engine is None:
            loss.backward()
            return
        self.engine.set_gradient_accumulation_boundary(is_boundary=last)
        self.engine.backward(loss)
        if last:
            self.engine.step()

    def _norm(self) -> float:
        """Clips; policy and critic apart, so that a critic that is far off does not slow the policy down."""
        if self.engine is not None:
            return float(self.engine.get_global_grad_norm() or 0.0)
        critic = [group["params"] for group in self.optimizer.param_groups if group["name"] == "critic"]
        policy = [p for group in self.optimizer.param_groups if group["name"] != "critic" for p in group["params"]]
        for parameters in critic:
            clip_grad_norm_(parameters, self.recipe.max_grad_norm)
        return float(clip_grad_norm_(policy, self.recipe.max_grad_norm))

    def _summed(self, parts: Sequence[Terms]) -> dict[str, float]:
        names = list(parts[0])
        sums = torch.stack([torch.stack([part[name].double() for part in parts]).sum() for name in names])
        if distributed.is_initialized():
            distributed.all_reduce(sums)
        return dict(zip(names, sums.tolist(), strict=True))

    def _counted(self, tokens: int, rows: int) -> tuple[Tensor, int]:
        """Response tokens over all ranks, and the most rows of one: each does as many, the last ones empty."""
        device = self.models.device
        summed, most = torch.tensor(float(tokens), device=device), torch.tensor(rows, device=device)
        if distributed.is_initialized():
            distributed.all_reduce(summed)
            distributed.all_reduce(most, op=distributed.ReduceOp.MAX)
        return summed.clamp(min=1.0), max(1, int(most))
