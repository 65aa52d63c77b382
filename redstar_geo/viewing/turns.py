"""Which of the things that a visitor asks for may write on the page: the last.

The page numbers them as they are asked for, since the network and the queue may bring them in any order. What is at
work for an earlier one ends at once, and a later one writes when its last page has been sent, which may take a while.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import Any

import gradio as gr

from redstar_geo.viewing.wiring import private

AT_ONCE = 8  # of one kind, of all visitors; the others wait in the queue
_MOST_SESSIONS = 1_000  # the last are remembered
_NEXT = "(_, ...rest) => [window.turn = (window.turn || 0) + 1, ...rest]"


class Turns:
    """The turns of every visitor on one part of the page, which is being built."""

    def __init__(self) -> None:
        self._number = gr.Number(0, visible=False)
        self._first: dict[str, int] = {}  # session → the first turn that is not over
        self._at_work: dict[tuple[str, int], asyncio.Future[Any]] = {}
        self._begun: dict[tuple[str, int], asyncio.Event] = {}  # set when its last page has been sent

    def take(
        self, event: Callable[..., Any], fn: Callable[..., Any], inputs: list[Any], outputs: list[Any], **more: Any
    ) -> None:
        """Wire an event that begins a turn.

        Args:
            fn: takes the inputs and the request; yields or returns values of the outputs.
        """

        several = inspect.isasyncgenfunction(fn)

        async def turn(request: gr.Request, number: float, *values: Any) -> AsyncIterator[Any]:
            asked = fn(*values, request)
            pages = asked if several else _once(asked)
            async for page in self.follow(str(request.session_hash), int(number or 0), pages):
                yield page

        private(event, turn, [self._number, *inputs], outputs, js=_NEXT, concurrency_limit=AT_ONCE, **more)

    def empty_at(self, event: Callable[..., Any], pieces: Sequence[gr.HTML]) -> None:
        """Wire an event after which nothing that was asked for before counts, and these pieces are empty."""

        async def nothing(_: gr.Request) -> list[str]:
            return [""] * len(pieces)

        self.take(event, nothing, [], list(pieces), show_progress="hidden")

    def end(self, session: str, number: int) -> None:
        """End the turns up to this number, whether they are at work, still in the queue or on their way."""
        self._first[session] = max(number + 1, self._first.pop(session, 0))
        if len(self._first) > _MOST_SESSIONS:
            del self._first[next(iter(self._first))]
        for (whose, turn), work in self._at_work.items():
            if whose == session and turn <= number:
                work.cancel()

    async def follow(self, session: str, number: int, pages: AsyncGenerator[Any, None]) -> AsyncIterator[Any]:
        """The pages of a turn until it is over, after the last page of those before it, which end."""
        self.end(session, number - 1)
        earlier = [sent for (whose, turn), sent in self._begun.items() if whose == session and turn < number]
        sent = self._begun[session, number] = asyncio.Event()
        try:
            await asyncio.gather(*(each.wait() for each in earlier))
            while number >= self._first.get(session, 0):
                work = self._at_work[session, number] = asyncio.ensure_future(anext(pages))
                page: Any = (await asyncio.gather(work, return_exceptions=True))[0]
                if isinstance(page, StopAsyncIteration | asyncio.CancelledError):
                    break
                if isinstance(page, BaseException):
                    raise page
                if number >= self._first.get(session, 0):
                    yield page
        finally:
            self._at_work.pop((session, number), None)
            self._begun.pop((session, number), None)
            sent.set()
            await pages.aclose()
        if number < self._first.get(session, 0):
            yield gr.skip()  # Gradio sends the last values once more in the end, which would be late


async def _once(answer: Any) -> AsyncGenerator[Any, None]:
    yield await answer
