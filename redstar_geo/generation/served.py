"""Models behind OpenAI-compatible servers, asked through the teacher's client."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Container, Mapping, Sequence
from typing import Any

from pydantic import Field
from rich.progress import Progress

from redstar_geo.generation.client import Endpoints, Outcome, Server
from redstar_geo.generation.pacing import Pace
from redstar_geo.generation.reply import read_reply
from redstar_geo.generation.request import Answer, Generation, Keep, Key, Sample, Shard, chat_messages
from redstar_geo.progress import console
from redstar_geo.recipe import Section

_TICK_S = 0.05


class Address(Section):
    """An OpenAI-compatible server: base URL up to `/v1`, and the environment variable that holds its key."""

    url: str
    weight: float = Field(default=1.0, gt=0)
    key_env: str | None = None
    start: int = Field(default=32, gt=0)
    most: int = Field(default=512, gt=0)


class Endpoint(Section):
    """Where a model is served, and how patiently it is asked. `extra_body` goes into each request as it is."""

    servers: list[Address] = Field(min_length=1)
    extra_body: dict[str, Any] = Field(default_factory=dict)
    deadline_s: float = Field(default=900.0, gt=0)
    attempts: int = Field(default=8, gt=0)
    give_up_s: float = Field(default=600.0, gt=0)

    def opened(self) -> Endpoints:
        """The client; use it as an async context manager."""
        servers = [Server(s.url.rstrip("/"), s.weight, s.key_env, Pace(s.start, s.most)) for s in self.servers]
        return Endpoints(servers, self.deadline_s, self.attempts, self.give_up_s)


class ServedModel:
    """Answers with a model of this name at the servers."""

    def __init__(self, model: str, generation: Generation, endpoint: Endpoint) -> None:
        self.model, self.generation, self.endpoint = model, generation, endpoint

    def answer(self, samples: Sequence[Sample], done: Container[Key], keep: Keep, shard: Shard) -> Counter[str]:
        """See `Backend.answer`."""
        mine = [each for each in samples[shard.rank :: shard.ranks] if each.key not in done]
        return asyncio.run(self._answer(mine, keep))

    async def _answer(self, samples: Sequence[Sample], keep: Keep) -> Counter[str]:
        later = Counter[str]()
        async with self.endpoint.opened() as servers:
            await servers.check(self.model)
            with Progress(console=console) as bar:
                task = bar.add_task("answering", total=len(samples))
                async for sample, outcome in asked(servers, deque(samples), self._request):
                    bar.advance(task)
                    if outcome.failure is None or outcome.lasting:
                        await asyncio.to_thread(keep, [(sample, _answer(outcome))])  # judging may take its time
                    else:
                        later[outcome.failure] += 1
        return later

    def _request(self, sample: Sample) -> Mapping[str, Any]:
        wanted = self.generation
        return {
            "model": self.model,
            "messages": chat_messages(sample),
            "max_tokens": wanted.max_new_tokens,
            "temperature": wanted.temperature,
            "top_p": wanted.top_p,
            "seed": wanted.seed + sample.number,
            **self.endpoint.extra_body,
        }


async def asked(servers: Endpoints, waiting: deque[Any], request: Any) -> Any:
    """Every one of `waiting` with its `Outcome`, as they come; as many at work at once as the servers have room for.

    Args:
        waiting: what is asked; emptied.
        request: one of them → the body of its request.

    Raises:
        InputError, RedStarError: as `Endpoints.ask`, once all that had come is given out.
    """

    async def one(item: Any) -> tuple[Any, Outcome]:
        return item, await servers.ask(request(item))

    tasks: set[asyncio.Task[tuple[Any, Outcome]]] = set()
    try:
        while waiting or tasks:
            tasks |= {asyncio.create_task(one(waiting.popleft())) for _ in range(min(servers.room(), len(waiting)))}
            if not tasks:
                await asyncio.sleep(_TICK_S)  # all are resting
                continue
            ended, tasks = await asyncio.wait(tasks, timeout=_TICK_S, return_when=asyncio.FIRST_COMPLETED)
            for task in sorted(ended, key=lambda task: task.exception() is not None):
                yield task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _answer(outcome: Outcome) -> Answer:
    if outcome.failure is not None:
        return Answer("", "failed", 0, outcome.seconds, outcome.failure)
    reply = read_reply(outcome.body)
    text = f"<think>\n{reply.reasoning}\n</think>\n{reply.response}" if reply.reasoning else reply.response
    return Answer(text, reply.finish_reason, reply.completion_tokens, outcome.seconds)
