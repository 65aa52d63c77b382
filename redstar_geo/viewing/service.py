"""What the pages of all visitors share: who can answer, proofs, the run, limits, and the questions that are running."""

from __future__ import annotations

import asyncio
import html
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import NamedTuple

import gradio as gr

from redstar_geo.answer import verify
from redstar_geo.errors import InputError, RedStarError
from redstar_geo.generation.request import GenerationSettings, Streaming
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.records import Problem
from redstar_geo.report import names
from redstar_geo.viewing.asking import RunningQuestion, majority
from redstar_geo.viewing.embedded import EmbeddedModel
from redstar_geo.viewing.formal_answers import FormalAnswers, Proofs
from redstar_geo.viewing.judged import asserted, steps_panel, told, whole
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.permalink import OWN, builtin_problem
from redstar_geo.viewing.rate import RateLimit, visitor
from redstar_geo.viewing.reading import Read, WorkedOut, read
from redstar_geo.viewing.runs import Runs
from redstar_geo.viewing.words import Words, words
from redstar_geo.workers import GaveUp

MOST_SAMPLES, MOST_TOKENS = 8, 32_768
_REPLIES_A_MINUTE, _REPLIES_AT_ONCE = 30.0, 24


class Steps(NamedTuple):
    """A reply's text for the page, and how many statements of it are true, false, not proven, taken back, if judged."""

    page: str
    counts: Mapping[str, int] | None = None


class Service:
    """One for the whole server.

    Args:
        answerers: by the name that is shown; the first is asked unless another is chosen.
        proofs: of built-in and FormalGeo problems.
        runs: what is browsed, if there is anything; problems are taken from the first.
        own_servers: whether visitors may have a server of their own asked, by its address.
    """

    def __init__(
        self, answerers: Sequence[Streaming], proofs: Proofs, runs: Runs | None, *, own_servers: bool = False
    ) -> None:
        self.own_servers = own_servers
        self.answerers = {each.name: each for each in answerers}
        self.proofs, self.runs = proofs, runs
        self.workers = proofs.workers
        self.limit = RateLimit(_REPLIES_A_MINUTE, _REPLIES_AT_ONCE)
        self._running: dict[str, RunningQuestion] = {}

    def admit(self, request: gr.Request, replies: int = 1) -> None:
        """Count so many replies, before anything is done for them.

        Raises:
            InputError: the visitor's address had too many in a short time.
        """
        who = visitor(request.client.host if request.client else None)
        if not self.limit.allows(who, _samples(replies)):
            raise InputError(words_of(request)["too_fast"])

    def named(self, name: str) -> Streaming:
        """Who is called so.

        Raises:
            InputError: nobody.
        """
        if name not in self.answerers:
            raise InputError(f"Nobody here is called {name[:100]!r}. Choose one of: {', '.join(self.answerers)}.")
        return self.answerers[name]

    def answering(self, name: str, problem: Problem) -> Streaming:
        """Who is called so; a question of one's own has no known proof, so that it is worked out instead.

        Raises:
            InputError: nobody.
        """
        answerer = self.named(name)
        own = problem.source == OWN and isinstance(answerer, FormalAnswers)
        return self.answerers.get(WorkedOut.name, answerer) if own else answerer

    async def warm(self) -> None:
        """Have the processes for proofs started, and the model that ships read, before either is asked."""
        await self.proofs.warm()
        for each in self.answerers.values():
            if isinstance(each, EmbeddedModel):
                each.load()

    async def ask(
        self,
        request: gr.Request,
        answerers: Sequence[Streaming],
        problem: Problem,
        settings: GenerationSettings,
        samples: int,
    ) -> AsyncGenerator[list[LiveReply], None]:
        """The replies as they grow, of a question that was let in (`admit`); a visitor's earlier one is stopped."""
        session = str(request.session_hash)
        await self.stop(session)
        tokens = min(MOST_TOKENS, max(1, settings.max_new_tokens))
        settings = GenerationSettings(tokens, min(2.0, max(0.0, settings.temperature)))
        question = RunningQuestion(list(answerers), problem, settings, self.workers, _samples(samples))
        self._running[session] = question
        try:
            async for replies in question.follow():
                yield replies
        finally:
            if self._running.get(session) is question:
                del self._running[session]

    async def stop(self, session: str) -> None:
        """End what this visitor's question still runs, upstream too."""
        question = self._running.pop(session, None)
        if question is not None:
            await question.stop()

    async def stop_of(self, request: gr.Request) -> None:
        """`stop` for the visitor who sends the request."""
        await self.stop(str(request.session_hash))

    async def read(self, problem: Problem, lines: Sequence[str] | None, reply: LiveReply, words: Words) -> Read | None:
        """What is read of a question and what that says of a reply; None when it could not be worked out in time.

        Args:
            lines: the statements as the visitor has them; None for those that are read.
        """
        answer = "" if reply.name == WorkedOut.name or reply.state != "done" else "\n".join(reply.parts()).strip()
        try:
            return await self.workers.run(read, problem.question, lines, answer, reply.finish_reason, words["code"])
        except GaveUp:
            return None

    async def judged(self, problem: Problem, reply: LiveReply, words: Words) -> Steps:
        """The whole text of a reply with its judged steps; with a sentence where no proof of the problem is known."""
        parts = reply.parts()
        text = whole(parts)
        if not text:
            return Steps("")
        try:
            judged, figures, steps = await self.proofs.judged(problem, text, words["code"])
        except ReplayError as error:
            said = html.escape(names.no_proof(error.reason, words["code"]))
            return Steps(await asyncio.to_thread(told, parts, words) + f'<p class="note">{said}</p>')
        except RedStarError as error:
            said = f"{words['not_judged']}: {html.escape(str(error))}"
            return Steps(await asyncio.to_thread(told, parts, words) + f'<p class="note">{said}</p>')
        claims = asserted(judged)
        counts = Counter(decision.status for _, decision in claims)
        page = await asyncio.to_thread(steps_panel, parts, claims, figures, words, steps)
        rest = f'<p class="note">{words["checked_in_part"]}</p>' if judged.cut else ""
        return Steps(page + rest, counts)

    async def majority(self, replies: Sequence[LiveReply], problem: Problem) -> tuple[str, int] | None:
        """See `majority`; None also when it could not be worked out in time."""
        try:
            return await self.workers.run(majority, replies, problem.choices)
        except GaveUp:
            return None

    async def alike(self, answers: Sequence[str | None], problem: Problem) -> bool:
        """Whether two answers say the same, in whatever form; False also when it could not be worked out in time."""
        first, second = answers
        if first is None or second is None:
            return False
        try:
            return (await self.workers.run(verify, first, second, problem.choices or None)).status == "correct"
        except GaveUp:
            return False

    def problem(self, name: str) -> Problem:
        """A built-in problem or one of the run by its id.

        Raises:
            InputError: there is none.
        """
        problem = builtin_problem(name) or (self.runs.first.problem(name) if self.runs else None)
        if problem is None:
            raise InputError(f"There is no problem {name[:100]!r} here.")
        return problem


def _samples(asked: int) -> int:
    return min(MOST_SAMPLES, max(1, asked))


def words_of(request: gr.Request) -> Words:
    """The words in the language that the browser prefers."""
    return words(request.headers.get("accept-language"))
