"""The processes of one training: they wait for the prepared data outside any collective, and end together."""

from __future__ import annotations

import os
import sys
import time
from contextlib import redirect_stdout
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
from filelock import FileLock
from torch.distributed import ProcessGroup

from redstar_geo.errors import InputError
from redstar_geo.run import Run, read_manifest

PATIENCE = timedelta(minutes=30)  # of a rank with the others; data is prepared before the clock runs


def is_first() -> bool:
    """Whether this is rank 0, or the only process, as the launcher says."""
    return int(os.environ.get("RANK", "0")) == 0


def are_several() -> bool:
    """Whether a launcher started this process as one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def once_prepared(folder: str) -> Run:
    """For all ranks but the first: the run, once rank 0 has prepared it. No collective runs out of time meanwhile."""
    while True:
        if (Path(folder) / "run.json").is_file():
            run = Run(Path(folder), read_manifest(folder))
            if run.finished("prepare"):
                return run
        time.sleep(0.5)


def join_deepspeed() -> None:
    """Before anything else of it: ZeRO-3 reckons with the number of ranks when the model is loaded.

    Raises:
        InputError: no launcher has started this process.
    """
    if "RANK" not in os.environ:
        raise InputError(
            "deepspeed shares a training between the processes of a launcher, and this one has none. Start it by "
            "`torchrun --nproc_per_node GPUS -m redstar_geo train RECIPE …` (1 for one GPU), or set deepspeed=null."
        )
    import deepspeed  # logs at its import, and takes seconds

    with redirect_stdout(sys.stderr):  # it prints; stdout is for results
        if not torch.cuda.is_available():
            _compile_once()
        backend = "nccl" if torch.cuda.is_available() else "gloo"
        deepspeed.init_distributed(dist_backend=backend, timeout=PATIENCE, verbose=False)


def _compile_once() -> None:
    """DeepSpeed's extension for CPUs, compiled by one process of this machine while the others wait.

    torch marks a compilation by a file that a killed one leaves behind, for which everybody would then wait for ever.
    """
    from deepspeed.comm.torch import build_shm_op
    from torch.utils.cpp_extension import get_default_build_root

    folder = Path(os.environ.get("TORCH_EXTENSIONS_DIR") or get_default_build_root())
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "redstar-geo.lock"):  # the system lets go of this one
        for left_behind in folder.glob("**/deepspeed_shm_comm/lock"):
            left_behind.unlink()
        build_shm_op()


def sequence_group(size: int) -> ProcessGroup | None:
    """The ranks that share rows with this one, neighbours and so of one machine; None if it has its own. A collective.

    The number of ranks is a multiple of `size`.
    """
    return dist.new_subgroups(size, timeout=PATIENCE)[0] if size > 1 else None


def any_rank(here: bool, device: torch.device) -> bool:
    """Whether it is so on any rank; a collective."""
    if not dist.is_initialized():
        return here
    anywhere = torch.tensor(float(here), device=device)
    dist.all_reduce(anywhere, op=dist.ReduceOp.MAX)
    return bool(anywhere)


def barrier() -> None:
    """Wait for all ranks, where there are several."""
    if dist.is_initialized():
        dist.barrier()


def leave_together() -> None:
    """No rank ends while another still has something to say to it."""
    barrier()
    if dist.is_initialized():
        dist.destroy_process_group()
