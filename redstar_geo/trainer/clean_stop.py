"""SIGTERM ends a training with a checkpoint: nothing is lost, and the same command goes on."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any

import torch
import torch.distributed as dist
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments


class CleanStop(TrainerCallback):
    """Use it as a context manager around the training. `requested` says whether it was stopped.

    SIGTERM (a cluster's or a user's) ends the training after the step at hand, with a checkpoint. All ranks stop after
    the same step, whichever of them heard the signal.
    """

    def __init__(self) -> None:
        self.requested = False

    def __enter__(self) -> CleanStop:
        self._before = signal.signal(signal.SIGTERM, self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGTERM, self._before)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self.requested = True

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        if dist.is_initialized() and dist.get_world_size() > 1:
            heard = torch.tensor(float(self.requested), device=args.device)
            dist.all_reduce(heard, op=dist.ReduceOp.MAX)
            self.requested = bool(heard)
        if self.requested:
            control.should_save = control.should_log = control.should_training_stop = True
