"""Tasks in a pool of processes: what a task does costs itself alone, and what befalls it from outside costs nothing.

A task that hangs, crashes or fails would do so again, so that is kept as the reason why it has no result. A process
that another one kills (the system does, when memory runs short) says nothing about its task, which is tried again.
For the app, where a person waits and may leave, there is `redstar_geo.workers`.
"""

from __future__ import annotations

import errno
import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from multiprocessing import connection, get_context, parent_process
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from redstar_geo.errors import RedStarError, says_disk_full
from redstar_geo.limits import limit_memory

Task = TypeVar("Task")
Result = TypeVar("Result")
Work = Callable[[Task], Result]
Outcome = tuple[Task, Result | None, str | None]

KILLED = "killed"  # the failure that is no task's own
_IN_FLIGHT = 64  # tasks handed out and not yet returned: all that a kill can cost
_OWN_FAULTS = 2  # in a row, each in a fresh process, and a time-out or a crash is the task's own
_ACCIDENTS = 4  # in a row before others come first
_PAUSE_S = 0.5  # times their number, before a task whose process was killed is tried again: memory may be free by then
_START_S = 600.0
_MEMORY_MB = 4096  # of a process, beyond what it holds at its start
_FROM_OUTSIDE = {0, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP, -signal.SIGQUIT}
_SHORTAGE = {errno.EAGAIN, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}  # of the machine, at this moment


class Killed(RedStarError):
    """Processes were killed from outside, again and again. A task that raises it has the failure `KILLED`."""


class Answer(NamedTuple):
    """What a process makes of a task: `failure` is None, or the reason why there is no `result`."""

    result: Any
    failure: str | None = None


def mapped(
    work: Work[Task, Result], tasks: Iterable[Task], workers: int, timeout_s: float
) -> Iterator[Outcome[Task, Result]]:
    """Every task with its result, or with the reason why there is none.

    Reasons: `timeout`, `memory`, `worker_died` (it crashed its process), an error's text; `KILLED` if its processes
    were killed from outside again and again, which `decided` refuses to keep.

    The order is that of the tasks. Workers hash strings alike in every run, since solvers walk sets. A full disk is no
    task's fault, and is raised.
    """
    with pool(workers) as processes:
        yield from outcomes(processes, work, tasks, timeout_s)


def decided(outcomes: Iterable[Outcome[Task, Result]]) -> Iterator[Outcome[Task, Result]]:
    """The outcomes as they come, up to one that an accident decided.

    Raises:
        Killed: a task's processes were killed from outside.
    """
    for outcome in outcomes:
        if outcome[2] == KILLED:
            raise killed(1)
        yield outcome


def killed(tasks: int) -> Killed:
    """What to say of tasks whose outcome is `KILLED`."""
    return Killed(
        f"Worker processes were killed from outside, again and again, at {tasks} item{'s' * (tasks > 1)}: most often "
        "the system does so when memory runs short. What is finished is kept. Make room or take fewer workers; the "
        "same command goes on and asks for the rest."
    )


@contextmanager
def pool(workers: int) -> Iterator[Pool]:
    """Fresh processes that hash strings alike."""
    hashing = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = "0"
    try:
        with Pool(workers) as processes:
            yield processes
    finally:
        if hashing is None:
            del os.environ["PYTHONHASHSEED"]
        else:
            os.environ["PYTHONHASHSEED"] = hashing


def outcomes(
    processes: Pool, work: Work[Task, Result], tasks: Iterable[Task], timeout_s: float
) -> Iterator[Outcome[Task, Result]]:
    """`mapped` in processes that are already there."""
    waiting: deque[tuple[Task, Future[Answer]]] = deque()
    for task in tasks:
        waiting.append((task, processes.submit(work, task, timeout_s)))
        if len(waiting) >= _IN_FLIGHT:
            yield _outcome(*waiting.popleft())
    while waiting:
        yield _outcome(*waiting.popleft())


def _outcome(task: Task, future: Future[Answer]) -> Outcome[Task, Any]:
    return task, *future.result()


