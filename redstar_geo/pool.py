"""Tasks in a pool of processes: a task that outlasts its limit, or kills its process, costs itself and nothing else."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from redstar_geo.errors import says_disk_full

Task = TypeVar("Task")
Result = TypeVar("Result")
Work = Callable[[Task], Result]
Outcome = tuple[Task, Result | None, str | None]

_IN_FLIGHT = 64  # tasks handed out and not yet returned: all that a kill can cost


def mapped(
    work: Work[Task, Result], tasks: Iterable[Task], workers: int, timeout_s: float
) -> Iterator[Outcome[Task, Result]]:
    """Every task with its result, or with the reason why there is none: `timeout`, `worker_died`, or an error's text.

    The order is that of the tasks. Workers hash strings alike in every run, since solvers walk sets. A full disk is no
    task's fault, and is raised.
    """
    with pool(workers) as processes:
        yield from outcomes(processes, work, tasks, timeout_s)


@contextmanager
def pool(workers: int) -> Iterator[ProcessPool]:
    """Fresh processes that hash strings alike."""
    processes = ProcessPool(max_workers=workers, context=get_context("spawn"))
    hashing = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = "0"
    try:
        yield processes
    finally:
        processes.stop()
        processes.join()
        if hashing is None:
            del os.environ["PYTHONHASHSEED"]
        else:
            os.environ["PYTHONHASHSEED"] = hashing


def outcomes(
    processes: ProcessPool, work: Work[Task, Result], tasks: Iterable[Task], timeout_s: float
) -> Iterator[Outcome[Task, Result]]:
    """`mapped` in processes that are already there."""
    waiting: deque[tuple[Task, ProcessFuture]] = deque()
    for task in tasks:
        waiting.append((task, processes.schedule(work, args=[task], timeout=timeout_s)))
        if len(waiting) >= _IN_FLIGHT:
            yield _outcome(*waiting.popleft())
    while waiting:
        yield _outcome(*waiting.popleft())


def _outcome(task: Task, future: ProcessFuture) -> Outcome[Task, Result]:
    error = future.exception()
    if error is None:
        return task, future.result(), None
    if says_disk_full(error):
        raise error
    reasons = {TimeoutError: "timeout", ProcessExpired: "worker_died"}
    return task, None, next((reasons[kind] for kind in reasons if isinstance(error, kind)), repr(error))
