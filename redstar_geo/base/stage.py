"""One stage of the making: so many steps, each with data of its own, gone on from wherever it was stopped.

What a step sees follows from its number alone, so that a stage which was killed and goes on leaves the same weights
as one that was not.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_model, save_model
from torch import Tensor, nn
from torch.optim import AdamW, Muon, Optimizer

from redstar_geo.errors import RedStarError
from redstar_geo.progress import console, progress
from redstar_geo.run import Run
from redstar_geo.trainer.checkpoints import last_whole, mark_whole, remove_torn, step_of
from redstar_geo.trainer.clean_stop import CleanStop
from redstar_geo.trainer.log import append, drop_after
from redstar_geo.trainer.threads import use_free_cores

_WARM_UP = 0.02  # of the steps
_WEIGHTS, _OPTIMIZERS = "weights.safetensors", "optimizers.pt"


@dataclass(frozen=True)
class Stage:
    """What one stage does.

    Attributes:
        name: of its log (`NAME.jsonl`) and checkpoints.
        learner: what learns, from float32 weights.
        learning_rate: of all weights; Muon's steps are scaled to be as long as AdamW's.
        losses: of a step, by its number; `loss` among them is differentiated.
        measure: what is measured at every checkpoint.
    """

    name: str
    learner: nn.Module
    steps: int
    learning_rate: float
    losses: Callable[[int], Mapping[str, Tensor]]
    measure: Callable[[], Mapping[str, float]]


def go_through(stage: Stage, run: Run, compute: torch.dtype, every: int) -> dict[str, float]:
    """Train to the end of the stage, from its last checkpoint if there is one; the last line of its log.

    Args:
        compute: of the forward and backward pass.
        every: steps from one checkpoint to the next.

    Raises:
        RedStarError: stopped by SIGTERM, with a checkpoint; the same command goes on. Or the loss is no number.
    """
    folder, log = run.path("checkpoints", stage.name), run.path(f"{stage.name}.jsonl")
    folder.mkdir(parents=True, exist_ok=True)
    remove_torn(folder)
    optimizers = optimizers_of(stage.learner, stage.learning_rate)
    done, checkpoint = 0, last_whole(folder)
    if checkpoint is not None:
        done = step_of(checkpoint)
        load_model(stage.learner, checkpoint / _WEIGHTS)
        for optimizer, state in zip(optimizers, torch.load(checkpoint / _OPTIMIZERS, weights_only=True), strict=True):
            optimizer.load_state_dict(state)
    entries = drop_after(log, done)
    seconds = entries[-1]["seconds"] if entries else 0.0
    sums: dict[str, float] = {}
    since = time.monotonic()
    threads = use_free_cores()
    stage.learner.train()
    with CleanStop() as stop:
        for step in progress(range(done, stage.steps), f"{stage.name}: step {done} on", stage.steps - done):
            for name, value in _step(stage, optimizers, step, compute).items():
                sums[name] = sums.get(name, 0.0) + value
            if (step + 1) % every and step + 1 < stage.steps and not stop.requested:
                continue
            seconds += time.monotonic() - since
            steps_since = step + 1 - done
            entry = {name: round(total / steps_since, 4) for name, total in sums.items()}
            entry |= {"step": step + 1, "seconds": round(seconds, 1), "threads": threads} | dict(stage.measure())
            append(log, entry)
            _save(stage.learner, optimizers, folder / f"checkpoint-{step + 1}")
            console.print(f"{stage.name} {entry}")
            done, sums, since, threads = step + 1, {}, time.monotonic(), use_free_cores()
            if stop.requested and step + 1 < stage.steps:
                raise RedStarError(
                    f"Stopped by SIGTERM after step {step + 1} of {stage.name}. The same command goes on."
                )
    return drop_after(log, stage.steps)[-1]


def optimizers_of(learner: nn.Module, learning_rate: float) -> tuple[Optimizer, ...]:
    """Muon for the matrices of the repeated layers, AdamW for the rest: embeddings, heads, norms and biases.

    On this data Muon needs about a third of the pictures that AdamW alone does. (Jordan et al. 2024; as long steps as
    AdamW's: Moonshot AI, arXiv 2502.16982.)
    """
    learning = {name: weight for name, weight in learner.named_parameters() if weight.requires_grad}
    matrices = {name: weight for name, weight in learning.items() if weight.ndim == 2 and _repeated(name)}
    rest = [weight for name, weight in learning.items() if name not in matrices]
    return (
        Muon(matrices.values(), learning_rate, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        AdamW(rest, learning_rate, betas=(0.9, 0.98), weight_decay=0.01),
    )


def _repeated(name: str) -> bool:
    return any(part.isdigit() for part in name.split("."))


def _step(stage: Stage, optimizers: Sequence[Optimizer], step: int, compute: torch.dtype) -> dict[str, float]:
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = stage.learning_rate * _factor(step, stage.steps)
        optimizer.zero_grad(set_to_none=False)  # kept: fresh memory is slow on some virtual machines
    with torch.autocast("cpu", compute, enabled=compute != torch.float32):
        losses = stage.losses(step)
    losses["loss"].backward()
    nn.utils.clip_grad_norm_(stage.learner.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
    values = {name: float(value.detach()) for name, value in losses.items()}
    if not math.isfinite(values["loss"]):
        raise RedStarError(f"The loss of step {step + 1} of {stage.name} is {values['loss']}: lower its learning_rate.")
    return values


def _factor(step: int, steps: int) -> float:
    """On the learning rate: linear warm-up, then a cosine down to a hundredth."""
    warm_up = max(1, round(_WARM_UP * steps))
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up)))


def _save(learner: nn.Module, optimizers: Sequence[Optimizer], checkpoint: Path) -> None:
    """The new checkpoint, then the older ones away."""
    shutil.rmtree(checkpoint, ignore_errors=True)
    checkpoint.mkdir(parents=True)
    save_model(learner, str(checkpoint / _WEIGHTS))
    torch.save([optimizer.state_dict() for optimizer in optimizers], checkpoint / _OPTIMIZERS)
    mark_whole(checkpoint, 1)
    for older in checkpoint.parent.glob("checkpoint-*"):
        if older != checkpoint:
            shutil.rmtree(older)
