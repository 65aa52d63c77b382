"""Steps that would spoil the weights are not taken, and a training that does not come out of them is stopped.

One bad batch is survived by skipping it (as Chowdhery et al., PaLM, 2022, skipped the batches around a spike). Several
in a row mean that it is the weights. Weights that give no finite number stay spoiled. Weights that give a high loss
were moved too far by an earlier step, and only learning mends that: from then on steps are taken again.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Sequence
from statistics import median
from typing import Any, Literal, cast

import torch
import torch.distributed as dist
from accelerate.utils.deepspeed import DeepSpeedOptimizerWrapper
from torch import Tensor
from torch.nn.utils import get_total_norm
from torch.optim import Optimizer
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import ExportableState

from redstar_geo.errors import TrainingDiverged

WINDOW = 64  # optimizer steps that a loss is compared with
LEAST_HISTORY = 24  # steps before spikes are looked for: the first losses of a training fall fast
SPIKE_Z = 10.0  # robust standard deviations above the median
LEAST_SPREAD = 0.05  # of the median: a spike is at least half above it, however even the losses were
PATIENCE = 3  # bad steps in a row that are blamed on their batches; as many without finite numbers stop the training
RECOVERY = 64  # bad steps in a row that stop it

Fault = Literal["loss_not_finite", "gradient_not_finite", "loss_spike"]
_WORDS = {
    "loss_not_finite": "a loss that is not a finite number",
    "gradient_not_finite": "a gradient that is not finite",
    "loss_spike": "a loss far above those before it",
}


def find_fault(loss: float, gradient_norm: float, recent: Sequence[float]) -> Fault | None:
    """What is wrong with a step, or None.

    Args:
        loss: of the whole step, over accumulation and ranks.
        gradient_norm: any norm of the gradient; only whether it is finite counts.
        recent: the losses of the good steps before, at most `WINDOW`.
    """
    if not math.isfinite(loss):
        return "loss_not_finite"
    if not math.isfinite(gradient_norm):
        return "gradient_not_finite"
    if len(recent) >= LEAST_HISTORY and robust_z(loss, recent) > SPIKE_Z:
        return "loss_spike"
    return None


def robust_z(value: float, others: Sequence[float]) -> float:
    """How far `value` lies above the median of `others`, in standard deviations estimated by the median deviation."""
    middle = median(others)
    spread = 1.4826 * median(abs(other - middle) for other in others)  # = σ for a normal distribution
    return (value - middle) / max(spread, LEAST_SPREAD * abs(middle), 1e-9)


class DivergenceStop(TrainerCallback, ExportableState):
    """Looks at every optimizer step before it is taken.

    The trainer hands over the loss of every micro-batch by `add_loss`, as its rank computed it; their sum, averaged
    over ranks, is the loss of the step. A bad step is skipped by dropping its gradients (the schedule goes on), unless
    it is a spike after `PATIENCE` bad steps. DeepSpeed steps within backward: there non-finite gradients are skipped by
    DeepSpeed itself (`check_grad_overflow` of the presets), and no spike is skipped. All ranks come to the same
    decision, so none waits for another.

    `bad` counts the bad steps by reason. What it remembers travels with the checkpoints.

    Args:
        spikes: whether losses far above those before are bad; else only what is not finite is.
    """

    def __init__(self, spikes: bool = True) -> None:
        self.spikes = spikes
        self.recent: deque[float] = deque(maxlen=WINDOW)
        self.bad: Counter[str] = Counter()
        self.in_a_row = self.not_finite_in_a_row = 0
        self._loss: Tensor | None = None

    def add_loss(self, loss: Tensor) -> None:
        """The loss (a scalar) of one micro-batch of the step. Costs no synchronisation with the device."""
        self._loss = loss.detach().float() if self._loss is None else self._loss + loss.detach().float()

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Take up what a checkpoint remembers (the trainer itself would put another object in this one's place)."""
        states = cast("dict[str, Any]", state.stateful_callbacks)
        remembered = states[type(self).__name__]["attributes"]
        self.recent = deque(remembered["recent"], maxlen=WINDOW)
        self.bad = Counter(remembered["bad"])
        self.in_a_row = remembered["in_a_row"]
        self.not_finite_in_a_row = remembered["not_finite_in_a_row"]

    def on_pre_optimizer_step(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        optimizer: Optimizer | None = None,
        **kwargs: Any,
    ) -> None:
        """Let the step be taken, skip it, or stop the training.

        Raises:
            TrainingDiverged: `PATIENCE` steps in a row without finite numbers, `RECOVERY` bad ones, or spoiled weights.
        """
        assert optimizer is not None and self._loss is not None, "add_loss was not called in this step"
        stepped = isinstance(optimizer, DeepSpeedOptimizerWrapper) and not optimizer.step_was_skipped
        loss, norm = _numbers(self._loss, optimizer)
        self._loss = None
        fault = find_fault(loss, norm, self.recent if self.spikes else ())
        if fault is None:
            self.recent.append(loss)
            self.in_a_row = self.not_finite_in_a_row = 0
            return
        self.bad[fault] += 1
        self.in_a_row += 1
        self.not_finite_in_a_row = 0 if fault == "loss_spike" else self.not_finite_in_a_row + 1
        step = state.global_step + 1
        if stepped and fault != "loss_spike":
            raise TrainingDiverged(
                f"Step {step} was taken with {_WORDS[fault]}, so the weights are spoiled. Give the DeepSpeed "
                'configuration "bf16": {"check_grad_overflow": true} (the shipped presets have it) and start again: '
                "the training goes on from its last checkpoint."
            )
        if self.not_finite_in_a_row >= PATIENCE or self.in_a_row >= RECOVERY:
            raise TrainingDiverged(self._why(step, fault, loss))
        if fault != "loss_spike" or self.in_a_row <= PATIENCE:
            optimizer.zero_grad(set_to_none=True)  # parameters without gradient are left alone by every optimizer

    def state(self) -> dict[str, Any]:
        remembered = {
            "recent": list(self.recent),
            "bad": dict(self.bad),
            "in_a_row": self.in_a_row,
            "not_finite_in_a_row": self.not_finite_in_a_row,
        }
        return {"args": {}, "attributes": remembered}

    def _why(self, step: int, fault: Fault, loss: float) -> str:
        good = f"; median of the {len(self.recent)} good steps before: {median(self.recent):.4g}" if self.recent else ""
        counted = ", ".join(f"{number} × {reason}" for reason, number in self.bad.items())
        return (
            f"Stopped at step {step} after {self.in_a_row} bad steps in a row, the last one with {_WORDS[fault]} "
            f"({loss:.4g}{good}; bad steps so far: {counted}). The checkpoints are kept. Lower learning_rate or "
            "max_grad_norm or lengthen the warm-up, and look at the samples of these steps."
        )


def _numbers(loss: Tensor, optimizer: Optimizer) -> tuple[float, float]:
    """The loss of the step over all ranks and the norm of the gradient, in one transfer from the device."""
    if dist.is_initialized():
        dist.all_reduce(loss)
        loss = loss / dist.get_world_size()
    if isinstance(optimizer, DeepSpeedOptimizerWrapper):  # the gradients are gone by now
        norm = loss.new_tensor(math.inf if optimizer.step_was_skipped else 0.0)
    else:
        parameters = (parameter for group in optimizer.param_groups for parameter in group["params"])
        norm = get_total_norm([parameter.grad for parameter in parameters if parameter.grad is not None])
    values = torch.stack([loss, norm.to(loss)]).tolist()
    return values[0], values[1]
