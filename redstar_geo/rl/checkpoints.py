"""Checkpoints of a training: what learns, its optimizer, and the step. Chance needs none: it follows from the step."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from torch import distributed

from redstar_geo.errors import InputError
from redstar_geo.rl.models import Models
from redstar_geo.rl.optimise import Optimiser
from redstar_geo.run import write_text

_TAG = "state"
_RANKS = "ranks"  # how many processes share a state of DeepSpeed


def latest(folder: Path) -> int:
    """The step of the newest whole checkpoint, 0 without any."""
    return max((int(path.name.removeprefix("step-")) for path in folder.glob("step-*")), default=0)


def save(folder: Path, step: int, models: Models, optimiser: Optimiser) -> None:
    """Write `folder/step-N`, whole or not at all, and remove the one before; all ranks must call it."""
    first = not distributed.is_initialized() or distributed.get_rank() == 0
    partial, final = folder / ".partial", folder / f"step-{step}"
    if first:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
    _together()
    if optimiser.engine is not None:
        optimiser.engine.save_checkpoint(str(partial), _TAG, exclude_frozen_parameters=True)
        if first:
            write_text(partial / _RANKS, f"{distributed.get_world_size()}\n")
    elif first:
        torch.save({"weights": models.trained(), "optimizer": optimiser.optimizer.state_dict()}, partial / _TAG)
    _together()
    if first:
        partial.rename(final)
        for old in folder.glob("step-*"):
            if old != final:
                shutil.rmtree(old)
    _together()


def restore(folder: Path, step: int, models: Models, optimiser: Optimiser) -> None:
    """Put models and optimizer back as they were after `step`; all ranks must call it.

    Raises:
        InputError: under DeepSpeed, more or fewer ranks than have written it.
    """
    path = folder / f"step-{step}"
    if optimiser.engine is not None:
        _check_ranks(path)
        optimiser.engine.load_checkpoint(str(path), _TAG, load_module_strict=False)
        return
    saved = torch.load(path / _TAG, map_location=models.device, weights_only=True)
    with torch.no_grad():
        for name, parameter in models.trained().items():
            parameter.copy_(saved["weights"][name])
    optimiser.optimizer.load_state_dict(saved["optimizer"])


def _check_ranks(path: Path) -> None:
    written, ranks = int((path / _RANKS).read_text(encoding="utf-8")), distributed.get_world_size()
    if written != ranks:
        raise InputError(
            f"{path} was written by {written} processes, and {ranks} would go on from it: under deepspeed each has "
            f"kept its share of the optimizer. Start {written}, or give this training its own folder by run=…"
        )


def _together() -> None:
    if distributed.is_initialized():
        distributed.barrier()
