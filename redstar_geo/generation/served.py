"""A model behind OpenAI-compatible servers: it answers an evaluation, or one person who watches."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Container, Mapping, Sequence
from typing import Any

from rich.progress import Progress

from redstar_geo.generation.address import Endpoint, ServerAddress, with_extra
from redstar_geo.generation.chat import Pixels, teacher_question, user_message
from redstar_geo.generation.client import Client, Outcome
from redstar_geo.generation.events import stream
from redstar_geo.generation.reply import Reply, read_reply
from redstar_geo.generation.request import Delta, GenerationSettings, Keep, Key, Sample, Shard
from redstar_geo.progress import console
from redstar_geo.records import Problem

_RECIPE_KEYS = (
    {name: name for name in ("model", "temperature", "top_p", "seed")}
    | {name: f"endpoint.{name}" for name in ("servers", "extra_body")}
    | {"max_tokens": "max_new_tokens"}
)


class ServedModel:
    """Answers an evaluation with a model of this name at the servers."""

    def __init__(self, model: str, settings: GenerationSettings, endpoint: Endpoint) -> None:
        self.model, self.settings, self.endpoint = model, settings, endpoint

    def answer(self, samples: Sequence[Sample], done: Container[Key], keep: Keep, shard: Shard) -> Counter[str]:
        """See `Backend.answer`."""
        share = samples[shard.rank :: shard.ranks]
        mine = [each for each in share if each.key not in done]
        return asyncio.run(self._answer(mine, keep, answered=len(mine) < len(share)))

    async def _answer(self, samples: Sequence[Sample], keep: Keep, answered: bool) -> Counter[str]:
        later, said = Counter[str](), dict[str, str]()
        async with Client(self.endpoint, _RECIPE_KEYS, answered) as client:
            await client.check(self.model)
            with Progress(console=console) as bar:
                task = bar.add_task("answering", total=len(samples))
                async for sample, outcome in client.ask_all(deque(samples), self._request):
                    bar.advance(task)
                    if outcome.final:
                        await asyncio.to_thread(keep, [(sample, _reply(outcome))])  # grading may take its time
                    else:
                        later[str(outcome.failure)] += 1
                        said[str(outcome.failure)] = outcome.body["detail"]
        for reason, words in said.items():
            console.print(f"{reason}: {words}", markup=False)
        return later

    def _request(self, sample: Sample) -> Mapping[str, Any]:
        (turn,) = sample.messages()
        message = user_message(turn["content"], sample.problem.images)
        return with_extra(request_body(self.model, [message], self.settings, sample.number), self.endpoint.extra_body)


class ServedStream:
    """Answers in the app with a model of this name at one server."""

    def __init__(self, model: str, server: ServerAddress) -> None:
        server.headers()  # a missing key is said now
        self.model, self.name, self.server = model, model, server

    async def stream(self, problem: Problem, settings: GenerationSettings) -> AsyncIterator[Delta]:
        """See `Streaming.stream`."""
        message = await asyncio.to_thread(user_message, teacher_question(problem), problem.images, Pixels())
        async for delta in stream(self.server, request_body(self.model, [message], settings)):
            yield delta


def request_body(
    model: str, messages: Sequence[Mapping[str, Any]], settings: GenerationSettings, sample: int = 0
) -> dict[str, Any]:
    """A chat completion's request; samples of one prompt differ by their seeds."""
    return {
        "model": model,
        "messages": messages,
        "max_tokens": settings.max_new_tokens,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "seed": settings.seed + sample,
    }


def _reply(outcome: Outcome) -> Reply:
    if outcome.failure is not None:
        return Reply.failed(outcome.failure, outcome.seconds, outcome.body["detail"])
    return read_reply(outcome.body, outcome.seconds)
