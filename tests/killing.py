"""Signals to processes that are at work: a kill that comes after a process has ended by itself shows nothing."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from subprocess import Popen
from typing import Any

Process = Popen[Any] | BaseProcess


def alive(process: Process) -> bool:
    return process.poll() is None if isinstance(process, Popen) else process.is_alive()


def send(process: Process, number: int, *, begun: Callable[[], object], group: bool = False) -> None:
    """Signal a process that has begun its work and has not ended.

    Args:
        begun: whether it does what is to be interrupted; asked until it is so.
        group: to its whole process group, as a terminal does.
    """
    while not begun():
        assert alive(process), "it has ended before it began what was to be interrupted"
        time.sleep(0.002)
    assert alive(process), "it has ended by itself"
    assert process.pid is not None
    (os.killpg if group else os.kill)(process.pid, number)


def kill(process: Process, *, begun: Callable[[], object], group: bool = False) -> None:
    """Send SIGKILL as `send` does, and wait for the end, which must be that signal's work."""
    send(process, signal.SIGKILL, begun=begun, group=group)
    if isinstance(process, Popen):
        code = process.wait()
    else:
        process.join()
        code = process.exitcode
    assert code == -signal.SIGKILL, f"it has ended by itself, with code {code}"


def die_with(path: Path) -> None:
    """For a thread of the process that is to be killed: SIGKILL to itself the moment that the file is there."""
    while not path.exists():
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGKILL)


def saved(run: Path) -> bool:
    """Whether a training has a whole checkpoint, whichever: the first ones are gone when two more are there."""
    return any(run.glob("checkpoints/checkpoint-*/whole"))


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def killed_beside_calm(work: Callable[[], object], progress: Callable[[Path], int], kills: int, stride: int) -> None:
    """Does `work` in the folder `calm` and, killed `kills` times on the way, in `killed`, both made here.

    Only forked children work: what the caller has imported is loaded once.

    Args:
        progress: how far the work in a folder is, in whatever unit.
        stride: every child is killed after one to so many units of its own.
    """
    calm, killed = Path("calm").absolute(), Path("killed").absolute()
    for folder in (calm, killed):
        folder.mkdir()
    _finish(_child(work, calm))
    chance = random.Random(0)
    for _ in range(kills):
        goal = progress(killed) + chance.randint(1, stride)
        kill(_child(work, killed), begun=lambda goal=goal: progress(killed) >= goal)
    _finish(_child(work, killed))


def _child(work: Callable[[], object], folder: Path) -> BaseProcess:
    child = get_context("fork").Process(target=_within, args=(work, folder))
    child.start()
    return child


def _within(work: Callable[[], object], folder: Path) -> None:
    os.chdir(folder)
    work()


def _finish(child: BaseProcess) -> None:
    child.join()
    assert child.exitcode == 0
