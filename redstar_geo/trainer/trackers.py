"""Where a training can be watched beside its own `log.jsonl`: tensorboard, trackio, wandb."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from transformers.integrations import TensorBoardCallback

from redstar_geo.errors import InputError
from redstar_geo.trainer.checkpoints import step_of

OUTLETS = {"report_to", "push_to_hub"}  # keys of a recipe that may change when a run goes on
Tracker = Literal["tensorboard", "trackio", "wandb"]


def check_installed(trackers: Sequence[Tracker]) -> None:
    """Whether the packages are there.

    Raises:
        InputError: one is not.
    """
    missing = [name for name in trackers if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            f"report_to names {', '.join(missing)}, not installed here. Install it by `pip install "
            f"{' '.join(missing)}`, or leave it out: log.jsonl is written always."
        )


def tensorboard(folder: Path, checkpoint: Path | None) -> TensorBoardCallback:
    """Writes the curves to `folder`; those of steps after the checkpoint count no longer.

    Transformers' own choice would be inside the checkpoints, which do not outlive the training.
    """
    from torch.utils.tensorboard import SummaryWriter  # there only where tensorboard is

    purge = step_of(checkpoint) + 1 if checkpoint is not None else None
    return TensorBoardCallback(SummaryWriter(str(folder), purge_step=purge))  # type: ignore[no-untyped-call]
