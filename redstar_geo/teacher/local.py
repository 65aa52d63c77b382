"""A transformers model in this process as a teacher, which answers requests of like lengths as one batch."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from redstar_geo.generation.chat import plain_messages
from redstar_geo.generation.client import Outcome
from redstar_geo.generation.local import LocalModel
from redstar_geo.generation.reply import Reply
from redstar_geo.generation.request import GenerationSettings

_COLLECT_S = 0.02


@dataclass(eq=False)
class _Waiting:
    request: Mapping[str, Any]
    outcome: asyncio.Future[Outcome]
    started: float = field(default_factory=time.monotonic)


class LocalTeacher:
    """Answers chat requests with a model on this machine; use it as an async context manager.

    Args:
        model: hub id or folder.
        batch_size: how many requests are answered at once.
        dtype: of the weights.

    Raises:
        InputError: the model cannot be loaded.
    """

    def __init__(self, model: str, batch_size: int, dtype: str) -> None:
        self.local, self.batch_size = LocalModel(model, dtype), batch_size
        self.in_flight = 0
        self._waiting: list[_Waiting] = []

    async def __aenter__(self) -> LocalTeacher:
        self._task = asyncio.create_task(self._serve())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def room(self) -> int:
        """Two batches: one at work, one being collected."""
        return max(0, 2 * self.batch_size - self.in_flight)

    async def ask(self, request: Mapping[str, Any]) -> Outcome:
        """The reply, once its batch is done.

        Raises:
            RuntimeError: the model failed.
        """
        self.in_flight += 1
        try:
            waiting = _Waiting(request, asyncio.get_running_loop().create_future())
            self._waiting.append(waiting)
            return await waiting.outcome
        finally:
            self.in_flight -= 1

    async def _serve(self) -> None:
        while True:
            await asyncio.sleep(_COLLECT_S)
            if not self._waiting:
                continue
            self._waiting.sort(key=lambda one: len(str(one.request["messages"][-1]["content"])))
            batch, self._waiting = self._waiting[: self.batch_size], self._waiting[self.batch_size :]
            try:
                replies = await asyncio.to_thread(self._complete, [one.request for one in batch])
            except (RuntimeError, ValueError) as error:
                for one in batch:
                    one.outcome.set_exception(error)
                continue
            for one, reply in zip(batch, replies, strict=True):
                if not one.outcome.done():
                    one.outcome.set_result(Outcome(_body(reply), None, False, time.monotonic() - one.started, 1))

    def _complete(self, requests: Sequence[Mapping[str, Any]]) -> list[Reply]:
        """One batch of chat completions; all have the same parameters."""
        first = requests[0]
        settings = GenerationSettings(
            max_new_tokens=int(first["max_tokens"]),
            temperature=float(first.get("temperature") or 0.0),
            top_p=float(first.get("top_p") or 1.0),
            seed=int(first["seed"]),
            stop=tuple(first.get("stop") or ()),
        )
        prompts = [self.local.encode(str(at), *plain_messages(one["messages"])) for at, one in enumerate(requests)]
        return self.local.complete(prompts, settings)


def _body(reply: Reply) -> dict[str, Any]:
    """The reply in the form of a server's response, which the ledger keeps."""
    return {
        "choices": [{"message": {"role": "assistant", "content": reply.text}, "finish_reason": reply.finish_reason}],
        "usage": {"prompt_tokens": reply.prompt_tokens, "completion_tokens": reply.completion_tokens},
    }
