"""How many threads torch computes with on a CPU that others may be using."""

from __future__ import annotations

import os

import psutil
import torch

_MOST = torch.get_num_threads()  # the cores, or OMP_NUM_THREADS
_LOOK_S = 1.0


def use_free_cores() -> int:
    """Give torch as many threads as cores of this process have been idle for a second, at least one.

    Threads wait for one another after every operation. On two cores, of which another process kept one busy, a training
    step took 1.5 to 5.5 s with two threads and 1.35 s with one; with both cores free 0.7 s with two.
    """
    loads = psutil.cpu_percent(_LOOK_S, percpu=True)
    idle = sum(1 - loads[core] / 100 for core in os.sched_getaffinity(0))
    threads = min(_MOST, max(1, round(idle)))
    torch.set_num_threads(threads)
    return threads
