"""Verdicts in processes of their own that can be killed: for answers in bulk, for rewards, for texts nobody trusts.

`verify` itself is bounded by construction. What stands here is the second wall: a deadline counted from the start of
the work, and a limit of memory, both enforced from outside.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from multiprocessing import get_context
from typing import NamedTuple, Self

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from redstar_geo.answer import verify
from redstar_geo.limits import limit_memory
from redstar_geo.verdict import Verdict

_TOGETHER = 64  # questions handed to a worker at once; after a kill each of them is asked alone
_AHEAD = 4  # batches for each worker that wait or run


class Question(NamedTuple):
    """What `verify` asks, as one value."""

    gold: str
    response: str
    choices: tuple[str, ...] = ()
    finish_reason: str = "stop"


class Verifier:
    """`verify` behind a deadline and a limit of memory, from any thread.

    Reasons of its own: `time` and `memory` when an answer went beyond the limits, `worker_died` when its process did.

    Example:
        with Verifier() as verifier:
            verdict = verifier.verify("5√3", "The answer is 8.66.")
    """

    def __init__(self, workers: int = 1, seconds: float = 5.0, memory_mb: int = 512) -> None:
        self._seconds, self._workers = seconds, workers
        self._pool = ProcessPool(
            max_workers=workers, context=get_context("spawn"), initializer=limit_memory, initargs=[memory_mb]
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.stop()
        self._pool.join()

    def verify(self, gold: str, response: str, *, choices: Sequence[str] = (), finish_reason: str = "stop") -> Verdict:
        """As `redstar_geo.answer.verify`; a call that goes beyond the limits is undecided."""
        return self._alone(Question(gold, response, tuple(choices), finish_reason))

    def many(self, questions: Iterable[Question]) -> Iterator[Verdict]:
        """The verdicts in order, worked out ahead by all workers in bounded memory."""
        waiting: deque[tuple[list[Question], ProcessFuture]] = deque()
        rest = iter(questions)
        while batch := list(islice(rest, _TOGETHER)):
            waiting.append((batch, self._begun(batch)))
            if len(waiting) > self._workers * _AHEAD:
                yield from self._verdicts(*waiting.popleft())
        while waiting:
            yield from self._verdicts(*waiting.popleft())

    def _begun(self, batch: list[Question]) -> ProcessFuture:
        return self._pool.schedule(_answers, args=[batch], timeout=self._seconds)

    def _verdicts(self, batch: list[Question], future: ProcessFuture) -> list[Verdict]:
        if future.exception() is None:
            return future.result()  # type: ignore[no-any-return]
        return [self._alone(question) for question in batch]

    def _alone(self, question: Question) -> Verdict:
        future = self._begun([question])
        error = future.exception()
        if error is None:
            return future.result()[0]  # type: ignore[no-any-return]
        for kind, reason in ((TimeoutError, "time"), (MemoryError, "memory"), (ProcessExpired, "worker_died")):
            if isinstance(error, kind):
                return Verdict("undecided", reason)
        raise error


def _answers(batch: list[Question]) -> list[Verdict]:
    return [verify(q.gold, q.response, choices=q.choices, finish_reason=q.finish_reason) for q in batch]
