"""How long a training lasts, its learning rate over that span, and its log."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeElapsedColumn, TimeRemainingColumn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from redstar_geo.progress import console
from redstar_geo.trainer.log import append, drop_after


@dataclass
class Schedule:
    """A factor on the learning rate: linear warm-up, then linear decay to 0 at the end of the training.

    The end is `steps` optimizer steps or `limit_s` seconds of the training loop, whichever comes first; None: no limit.
    As the `lr_lambda` of a `LambdaLR` its fields are saved with the scheduler, so that time goes on after a restart.
    """

    warmup: float
    limit_s: float | None
    steps: int | None = None
    seconds: float = 0.0
    progress: float = 0.0
    running_since: float | None = None

    def __call__(self, step: int) -> float:
        now = time.monotonic()
        if self.running_since is not None:
            self.seconds += now - self.running_since
            self.running_since = now
        by_step = step / self.steps if self.steps else 0.0
        by_time = self.seconds / self.limit_s if self.limit_s else 0.0
        self.progress = min(1.0, max(by_step, by_time))
        rising = (self.progress or 1e-3) / self.warmup if self.warmup else 1.0
        return min(rising, (1.0 - self.progress) / (1.0 - self.warmup))


class TimedTraining(TrainerCallback):
    """Runs the clock of a `Schedule`, stops at its end, and writes the learning curve, one JSON line a log."""

    def __init__(self, schedule: Schedule, log: Path, facts: Callable[[int], dict[str, Any]]) -> None:
        """`facts`: optimizer steps done → what else belongs on the line, `samples` and `tokens` among it."""
        self.schedule = schedule
        self.log = log
        self.facts = facts
        columns = ("training", BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, console=console)
        self.task = self.bar.add_task("training", total=1.0)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.schedule.running_since = time.monotonic()
        if state.is_world_process_zero:
            drop_after(self.log, state.global_step)
            self.bar.start()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        self.bar.update(self.task, completed=self.schedule.progress)
        if control.should_save:  # the mean loss of the next line starts here, as when it goes on from this checkpoint
            control.should_log = True
        if self.schedule.progress >= 1.0:
            control.should_log = control.should_training_stop = True

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.bar.stop()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if not state.is_world_process_zero or not logs or "loss" not in logs:
            return
        entry = {
            "step": state.global_step,
            "seconds": round(self.schedule.seconds, 2),
            "loss": float(logs["loss"]),
            "learning_rate": float(logs["learning_rate"]),
            **self.facts(state.global_step),
        }
        append(self.log, entry)
