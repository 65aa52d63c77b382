"""Processes of their own, forked from one server that has imported once what trainings need: they start in a second."""

from __future__ import annotations

import gc
import multiprocessing
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "redstar_geo.exits",
        "redstar_geo.train.sft",
        "redstar_geo.train.dpo",
        "redstar_geo.train.ppo",
        "deepspeed.runtime.zero.muon.muon_optimizer",  # what DeepSpeed imports when training starts, for seconds
    ]
)


def fork(target: Callable[..., object], *arguments: Any) -> ForkServerProcess:
    process = _CONTEXT.Process(target=_alone, args=(target, arguments))
    process.start()
    return process


def fork_ranks(target: Callable[..., object], ranks: int, *arguments: Any) -> list[ForkServerProcess]:
    """As many processes that find one another, as a launcher starts them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        place = {"WORLD_SIZE": str(ranks), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(probe.getsockname()[1])}
    return [fork(_placed, place | {"RANK": str(n), "LOCAL_RANK": str(n)}, target, *arguments) for n in range(ranks)]


def exit_codes(processes: Sequence[ForkServerProcess]) -> list[int]:
    """Waits for them; once one has failed the others are ended, as launchers do."""
    while any(process.is_alive() for process in processes) and not any(process.exitcode for process in processes):
        time.sleep(0.02)
    for process in processes:
        process.join(5.0)
        if process.is_alive():
            process.kill()
        process.join()
    return [int(process.exitcode or 0) for process in processes]


def _alone(target: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    import torch

    from redstar_geo.progress import console

    gc.freeze()  # DeepSpeed collects again and again, and what was imported is most of what there is to look through
    multiprocessing.set_start_method("fork", force=True)  # of data workers, as in a command: they end with their parent
    torch.set_num_threads(1)
    console.quiet = True
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # ninja, for DeepSpeed's extension
    target(*arguments)


def _placed(place: dict[str, str], target: Callable[..., object], *arguments: Any) -> None:
    os.environ |= place
    target(*arguments)
