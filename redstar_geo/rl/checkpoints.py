"""Checkpoints of a training: what learns, its optimizer, and the step. Chance needs none: it follows from the step."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from torch import distributed as dist

from redstar_geo.rl.models import Models
from redstar_geo.rl.optimise import Optimiser
from redstar_geo.trainer import distributed
from redstar_geo.trainer.checkpoints import check_ranks, mark_whole

_TAG = "state"


def latest(folder: Path) -> int:
    """The step of the newest whole checkpoint, 0 without any."""
    return max((int(path.name.removeprefix("step-")) for path in folder.glob("step-*")), default=0)


def save(folder: Path, step: int, models: Models, optimiser: Optimiser) -> None:
    """Write `folder/step-N`, whole or not at all, and remove the one before; all ranks must call it."""
    first = distributed.is_first()
    partial, final = folder / ".partial", folder / f"step-{step}"
    if first:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
    distributed.barrier()
    if optimiser.engine is not None:
        optimiser.engine.save_checkpoint(str(partial), _TAG, exclude_frozen_parameters=True)
        if first:
            mark_whole(partial, dist.get_world_size())
    elif first:
        torch.save({"weights": models.trained(), "optimizer": optimiser.optimizer.state_dict()}, partial / _TAG)
    distributed.barrier()
    if first:
        partial.rename(final)
        for old in folder.glob("step-*"):
            if old != final:
                shutil.rmtree(old)
    distributed.barrier()


def restore(folder: Path, step: int, models: Models, optimiser: Optimiser) -> None:
    """Put models and optimizer back as they were after `step`; all ranks must call it.

    Raises:
        InputError: under DeepSpeed, more or fewer ranks than have written it.
    """
    path = folder / f"step-{step}"
    if optimiser.engine is not None:
        check_ranks(path, dist.get_world_size())
        optimiser.engine.load_checkpoint(str(path), _TAG, load_module_strict=False)
        return
    saved = torch.load(path / _TAG, map_location=models.device, weights_only=True)
    with torch.no_grad():
        for name, parameter in models.trained().items():
            parameter.copy_(saved["weights"][name])
    optimiser.optimizer.load_state_dict(saved["optimizer"])
