"""Work that is killed again and again, beside the same work left in peace: what both leave is compared by the test."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path


def killed_beside_calm(work: Callable[[], object], kills: int, share: float) -> int:
    """Does `work` in the folder `calm` and, killed `kills` times on the way, in `killed`, both made here.

    Only forked children work: what the caller has imported is loaded once.

    Args:
        share: of the undisturbed time that a child is left alive at most.

    Returns:
        How many kills hit a child at work.
    """
    for name in ("calm", "killed"):
        Path(name).mkdir()
    started = time.monotonic()
    assert os.waitpid(_child(work, "calm"), 0)[1] == 0
    longest_s = (time.monotonic() - started) * share
    chance, hits = random.Random(0), 0
    for _ in range(kills):
        pid = _child(work, "killed")
        time.sleep(chance.uniform(0, longest_s))
        os.kill(pid, signal.SIGKILL)
        hits += os.waitpid(pid, 0)[1] != 0
    assert os.waitpid(_child(work, "killed"), 0)[1] == 0
    return hits


def _child(work: Callable[[], object], folder: str) -> int:
    """The process id of a child that does it."""
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        work()
        os._exit(0)
    return pid