class Pool:
    """So many processes, each started when it is first needed and replaced when it has ended; from any thread.

    A process has a pipe of its own and a thread here that waits for it, by a clock that no step moves.
    """

    def __init__(self, workers: int, memory_mb: int = _MEMORY_MB) -> None:
        self._memory_mb = memory_mb
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="pool")
        self._guard = threading.Lock()
        self._idle: list[_Process] = []
        self._at_work: set[_Process] = set()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._closed = True
            for process in (*self._idle, *self._at_work):
                process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._idle:
            process.join()

    def submit(self, work: Work[Task, Any], task: Task, timeout_s: float) -> Future[Answer]:
        """`work(task)` in a process, to be had as an answer; `timeout_s` counts from the moment that it begins."""
        return self._threads.submit(self._answer, work, task, timeout_s)

    def _answer(self, work: Work[Task, Any], task: Task, timeout_s: float) -> Answer:
        own, accidents = 0, 0
        while True:
            answer, lasting = self._tried((work, task), timeout_s)
            if answer.failure is None or lasting:
                return answer
            accidents += answer.failure == KILLED
            own += answer.failure != KILLED
            if own == _OWN_FAULTS or accidents == _ACCIDENTS or self._closed:
                return answer
            if accidents:
                time.sleep(_PAUSE_S * accidents)

    def _tried(self, job: tuple[Any, Any], timeout_s: float) -> tuple[Answer, bool]:
        """An answer, and whether it would be the same again."""
        process = self._taken()
        try:
            reply = process.ask(job, timeout_s)
        finally:
            with self._guard:
                self._at_work.discard(process)
                if process.is_alive():
                    self._idle.append(process)
        if not isinstance(reply, _Error):
            return (reply, True) if reply.failure is None else (reply, False)
        if reply.disk_full:
            raise OSError(errno.ENOSPC, reply.disk_full)
        return Answer(None, KILLED if reply.shortage else reply.text), not reply.shortage

    def _taken(self) -> _Process:
        with self._guard:
            if self._closed:
                raise RedStarError("The worker processes have been ended.")
            process = self._idle.pop() if self._idle else _Process(self._memory_mb)
            self._at_work.add(process)
            return process


class _Error(NamedTuple):
    """What `work` raised."""

    text: str
    disk_full: str | None = None
    shortage: bool = False


class _Process:
    """A process that does one task after another."""

    def __init__(self, memory_mb: int) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, memory_mb), daemon=True)
        self._process.start()
        theirs.close()

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def kill(self) -> None:
        self._process.kill()

    def join(self) -> None:
        self._process.join()
        self._pipe.close()

    def _ended_with(self) -> int:
        """Its exit code; 0 if it was about to go when it was asked."""
        while (code := self._process.exitcode) is None:  # another thread may be about to be told
            self._process.join(0.01)
        return code

    def ask(self, job: tuple[Any, Any], timeout_s: float) -> Answer | _Error:
        """The answer to a job; a process that gives none is ended."""
        packed = pickle.dumps(job)
        failure = KILLED
        try:
            self._pipe.send_bytes(packed)
            if self._pipe.poll(_START_S):  # what it has to import is no part of the task
                begun = self._pipe.recv()
                if begun is not None:
                    return begun  # type: ignore[no-any-return]
                if self._pipe.poll(timeout_s):
                    return self._pipe.recv()  # type: ignore[no-any-return]
                failure = "timeout"
        except (EOFError, OSError):
            failure = KILLED if self._ended_with() in _FROM_OUTSIDE else "worker_died"
        self.kill()
        self.join()
        return Answer(None, failure)


def _serve(pipe: connection.Connection, memory_mb: int) -> None:
    """In the process: jobs until there are no more, or nobody is there who wants them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who asks
    threading.Thread(target=_end_with_parent, daemon=True).start()
    limit_memory(memory_mb)
    with suppress(EOFError, BrokenPipeError):
        while True:
            packed, caught = pipe.recv_bytes(), _Caught()
            reply = b""
            with caught:
                work, task = pickle.loads(packed)  # our own parent's bytes
                pipe.send(None)
                reply = pickle.dumps(Answer(work(task)))
            pipe.send_bytes(reply or pickle.dumps(_described(caught.error)))
            if isinstance(caught.error, MemoryError):
                return  # what it still holds would be counted against the next task


class _Caught(AbstractContextManager["_Caught"]):
    """Holds the error of its block, of whatever kind: libraries raise what they like."""

    error: BaseException | None = None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        self.error = error
        return True


def _described(error: BaseException | None) -> _Error:
    if isinstance(error, MemoryError):
        return _Error("memory")
    shortage = isinstance(error, Killed) or (isinstance(error, OSError) and error.errno in _SHORTAGE)
    return _Error(repr(error), says_disk_full(error), shortage)


def _end_with_parent() -> None:
    """A process whose parent was killed has nobody to work for."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)
