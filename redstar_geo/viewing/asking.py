"""One question being answered: several samples at once, each with its verdict, and all of it can be stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import count

from redstar_geo.answer import verify
from redstar_geo.answer.extract import after_thoughts, declared
from redstar_geo.errors import RedStarError
from redstar_geo.grading import grade
from redstar_geo.records import Problem
from redstar_geo.viewing.attempt import Answerer, Attempt, Settings

_PAUSE_S = 0.1  # between two pictures of a growing answer
_LONGEST = 400_000  # characters of one answer; whoever says more is cut off


class Asking:
    """The attempts at one problem. `follow` drives them; `stop` ends them upstream, from any task of the same loop."""

    def __init__(self, answerers: list[Answerer], problem: Problem, settings: Settings, samples: int = 1) -> None:
        self.problem, self.settings = problem, settings
        self.attempts = [Attempt(each.name, sample) for each in answerers for sample in range(samples)]
        self._who = [each for each in answerers for _ in range(samples)]
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def follow(self) -> AsyncIterator[list[Attempt]]:
        """The attempts whenever they have grown, at most ten times a second; the last time when all have ended."""
        pairs = zip(self._who, self.attempts, strict=True)
        self._tasks = [asyncio.create_task(self._fill(who, attempt)) for who, attempt in pairs]
        try:
            while any(attempt.state == "running" for attempt in self.attempts):
                await self._changed.wait()
                self._changed.clear()
                yield self.attempts
                await asyncio.sleep(_PAUSE_S)
            yield self.attempts
        finally:
            await self.stop()

    async def stop(self) -> None:
        """Cancel what still runs and wait until it has let go of the model or the connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for attempt in self.attempts:  # of tasks that were cancelled before their first step
            if attempt.state == "running":
                attempt.end("stopped")

    async def _fill(self, who: Answerer, attempt: Attempt) -> None:
        try:
            async with aclosing(who.stream(self.problem, self.settings, attempt.sample)) as deltas:  # type: ignore[type-var]
                async for delta in deltas:
                    attempt.take(delta)
                    self._changed.set()
                    if len(attempt.content) + len(attempt.thought) > _LONGEST:
                        attempt.finish_reason = "length"
                        break
            if self.problem.answer:
                attempt.verdict = await asyncio.to_thread(grade, self.problem, attempt.trace(self.problem))
            attempt.end("done")
        except RedStarError as error:
            attempt.end("failed", str(error))
        except asyncio.CancelledError:
            attempt.end("stopped")
            raise
        finally:
            self._changed.set()


def majority(attempts: list[Attempt], choices: tuple[str, ...]) -> tuple[str, int] | None:
    """The answer that most samples declare, in whatever form, and how many do; the first of equals."""
    votes: dict[str, int] = {}
    for attempt in attempts:
        said = declared(after_thoughts(attempt.parts()[1]))
        if attempt.state != "done" or not said:
            continue
        answer = said[0].text
        known = next((other for other in votes if verify(other, answer, choices=choices).status == "correct"), answer)
        votes[known] = votes.get(known, 0) + 1
    order = count(0, -1)
    return max(votes.items(), key=lambda vote: (vote[1], next(order)), default=None)
