"""SIGTERM ends a training with a checkpoint: nothing is lost, and the same command goes on."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from redstar_geo.trainer import distributed


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
        self.requested = distributed.any_rank(self.requested, args.device)
        if self.requested:
            control.should_save = control.should_log = control.should_training_stop = True
