"""Optimizer steps over packed rows, on one process or several, plain or under DeepSpeed's ZeRO-1 and 2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator, DeepSpeedPlugin, InitProcessGroupKwargs, PartialState
from accelerate.state import AcceleratorState
from accelerate.utils import ProjectConfiguration
from torch import Tensor
from torch import distributed as dist
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW

from redstar_geo.errors import InputError
from redstar_geo.models.encode import Encoded
from redstar_geo.models.precision import compute_dtype
from redstar_geo.rl.critic import ActorCriticOutput
from redstar_geo.rl.experience import Experience
from redstar_geo.rl.losses import Items
from redstar_geo.rl.models import Models, with_values
from redstar_geo.rl.recipe import RlRecipe
from redstar_geo.trainer import distributed
from redstar_geo.trainer.divergence import find_fault
from redstar_geo.trainer.half import HalfAdamW
from redstar_geo.trainer.zero import read_configuration

Terms = dict[str, Tensor]
Loss = Callable[[ActorCriticOutput, Experience, Items], Terms]


def open_accelerator(recipe: RlRecipe) -> Accelerator:
    """Finds the devices and the other ranks, all of which must call it.

    It casts nothing: `Optimiser.autocast` does, whatever the environment or a training before it in this process says.

    Raises:
        InputError: a DeepSpeed configuration that is none, or of ZeRO-3, or DeepSpeed without a launcher.
    """
    on_cpu = not torch.cuda.is_available()
    AcceleratorState._reset_state(reset_partial_state=True)
    curves = ProjectConfiguration(recipe.run, str(Path(recipe.run) / "tensorboard"))
    seen: dict[str, Any] = {"log_with": recipe.report_to or None, "project_config": curves}
    if recipe.deepspeed is None:
        waiting = InitProcessGroupKwargs(timeout=distributed.PATIENCE)
        return Accelerator(cpu=on_cpu, mixed_precision="no", kwargs_handlers=[waiting], **seen)
    config = deepspeed_config(recipe)
    distributed.join_deepspeed()
    if on_cpu:
        PartialState(cpu=True)  # finds the ranks; an accelerator with cpu=True leaves DeepSpeed out
    return Accelerator(deepspeed_plugin=DeepSpeedPlugin(hf_ds_config=config), **seen)


def deepspeed_config(recipe: RlRecipe) -> dict[str, Any]:
    """The configuration with the recipe's figures in it.

    Raises:
        InputError: neither a preset nor a file, no JSON of a configuration, or ZeRO-3.
    """
    config = read_configuration(str(recipe.deepspeed))
    if config.get("zero_optimization", {}).get("stage", 0) == 3:
        raise InputError(
            f"deepspeed={recipe.deepspeed} is ZeRO-3, which shards the weights that every token of a rollout needs "
            "whole. Take zero2, with lora if the memory is short."
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
        self.compute = compute_dtype(recipe.compute, recipe.dtype)
        groups, betas, updates = models.groups, (0.9, recipe.adam_beta2), recipe.bfloat16_updates
        half = HalfAdamW(groups, updates, recipe.seed, betas) if updates is not None else None
        optimizer = half or AdamW(groups, betas=betas)
        self.wrapped, self.optimizer = accelerator.prepare(models.learner, optimizer)
        self.peaks = [float(group["lr"]) for group in models.groups]
        self.engine = None if recipe.deepspeed is None else self.wrapped

    def rate(self, step: int) -> float:
        """The factor on the peak rates in step 1, 2, …"""
        rising = step / self.recipe.warmup_steps if self.recipe.warmup_steps else 1.0
        left = 1.0 - (step - 1) / self.recipe.steps if self.recipe.schedule == "linear" else 1.0
        return min(1.0, rising, left)

    def step(
        self, step: int, batch: Experience, rows: Sequence[Sequence[int]], idle: Encoded, loss: Loss
    ) -> dict[str, float]:
        """One optimizer step over some responses of this rank's batch; all ranks must call it.

        It is not taken where its loss or gradient is not finite.

        Args:
            rows: the responses of each packed row.
            loss: of a row, from the learner's output, the row itself, and the items of the whole step: `loss`, which
                is differentiated, and other terms that add up over rows and ranks likewise.

        Returns:
            The terms of the whole step; `gradient_norm` before it is clipped, see `_clipped`; `not_finite`, 1 if so.
        """
        for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
            group["lr"] = peak * self.rate(step)
        items, most = self._counted(batch.mask[[row for one in rows for row in one]], len(rows))
        parts: list[Terms] = []
        self.wrapped.train()
        for place in range(most):
            row = batch.rows(rows[place] if place < len(rows) else [])
            last = place == most - 1
            with nullcontext() if last or self.engine else self.accelerator.no_sync(self.wrapped):
                with self.autocast():
                    output = with_values(self.wrapped(**row.inputs(self.models.device, idle)))
                of_row = loss(output, row, items)
                self._backward(of_row["loss"] * self.accelerator.num_processes, last)  # gradients are averaged
            parts.append({name: term.detach() for name, term in of_row.items()})
        self.wrapped.eval()
        norms, terms = self._clipped(), self._summed(parts)
        fault = find_fault(terms["loss"], sum(norms), recent=())
        if self.engine is None:
            if fault is None:
                self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
        return terms | {"gradient_norm": norms[0], "not_finite": float(fault is not None)}

    def autocast(self) -> Any:
        """In which forward passes are computed."""
        enabled = self.compute != torch.float32 and self.recipe.dtype == "float32"
        return torch.autocast(self.models.device.type, self.compute, enabled=enabled)

    def _backward(self, loss: Tensor, last: bool) -> None:
        if self.engine is None:
            loss.backward()
            return
        self.engine.set_gradient_accumulation_boundary(is_boundary=last)
        self.engine.backward(loss)
        if last:
            self.engine.step()

    def _clipped(self) -> list[float]:
        """Clips; the norms before: the policy's, then the critic's where there is one.

        They are clipped apart, so that a critic that is far off does not slow the policy down. Not so under DeepSpeed,
        which steps within backward and knows one norm of everything that learns; infinite, if it skipped the step.
        """
        if self.engine is not None:
            return [float(self.engine.get_global_grad_norm() or 0.0)]
        groups = self.optimizer.param_groups
        critic = [group["params"] for group in groups if group["name"] == "critic"]
        policy = [parameter for group in groups if group["name"] != "critic" for parameter in group["params"]]
        return [float(clip_grad_norm_(parameters, self.recipe.max_grad_norm)) for parameters in [policy, *critic]]

    def _summed(self, parts: Sequence[Terms]) -> dict[str, float]:
        names = list(parts[0])
        sums = torch.stack([torch.stack([part[name].double() for part in parts]).sum() for name in names])
        if dist.is_initialized():
            dist.all_reduce(sums)
        return dict(zip(names, sums.tolist(), strict=True))

    def _counted(self, mask: Tensor, rows: int) -> tuple[Items, int]:
        """The items of all ranks, and the most rows of one: each does as many, the last ones empty."""
        device = self.models.device
        summed = torch.stack([mask.sum(), mask.any(1).sum()]).float().to(device)
        most = torch.tensor(rows, device=device)
        if dist.is_initialized():
            dist.all_reduce(summed)
            dist.all_reduce(most, op=dist.ReduceOp.MAX)
        return Items(*summed.clamp(min=1.0).unbind()), max(1, int(most))
