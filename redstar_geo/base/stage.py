"""One stage of the making: so many steps, each with data of its own, gone on from wherever it was stopped.

What a step sees follows from its number alone, so that a stage which was killed and goes on leaves the same weights
as one that was not.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_model, save_model
from torch import Tensor, nn
from torch.optim import AdamW

from redstar_geo.errors import RedStarError
from redstar_geo.progress import console, progress
from redstar_geo.run import Run
from redstar_geo.trainer.checkpoints import last_whole, mark_whole, remove_torn, step_of
from redstar_geo.trainer.clean_stop import CleanStop
from redstar_geo.trainer.log import append, drop_after
from redstar_geo.trainer.threads import use_free_cores

_WARM_UP = 0.02  # of the steps
_WEIGHTS, _OPTIMIZER = "weights.safetensors", "optimizer.pt"


@dataclass(frozen=True)
class Stage:
    """What one stage does.

    Attributes:
        name: of its log (`NAME.jsonl`) and checkpoints.
        learner: what learns, from float32 weights.
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
    optimizer = AdamW(stage.learner.parameters(), stage.learning_rate, betas=(0.9, 0.98), weight_decay=0.01)
    done, checkpoint = 0, last_whole(folder)
    if checkpoint is not None:
        done = step_of(checkpoint)
        load_model(stage.learner, checkpoint / _WEIGHTS)
        optimizer.load_state_dict(torch.load(checkpoint / _OPTIMIZER, weights_only=True))
    entries = drop_after(log, done)
    seconds = entries[-1]["seconds"] if entries else 0.0
    sums: dict[str, float] = {}
    since = time.monotonic()
    threads = use_free_cores()
    stage.learner.train()
    with CleanStop() as stop:
        for step in progress(range(done, stage.steps), f"{stage.name}: step {done} on", stage.steps - done):
            for name, value in _step(stage, optimizer, step, compute).items():
                sums[name] = sums.get(name, 0.0) + value
            if (step + 1) % every and step + 1 < stage.steps and not stop.requested:
                continue
            seconds += time.monotonic() - since
            steps_since = step + 1 - done
            entry = {name: round(total / steps_since, 4) for name, total in sums.items()}
            entry |= {"step": step + 1, "seconds": round(seconds, 1), "threads": threads} | dict(stage.measure())
            append(log, entry)
            _save(stage.learner, optimizer, folder / f"checkpoint-{step + 1}")
            console.print(f"{stage.name} {entry}")
            done, sums, since, threads = step + 1, {}, time.monotonic(), use_free_cores()
            if stop.requested and step + 1 < stage.steps:
                raise RedStarError(
                    f"Stopped by SIGTERM after step {step + 1} of {stage.name}. The same command goes on."
                )
    return drop_after(log, stage.steps)[-1]


def _step(stage: Stage, optimizer: AdamW, step: int, compute: torch.dtype) -> dict[str, float]:
    for group in optimizer.param_groups:
        group["lr"] = stage.learning_rate * _factor(step, stage.steps)
    optimizer.zero_grad(set_to_none=False)  # kept: fresh memory is slow on some virtual machines
    with torch.autocast("cpu", compute, enabled=compute != torch.float32):
        losses = stage.losses(step)
    losses["loss"].backward()
    nn.utils.clip_grad_norm_(stage.learner.parameters(), 1.0)
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


def _save(learner: nn.Module, optimizer: AdamW, checkpoint: Path) -> None:
    """The new checkpoint, then the older ones away."""
    shutil.rmtree(checkpoint, ignore_errors=True)
    checkpoint.mkdir(parents=True)
    save_model(learner, str(checkpoint / _WEIGHTS))
    torch.save(optimizer.state_dict(), checkpoint / _OPTIMIZER)
    mark_whole(checkpoint, 1)
    for older in checkpoint.parent.glob("checkpoint-*"):
        if older != checkpoint:
            shutil.rmtree(older)
