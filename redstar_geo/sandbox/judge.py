"""The verdict on a program: every test behind the walls, every output compared outside of them."""

from __future__ import annotations

import os
import resource
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

from redstar_geo.errors import InputError
from redstar_geo.sandbox.checkers import CheckerError, check
from redstar_geo.sandbox.limits import Limits
from redstar_geo.sandbox.runner import Language, Outcome, Worker
from redstar_geo.sandbox.tests import Case, Tests

Verdict = Literal["AC", "WA", "TLE", "MLE", "OLE", "RE", "CE", "SANDBOX_ERROR"]

_CHECKING = Limits(cpu_s=10, memory_mib=1024)
_AHEAD = 4  # submissions in hand for each worker
_DESCRIPTORS = 16  # of a worker, its compiler and a job under way, with room to spare


@dataclass(frozen=True, slots=True)
class Submission:
    """A program and the tests that it is to pass."""

    code: str
    tests: Tests
    language: Language = "python"
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a program. SANDBOX_ERROR says that there is none: never count it as wrong.

    Attributes:
        first_failure: number of the first test that it fails, from 0; of CE none.
        reason: what standard error held at the end, or the cause of a SANDBOX_ERROR.
        verdicts: of every test that ran.
        cpu_s: the most that one test took; so too memory_mib.
        isolation: the walls that were reached.
        accident: of SANDBOX_ERROR, that other processes ended the runs, again and again; later there may be a verdict.
    """

    verdict: Verdict
    first_failure: int | None
    reason: str
    verdicts: tuple[Verdict, ...]
    cpu_s: float
    memory_mib: float
    isolation: str
    accident: bool = False


def judge(
    code: str,
    tests: Tests,
    *,
    language: Language = "python",
    limits: Limits | None = None,
    stop_at_first: bool = True,
    unconfined: bool = False,
) -> Judgement:
    """Run a program on its tests. The sandbox of the calling thread stays warm for the next call.

    Args:
        stop_at_first: run no further test after the first that fails.
        unconfined: run it with no walls, because you trust it.

    Raises:
        InputError: this machine lacks what the walls are made of; the message says what to install.
    """
    return _judged(_own_worker(unconfined), Submission(code, tests, language, limits or Limits()), stop_at_first)


def judge_many(submissions: Iterable[Submission], workers: int, *, unconfined: bool = False) -> Iterator[Judgement]:
    """The judgements of many programs in their order, `workers` at a time, reading a little ahead.

    Raises:
        InputError: this machine lets a process open too few files for so many workers, or lacks a sandbox.
    """
    _let_open(workers * _DESCRIPTORS)
    used: set[Worker] = set()

    def work(submission: Submission) -> Judgement:
        worker = _own_worker(unconfined)
        used.add(worker)
        return _judged(worker, submission)

    waiting: deque[Future[Judgement]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="judge")
    try:
        for submission in submissions:
            waiting.append(pool.submit(work, submission))
            if len(waiting) >= _AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
        for worker in used:
            worker.close()


def _let_open(files: int) -> None:
    """Raise the number of files that this process may have open, so that there is room for so many more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = sum(1 for _ in Path("/dev/fd").iterdir()) + files
    if wanted > hard != resource.RLIM_INFINITY:
        raise InputError(
            f"So many workers need {wanted} open files, and a process may have {hard} here (ulimit -Hn). Take at most "
            f"{max(1, (hard - wanted + files) // _DESCRIPTORS)} workers; more than the machine's cores gain nothing."
        )
    if wanted > soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


_own = threading.local()


def _own_worker(unconfined: bool) -> Worker:
    """The worker of this thread of this process: a fork must not share one, and the kernel ends it with its thread."""
    key = os.getpid(), unconfined
    if vars(_own).get("key") != key:
        _own.worker, _own.key = Worker(unconfined=unconfined), key
    worker: Worker = _own.worker
    return worker


def _judged(worker: Worker, submission: Submission, stop_at_first: bool = True) -> Judgement:
    tests, verdicts, outcomes = submission.tests, list[Verdict](), list[Outcome]()
    for case in tests.cases or (Case(tests.script or "", ""),):
        outcome = _in_the_crowd(partial(_run, worker, submission, case))
        verdict, outcome = _compared(worker, tests, case, outcome)
        verdicts.append(verdict)
        outcomes.append(replace(outcome, stdout=b""))
        if verdict in ("CE", "SANDBOX_ERROR") or (stop_at_first and verdict != "AC"):
            break
    failures = [number for number, verdict in enumerate(verdicts) if verdict != "AC"]
    first = failures[0] if failures else None
    return Judgement(
        verdict="AC" if first is None else verdicts[first],
        first_failure=None if first is None or verdicts[first] == "CE" else first,
        reason="" if first is None else outcomes[first].stderr_tail,
        verdicts=tuple(verdicts),
        cpu_s=max(outcome.cpu_s for outcome in outcomes),
        memory_mib=max(outcome.memory_mib for outcome in outcomes),
        isolation=worker.isolation,
        accident=any(outcome.accident for outcome in outcomes),
    )


def _run(worker: Worker, submission: Submission, case: Case) -> Outcome:
    """One run; one more where the sandbox itself failed."""
    run = partial(
        worker.run,
        submission.code,
        case.input.encode(errors="replace"),
        kind=submission.tests.kind,
        fn_name=submission.tests.fn_name,
        language=submission.language,
        limits=submission.limits,
    )
    outcome = run()
    if outcome.verdict == "SANDBOX_ERROR" and not outcome.accident:
        return run()
    return outcome


def _compared(worker: Worker, tests: Tests, case: Case, outcome: Outcome) -> tuple[Verdict, Outcome]:
    if outcome.verdict != "OK":
        return outcome.verdict, outcome
    if tests.kind == "script":
        return "AC", outcome
    checked = Outcome("OK")

    def checking(code: str, stdin: Iterable[bytes]) -> str:
        nonlocal checked
        checked = worker.run(code, stdin, limits=_CHECKING)
        return checked.verdict

    try:
        right = check(tests, case, outcome.stdout, checking)
    except CheckerError as error:
        return "SANDBOX_ERROR", replace(outcome, stderr_tail=str(error), accident=checked.accident)
    return "AC" if right else "WA", outcome


class _Crowd:
    """Who runs at the moment in this process: many together, or one alone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._alone = False

    @contextmanager
    def together(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            self._alone = True
            self._changed.wait_for(lambda: self._running == 0)
        try:
            yield
        finally:
            with self._changed:
                self._alone = False
                self._changed.notify_all()

    def crowded(self) -> bool:
        """Whether others compete for the processors, in this process or beside it."""
        return self._running > 0 or os.getloadavg()[0] > len(os.sched_getaffinity(0))


_CROWD = _Crowd()


def _in_the_crowd(run: Callable[[], Outcome]) -> Outcome:
    """A run beside others; once more alone where it came to its end and needed a little more time than it may."""
    with _CROWD.together():
        outcome = run()
    near_miss = outcome.verdict == "TLE" and outcome.exit_status != -signal.SIGKILL
    if not near_miss or not _CROWD.crowded():
        return outcome
    with _CROWD.alone():
        return run()
