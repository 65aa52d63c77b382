"""What ends a training from outside, SIGTERM or a full disk: nothing is lost, and the same command goes on."""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from safetensors import SafetensorError
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from redstar_geo.errors import RedStarError
from redstar_geo.trainer import distributed

_FULL_IN_WORDS = ("No space left on device", "PytorchStreamWriter failed writing", "inline_container.cc")


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


@contextmanager
def a_full_disk_is_told(folder: Path) -> Iterator[None]:
    """Around whatever writes to `folder`.

    Raises:
        RedStarError: in place of what a full disk raises, which differs by who was writing.
    """
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        if not _is_full(error):
            raise
        raise RedStarError(
            f"The disk of {folder} is full ({_first_line(error)}). The last whole checkpoint is kept: make room, and "
            "the same command goes on from there."
        ) from None


def _is_full(error: Exception) -> bool:
    """torch and safetensors say it in words only."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return any(words in str(error) for words in _FULL_IN_WORDS)


def _first_line(error: Exception) -> str:
    return str(error).split("\n")[0]
