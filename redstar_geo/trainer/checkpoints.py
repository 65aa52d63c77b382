"""Which checkpoints of a training are whole: what a kill, a full disk or a lost rank has torn is never gone on from."""

from __future__ import annotations

import shutil
from pathlib import Path

from redstar_geo.errors import InputError
from redstar_geo.run import write_text

_WHOLE = "whole"  # the number of ranks, written once each of them has written its share


def mark_whole(checkpoint: Path, ranks: int) -> None:
    """To be called once all `ranks` have written."""
    write_text(checkpoint / _WHOLE, f"{ranks}\n")


def last_whole(folder: Path) -> Path | None:
    """The newest whole checkpoint (`checkpoint-STEP`) in `folder`, if there is one."""
    return max((mark.parent for mark in folder.glob(f"checkpoint-*/{_WHOLE}")), key=step_of, default=None)


def step_of(checkpoint: Path) -> int:
    """After which optimizer step it was written."""
    return int(checkpoint.name.rpartition("-")[2])


def check_ranks(checkpoint: Path, ranks: int) -> None:
    """Whether as many processes go on as have written it: each has its share of the rows, random states, optimizer.

    Raises:
        InputError: they are more or fewer.
    """
    written = int((checkpoint / _WHOLE).read_text(encoding="utf-8"))
    if written != ranks:
        raise InputError(
            f"{checkpoint} was written by {written} processes, and {ranks} would go on from it: each has its own share "
            f"of rows, random states and optimizer. Start {written}, or give this training its own folder by run=…"
        )


def remove_torn(folder: Path) -> None:
    """Remove what is not whole, before new checkpoints need its room."""
    for path in folder.glob("checkpoint-*"):
        if not (path / _WHOLE).is_file():
            shutil.rmtree(path)
