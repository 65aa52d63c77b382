"""What the pages of all visitors share: who can answer, proofs, the run, limits, and the questions that are running."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import gradio as gr

from redstar_geo.errors import InputError
from redstar_geo.generation.request import GenerationSettings, Streaming
from redstar_geo.geometry.claims import judge
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.records import Problem
from redstar_geo.viewing.asking import RunningQuestion
from redstar_geo.viewing.formal_answers import Proofs
from redstar_geo.viewing.judged import asserted, steps_panel
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.permalink import builtin_problem
from redstar_geo.viewing.rate import RateLimit
from redstar_geo.viewing.runs import Runs
from redstar_geo.viewing.words import Words, words

MOST_SAMPLES, MOST_TOKENS = 8, 32_768
_QUESTIONS_A_MINUTE, _QUESTIONS_AT_ONCE = 30.0, 20


class Service:
    """One for the whole server.

    Args:
        answerers: by the name that is shown; the first is asked unless another is chosen.
        proofs: of built-in and FormalGeo problems.
        runs: what is browsed, if there is anything; problems are taken from the first.
    """

    def __init__(self, answerers: Sequence[Streaming], proofs: Proofs, runs: Runs | None) -> None:
        self.answerers = {each.name: each for each in answerers}
        self.proofs, self.runs = proofs, runs
        self.limit = RateLimit(_QUESTIONS_A_MINUTE, _QUESTIONS_AT_ONCE)
        self._running: dict[str, RunningQuestion] = {}

    async def ask(
        self, request: gr.Request, names: Sequence[str], problem: Problem, settings: GenerationSettings, samples: int
    ) -> AsyncIterator[list[LiveReply]]:
        """The replies as they grow; a visitor's earlier question is stopped.

        Raises:
            InputError: too many questions in a short time, or nobody of that name.
        """
        if not self.limit.allows(request.client.host if request.client else "unknown"):
            raise InputError(words_of(request)["too_fast"])
        unknown = [name for name in names if name not in self.answerers]
        if unknown:
            raise InputError(f"Nobody here is called {unknown[0]!r}. Choose one of: {', '.join(self.answerers)}.")
        session = str(request.session_hash)
        await self.stop(session)
        tokens = min(MOST_TOKENS, max(1, settings.max_new_tokens))
        settings = GenerationSettings(tokens, min(2.0, max(0.0, settings.temperature)))
        samples = min(MOST_SAMPLES, max(1, samples))
        question = RunningQuestion([self.answerers[name] for name in names], problem, settings, samples)
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

    async def judged(self, problem: Problem, reply: LiveReply, words: Words) -> str:
        """The panel of judged steps; a sentence where no proof of the problem is known."""
        text = "\n".join(reply.parts()).strip()
        if not text:
            return ""
        try:
            facts = await asyncio.to_thread(self.proofs.facts, problem)
        except ReplayError as error:
            return f'<p class="note">{words["no_proof"]} ({error.reason}).</p>'
        claims = asserted(await asyncio.to_thread(judge, text, facts))
        return steps_panel(text, claims, facts, words)

    def problem(self, name: str) -> Problem:
        """A built-in problem or one of the run by its id.

        Raises:
            InputError: there is none.
        """
        problem = builtin_problem(name) or (self.runs.first.problem(name) if self.runs else None)
        if problem is None:
            raise InputError(f"There is no problem {name[:100]!r} here.")
        return problem


def words_of(request: gr.Request) -> Words:
    """The words in the language that the browser prefers."""
    return words(request.headers.get("accept-language"))
