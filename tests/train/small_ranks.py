"""Trainings in processes of their own, one or several over gloo, which can be killed.

They are forked from a server that has imported everything once, so that a training starts within a second.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import torch

from redstar_geo import cli
from redstar_geo.progress import console
from redstar_geo.recipe import check
from redstar_geo.train.sft import main
from redstar_geo.trainer.recipe import SftRecipe

_CONTEXT = multiprocessing.get_context("forkserver")
_LATER = "deepspeed.runtime.zero.muon.muon_optimizer"  # what DeepSpeed imports when training starts, for seconds
_CONTEXT.set_forkserver_preload(["tests.train.small_ranks", _LATER])
PATIENCE = 240.0


def train(values: Mapping[str, Any], ranks: int = 1, killed_at: Path | None = None) -> list[int]:
    """Run `main` of the recipe on so many ranks; the exit codes.

    Args:
        killed_at: a file or folder; the moment it is there, all of them are gone by SIGKILL.
    """
    return wait(start(values, ranks, killed_at))


def start(values: Mapping[str, Any], ranks: int = 1, killed_at: Path | None = None) -> list[ForkServerProcess]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = dict(values)
    started = [_CONTEXT.Process(target=_rank, args=(given, rank, ranks, port, killed_at)) for rank in range(ranks)]
    for process in started:
        process.start()
    return started


def wait(started: list[ForkServerProcess]) -> list[int]:
    """The exit codes; once one rank has failed the others are ended, as launchers do."""
    deadline = time.monotonic() + PATIENCE
    while any(process.is_alive() for process in started) and time.monotonic() < deadline:
        time.sleep(0.02)
        if any(process.exitcode for process in started):
            break
    for process in started:
        process.join(5.0)
        if process.is_alive():
            process.kill()
        process.join()
    return [int(process.exitcode or 0) for process in started]


def _rank(values: dict[str, Any], rank: int, ranks: int, port: int, killed_at: Path | None) -> None:
    console.quiet = True
    torch.set_num_threads(1)
    tools = str(Path(sys.executable).parent)  # ninja, for DeepSpeed's extension
    os.environ["PATH"] = f"{tools}:{os.environ['PATH']}"
    if ranks > 1:
        place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": ranks, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        os.environ |= {name: str(value) for name, value in place.items()}
    if killed_at is not None:
        threading.Thread(target=_die_with, args=(killed_at,), daemon=True).start()
    main(check(SftRecipe, values, "test"))


@dataclass(frozen=True)
class Command:
    """A `redstar-geo` of its own, with what it says in a file."""

    process: ForkServerProcess
    said: Path

    def ended(self) -> tuple[int, str]:
        """Its exit code and all that it said."""
        (code,) = wait([self.process])
        return code, self.said.read_text(encoding="utf-8")


def redstar_geo(*arguments: object, said: Path) -> Command:
    """The command line with these arguments, as a shell would start it."""
    process = _CONTEXT.Process(target=_command, args=([str(each) for each in arguments], said))
    process.start()
    return Command(process, said)


def _command(arguments: list[str], said: Path) -> None:
    torch.set_num_threads(1)
    with said.open("w") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    sys.argv = ["redstar-geo", *arguments]
    cli.main()


def _die_with(path: Path) -> None:
    while not path.exists():
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGKILL)
