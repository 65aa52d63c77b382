"""Of what a visitor asks for only the last counts, in whatever order it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import gradio as gr
import pytest

from redstar_geo.viewing.turns import Turns

NOTHING = gr.skip()


class Work:
    """Pages of a turn; after the first it works until it is let go on. `closed` when it has ended in whatever way."""

    def __init__(self, name: str) -> None:
        self.name, self.go_on, self.closed = name, asyncio.Event(), False

    async def pages(self) -> AsyncGenerator[str, None]:
        try:
            yield f"{self.name} begins"
            await self.go_on.wait()
            yield f"{self.name} ends"
        finally:
            self.closed = True


def run(story: Callable[[Turns], Any]) -> Any:
    with gr.Blocks():
        turns = Turns()
    return asyncio.run(story(turns))


async def rest(pages: AsyncIterator[Any]) -> list[Any]:
    return [page async for page in pages]


@pytest.mark.parametrize("session", ["same", "other"])
def test_a_later_turn_ends_the_work_of_the_earlier_one_and_of_nobody_else(session: str) -> None:
    async def story(turns: Turns) -> None:
        first, second = Work("first"), Work("second")
        begun = turns.follow("same", 1, first.pages())
        assert await anext(begun) == "first begins"
        working = asyncio.ensure_future(rest(begun))
        await asyncio.sleep(0)
        later = turns.follow(session, 2, second.pages())
        assert await anext(later) == "second begins"
        if session == "other":
            first.go_on.set()
        ended = [NOTHING] if session == "same" else ["first ends"]
        assert await working == ended and first.closed  # without being let go on, in the one case
        second.go_on.set()
        assert await rest(later) == ["second ends"]

    run(story)


def test_a_later_turn_writes_when_the_last_page_of_the_earlier_one_has_been_sent() -> None:
    async def story(turns: Turns) -> None:
        second = Work("second")
        earlier = turns.follow("s", 1, Work("first").pages())
        assert await anext(earlier) == "first begins"  # which is being sent until the next is asked for
        later = asyncio.ensure_future(anext(turns.follow("s", 2, second.pages())))  # type: ignore[arg-type]
        others = turns.follow("another", 1, Work("theirs").pages())
        assert await anext(others) == "theirs begins"
        for _ in range(10):
            await asyncio.sleep(0)
        assert not later.done()
        assert await rest(earlier) == [NOTHING]
        assert await later == "second begins"

    run(story)


def test_an_earlier_turn_whose_visitor_is_gone_is_not_waited_for() -> None:
    async def story(turns: Turns) -> None:
        earlier = turns.follow("s", 1, Work("first").pages())
        assert await anext(earlier) == "first begins"
        del earlier
        assert await anext(turns.follow("s", 2, Work("second").pages())) == "second begins"

    run(story)


def test_a_turn_that_comes_late_writes_nothing() -> None:
    async def story(turns: Turns) -> None:
        second, first = Work("second"), Work("first")
        later = turns.follow("s", 2, second.pages())
        assert await anext(later) == "second begins"
        assert await rest(turns.follow("s", 1, first.pages())) == [NOTHING]
        second.go_on.set()
        assert await rest(later) == ["second ends"]

    run(story)


def test_what_is_ended_before_it_has_come_never_begins_and_the_next_does() -> None:
    async def story(turns: Turns) -> None:
        turns.end("s", 3)
        assert await rest(turns.follow("s", 3, Work("third").pages())) == [NOTHING]
        fourth = Work("fourth")
        fourth.go_on.set()
        assert await rest(turns.follow("s", 4, fourth.pages())) == ["fourth begins", "fourth ends"]
        turns.end("s", 2)  # which comes late
        assert len(await rest(turns.follow("s", 4, fourth.pages()))) == 2

    run(story)


def test_a_turn_that_is_over_while_its_page_is_sent_goes_no_further() -> None:
    async def story(turns: Turns) -> None:
        work = Work("first")
        work.go_on.set()
        begun = turns.follow("s", 1, work.pages())
        assert await anext(begun) == "first begins"
        turns.end("s", 1)
        assert await rest(begun) == [NOTHING] and work.closed

    run(story)


def test_an_error_of_the_work_is_told_and_the_work_closed() -> None:
    async def fails() -> AsyncGenerator[str, None]:
        yield "begins"
        raise ValueError("odd")

    async def story(turns: Turns) -> None:
        begun = turns.follow("s", 1, fails())
        assert await anext(begun) == "begins"
        with pytest.raises(ValueError, match="odd"):
            await anext(begun)

    run(story)


def test_who_goes_away_takes_the_work_along() -> None:
    async def story(turns: Turns) -> None:
        work = Work("first")
        begun = turns.follow("s", 1, work.pages())
        assert await anext(begun) == "first begins"
        going = asyncio.ensure_future(rest(begun))
        await asyncio.sleep(0)
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going
        assert work.closed

    run(story)
