"""Verdicts in processes of their own that can be killed: for answers in bulk, for rewards, for texts nobody trusts.

`verify` itself is bounded by construction. What stands here is the second wall: a deadline counted from the start of
the work, and a limit of memory, both enforced from outside.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import islice
from typing import NamedTuple, Self

from redstar_geo.answer import verify
from redstar_geo.errors import InputError, RedStarError
from redstar_geo.pool import KILLED, Answer, Pool, killed
from redstar_geo.verdict import Verdict

_TOGETHER = 64  # questions handed to a worker at once; after a kill each of them is asked alone
_AHEAD = 4  # batches for each worker that wait or run
_REASONS = {"timeout": "time", "memory": "memory", "worker_died": "worker_died"}  # of the pool's failures


class Question(NamedTuple):
    """What `verify` asks, as one value."""

    gold: str
    response: str
    choices: tuple[str, ...] = ()
    finish_reason: str = "stop"


class Verifier:
    """`verify` behind a deadline and a limit of memory, from any thread.

    Reasons of its own: `time` and `memory` when an answer went beyond the limits, `worker_died` when it crashed its
    process. One that was killed from outside says nothing about the answer, which is tried again.

    Example:
        with Verifier() as verifier:
            verdict = verifier.verify("5√3", "The answer is 8.66.")
    """

    def __init__(self, workers: int = 1, seconds: float = 5.0, memory_mb: int = 512) -> None:
        self._seconds, self._workers = seconds, workers
        self._pool = Pool(workers, memory_mb)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.__exit__(*error)

    def verify(self, gold: str, response: str, *, choices: Sequence[str] = (), finish_reason: str = "stop") -> Verdict:
        """As `redstar_geo.answer.verify`; a call that goes beyond the limits is undecided."""
        return self._alone(Question(gold, response, tuple(choices), finish_reason))

    def many(self, questions: Iterable[Question]) -> Iterator[Verdict]:
        """The verdicts in order, worked out ahead by all workers in bounded memory."""
        waiting: deque[tuple[list[Question], Future[Answer]]] = deque()
        rest = iter(questions)
        while batch := list(islice(rest, _TOGETHER)):
            waiting.append((batch, self._begun(batch)))
            if len(waiting) > self._workers * _AHEAD:
                yield from self._verdicts(*waiting.popleft())
        while waiting:
            yield from self._verdicts(*waiting.popleft())

    def _begun(self, batch: list[Question]) -> Future[Answer]:
        return self._pool.submit(_answers, batch, self._seconds)

    def _verdicts(self, batch: list[Question], future: Future[Answer]) -> list[Verdict]:
        answer = future.result()
        if answer.failure is None:
            return [_checked(each) for each in answer.result]
        return [self._alone(question) for question in batch]

    def _alone(self, question: Question) -> Verdict:
        answer = self._begun([question]).result()
        if answer.failure is None:
            return _checked(answer.result[0])
        if answer.failure == KILLED:
            raise killed(1)
        if answer.failure not in _REASONS:
            raise RedStarError(f"The answer {question.response[:200]!r} cannot be verified: {answer.failure}.")
        return Verdict("undecided", _REASONS[answer.failure])


def _answers(batch: list[Question]) -> list[Verdict | InputError]:
    return [_answer(question) for question in batch]


def _answer(question: Question) -> Verdict | InputError:
    try:
        return verify(question.gold, question.response, choices=question.choices, finish_reason=question.finish_reason)
    except InputError as error:
        return error


def _checked(answered: Verdict | InputError) -> Verdict:
    """The verdict; a caller's mistake is raised where the caller is."""
    if isinstance(answered, InputError):
        raise answered
    return answered
