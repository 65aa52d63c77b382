"""Prompts → teacher → ledger: the loop that keeps every server busy and stores each reply before it counts."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from redstar_geo.errors import RedStarError
from redstar_geo.generation.client import GRACE_S, Outcome
from redstar_geo.generation.refusal import is_lasting
from redstar_geo.generation.reply import Reply, read_reply
from redstar_geo.records import Problem
from redstar_geo.teacher.ledger import Ledger, request_key
from redstar_geo.teacher.sampling import Budget, Policy, Prompt
from redstar_geo.teacher.strategies import STRATEGIES, Dialogue, Turns

_TICK_S = 0.05
_OPEN_PROBLEMS = 64  # at least; twice the room of the servers otherwise


class Teacher(Protocol):
    """Who answers."""

    @property
    def in_flight(self) -> int:
        """How many requests are at work."""

    def room(self) -> int:
        """How many more requests can start now."""

    async def ask(self, request: Mapping[str, Any]) -> Outcome:
        """The reply to one request, or the named reason why there is none."""


@dataclass(frozen=True)
class RequestFormat:
    """How requests are written, for one recipe.

    Attributes:
        key: problem, sample, turns → what determines the response, for the ledger's key; turns None is the whole trace.
        request: problem's first messages, sample, turns → what is sent.
        opening: problem → its first messages, pictures included.
        strategy: a key of `STRATEGIES`.
        most: problem → samples it can get.
    """

    key: Callable[[Problem, int, Turns | None], Mapping[str, Any]]
    request: Callable[[Any, int, Turns], Mapping[str, Any]]
    opening: Callable[[Problem], Any]
    strategy: str
    most: Callable[[Problem], int]


@dataclass
class Progress:
    """Where the run stands; the live table, the log and the summary read it."""

    problems: int = 0
    finished: int = 0
    resumed: int = 0
    requests: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    tokens: int = 0
    started: float = field(default_factory=time.monotonic)
    stopped_by: str | None = None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


@dataclass(eq=False)
class _Open:
    """A problem at work."""

    problem: Problem
    prompt: Prompt
    done: set[int] = field(default_factory=set)  # samples in the ledger
    opening: Any = None

    def next_sample(self) -> int:
        sample = next(number for number in range(len(self.done) + 1) if number not in self.done)
        self.done.add(sample)
        return sample


class _Row(NamedTuple):
    """A row of the ledger."""

    key: str
    problem_id: str
    sample: int
    failure: str | None
    body: Mapping[str, Any]


_Answer = tuple[_Open, list[_Row]]


class Dispatcher:
    """One run of a teacher over problems.

    Args:
        judge: problem, body of a response → `correct`, `wrong`, `undecided` or `rejected`.
    """

    def __init__(
        self,
        teacher: Teacher,
        ledger: Ledger,
        format: RequestFormat,
        policy: Policy,
        budget: Budget,
        judge: Callable[[Problem, Mapping[str, Any]], str],
    ) -> None:
        self.teacher, self.ledger, self.format = teacher, ledger, format
        self.policy, self.budget, self.judge = policy, budget, judge
        self.progress = Progress()
        self._ready: deque[_Open] = deque()
        self._open: dict[str, _Open] = {}
        self._unsatisfied: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers: asyncio.Queue[_Answer] = asyncio.Queue()
        self._error: BaseException | None = None
        self._interrupted = False
        self._starting = 0  # tasks that have not run yet, of which the teacher does not know

    async def run(self, problems: Iterable[Problem]) -> None:
        """Send requests until every problem has what the policy wants, a budget is reached, or Ctrl-C.

        Raises:
            KeyboardInterrupt: after what was in flight has been stored or given back.
            RedStarError: the teacher cannot go on; everything received is stored.
        """
        source = iter(problems)
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError, ValueError):  # not in the main thread: no signals there
            loop.add_signal_handler(signal.SIGINT, self._interrupt)
        try:
            while self._error is None and not self._interrupted:
                self._start_all(source)
                if not self._tasks and self._answers.empty():
                    break
                answers = await self._arrived()
                self._start_all(source)  # what has ended makes room at once, before it is stored
                self._store(answers)
        finally:
            await self._wind_up()
            with contextlib.suppress(NotImplementedError, ValueError):
                loop.remove_signal_handler(signal.SIGINT)
        if self._error is not None:
            raise self._error
        if self._interrupted:
            raise KeyboardInterrupt

    def unsatisfied(self) -> set[str]:
        """The problems that were begun and that a later run asks about again."""
        return self._unsatisfied | self._open.keys()

    def _interrupt(self) -> None:
        self._interrupted = True

    def _start_all(self, source: Iterator[Problem]) -> None:
        room = self.teacher.room() - self._starting
        while room > 0:
            self.progress.stopped_by = self.budget.exhausted()
            if self.progress.stopped_by is not None:
                return
            state = self._next(source)
            if state is None:
                return
            sample = state.next_sample()
            state.prompt.issued += 1
            state.prompt.in_flight += 1
            self.budget.sent += 1
            self._starting += 1
            task = asyncio.create_task(self._answer(state, sample))
            self._tasks.add(task)
            task.add_done_callback(self._ended)
            room -= 1

    def _next(self, source: Iterator[Problem]) -> _Open | None:
        """A problem that wants another sample now: an open one, else a new one while not too many are open."""
        while True:
            while self._ready:
                state = self._ready[0]
                if self.policy.more(state.prompt) > 0:
                    return state
                self._ready.popleft()
                self._close_if_finished(state)
            if len(self._open) >= max(_OPEN_PROBLEMS, 2 * (self.teacher.in_flight + self.teacher.room())):
                return None
            problem = next(source, None)
            if problem is None:
                return None
            self._ready.append(self._opened(problem))

    def _opened(self, problem: Problem) -> _Open:
        """The problem with what the ledger already holds for it."""
        state = _Open(problem, Prompt(self.format.most(problem)))
        self.progress.problems += 1
        for sample in range(state.prompt.most):
            stored = self.ledger.get(self._key(problem, sample, None))
            if stored is None or (stored[0] is not None and not is_lasting(stored[1])):
                continue  # no row, or a failure that was not the prompt's own: requested again
            state.done.add(sample)
            state.prompt.issued += 1
            self.progress.resumed += 1
            self._learn(state, *stored)
        self._open[problem.id] = state
        return state

    async def _answer(self, state: _Open, sample: int) -> None:
        """One sample: the strategy's requests in turn, each taken from the ledger if it is there."""
        self._starting -= 1
        rows: list[_Row] = []
        problem = state.problem
        if state.opening is None:
            state.opening = self.format.opening(problem)
        dialogue: Dialogue = STRATEGIES[self.format.strategy](problem.language)
        turns = next(dialogue)
        while True:
            reply, row = await self._reply(state, sample, turns)
            rows += [row] if row is not None else []
            if reply is None:
                break
            try:
                turns = dialogue.send(reply)
            except StopIteration as stop:
                if stop.value is not None:
                    rows.append(_Row(self._key(problem, sample, None), problem.id, sample, None, stop.value))
                break
        if rows and rows[-1].failure is not None:  # the sample fails with its part
            rows.append(rows[-1]._replace(key=self._key(problem, sample, None)))
        self._answers.put_nowait((state, rows))

    def _key(self, problem: Problem, sample: int, turns: Turns | None) -> str:
        return request_key(self.format.key(problem, sample, turns))

    async def _reply(self, state: _Open, sample: int, turns: Turns) -> tuple[Reply | None, _Row | None]:
        """One request of a sample, from the ledger if it has been answered before."""
        key = self._key(state.problem, sample, turns)
        stored = self.ledger.get(key)
        if stored is not None and stored[0] is None:
            return read_reply(stored[1]["raw"]), None
        outcome = await self.teacher.ask(self.format.request(state.opening, sample, turns))
        self.progress.requests += 1
        self.budget.sent += outcome.attempts - (not turns)  # the first try of a sample counts when it starts
        body: dict[str, Any] = {"seconds": round(outcome.seconds, 3), "attempts": outcome.attempts}
        if outcome.failure is not None:
            body |= {"lasting": outcome.lasting, **outcome.body}
            return None, _Row(key, state.problem.id, sample, outcome.failure, body)
        reply = read_reply(outcome.body)
        self.budget.count(reply.prompt_tokens, reply.completion_tokens)
        self.progress.tokens += reply.completion_tokens or 0
        return reply, _Row(key, state.problem.id, sample, None, body | {"raw": outcome.body})

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and self._error is None:
            self._error = task.exception()

    async def _arrived(self) -> list[_Answer]:
        """What has come by now, after a moment's wait for more of it."""
        answers: list[_Answer] = []
        with contextlib.suppress(TimeoutError):
            answers.append(await asyncio.wait_for(self._answers.get(), _TICK_S))
            await asyncio.sleep(_TICK_S / 10)
        while not self._answers.empty():
            answers.append(self._answers.get_nowait())
        return answers

    def _store(self, answers: list[_Answer]) -> None:
        """Write answers in one transaction, and only then count them."""
        self.ledger.add(row for _, rows in answers for row in rows)
        for state, rows in answers:
            state.prompt.in_flight -= 1
            if rows:
                self._learn(state, rows[-1].failure, rows[-1].body)
            if state not in self._ready:
                self._ready.append(state)
        for state, _ in answers:
            self._close_if_finished(state)

    def _learn(self, state: _Open, failure: str | None, body: Mapping[str, Any]) -> None:
        if failure is not None:
            self.progress.failures[failure] += 1
            state.prompt.to_ask_again += not is_lasting(body)
        outcome = "failed" if failure is not None else self.judge(state.problem, body)
        state.prompt.outcomes[outcome] += 1
        self.progress.outcomes[outcome] += 1
        self.policy.learn(outcome)

    def _close_if_finished(self, state: _Open) -> None:
        if self.policy.finished(state.prompt) and self._open.pop(state.problem.id, None) is not None:
            if self.policy.satisfied(state.prompt):
                self.progress.finished += 1
            else:
                self._unsatisfied.add(state.problem.id)

    async def _wind_up(self) -> None:
        """Let what is in flight finish for a while, give back the rest, store everything that came."""
        waits = isinstance(self._error, RedStarError) or (self._interrupted and self._error is None)
        end = time.monotonic() + (GRACE_S if waits else 0.0)
        while self._tasks and time.monotonic() < end:
            self._store(await self._arrived())
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        while not self._answers.empty():
            self._store(await self._arrived())
