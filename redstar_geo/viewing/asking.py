"""One question being answered: several samples at once, each with its verdict, and all of it can be stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from redstar_geo.answer import verify
from redstar_geo.answer.extract import after_thoughts, declared
from redstar_geo.errors import RedStarError
from redstar_geo.generation.request import GenerationSettings, Streaming
from redstar_geo.grading import grade
from redstar_geo.records import Problem, Verdict
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.workers import GaveUp, Workers

_PAUSE_S = 0.1  # between two updates of a growing answer
_LOG = logging.getLogger(__name__)


class RunningQuestion:
    """The replies at one problem. `follow` drives them; `stop` ends them upstream, from any task of the same loop."""

    def __init__(
        self,
        answerers: list[Streaming],
        problem: Problem,
        settings: GenerationSettings,
        workers: Workers,
        samples: int = 1,
    ) -> None:
        self.problem, self.settings, self._workers = problem, settings, workers
        self.replies = [LiveReply(each.name, sample) for each in answerers for sample in range(samples)]
        self._who = [each for each in answerers for _ in range(samples)]
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def follow(self) -> AsyncIterator[list[LiveReply]]:
        """The replies at once and whenever they have grown, at most ten times a second, to when all have ended."""
        pairs = zip(self._who, self.replies, strict=True)
        self._tasks = [asyncio.create_task(self._fill(who, reply)) for who, reply in pairs]
        try:
            yield self.replies  # who is silent for long can be stopped too
            while any(reply.state == "running" for reply in self.replies):
                await self._changed.wait()
                self._changed.clear()
                yield self.replies
                await asyncio.sleep(_PAUSE_S)
            yield self.replies
        finally:
            await self.stop()

    async def stop(self) -> None:
        """Cancel what still runs and wait until it has let go of the model or the connection."""
        for task in self._tasks:
            task.cancel()
        for ended in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                _LOG.error("An answer ended by an error that nobody foresaw", exc_info=ended)
        for reply in self.replies:  # of tasks that were cancelled before their first step
            if reply.state == "running":
                reply.end("stopped")

    async def _fill(self, who: Streaming, reply: LiveReply) -> None:
        try:
            async with aclosing(who.stream(self.problem, replace(self.settings, seed=reply.sample))) as deltas:  # type: ignore[type-var]
                async for delta in deltas:
                    reply.take(delta)
                    self._changed.set()
                    if reply.full:
                        break
            if self.problem.answer:
                reply.verdict = await self._graded(reply)
            reply.end("done")
        except RedStarError as error:
            reply.end("failed", str(error))
        except asyncio.CancelledError:
            reply.end("stopped")
            raise
        finally:
            if reply.state == "running":  # an error that nobody foresaw: without an end it would be waited for for ever
                reply.end("failed", "The app failed at this answer.")
            self._changed.set()

    async def _graded(self, reply: LiveReply) -> Verdict:
        trace = reply.trace(self.problem)
        if self.problem.answer_kind == "tests":  # run in a sandbox, which has limits of its own
            return await asyncio.to_thread(grade, self.problem, trace)
        try:
            return await self._workers.run(grade, self.problem, trace)
        except GaveUp as gave_up:
            return Verdict("undecided", gave_up.reason)


def majority(replies: Sequence[LiveReply], choices: tuple[str, ...]) -> tuple[str, int] | None:
    """The answer that most samples declare, in whatever form, and how many do; the first of equals."""
    votes: dict[str, int] = {}
    for reply in replies:
        answers = declared(after_thoughts(reply.parts()[1]))
        if reply.state != "done" or not answers:
            continue
        answer = answers[0].text
        known = next((other for other in votes if verify(other, answer, choices=choices).status == "correct"), answer)
        votes[known] = votes.get(known, 0) + 1
    return max(votes.items(), key=lambda vote: vote[1], default=None)
