"""A question that is being answered ends, whatever the one who answers does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from redstar_geo.generation.request import Delta, GenerationSettings
from redstar_geo.records import Problem
from redstar_geo.viewing.asking import RunningQuestion
from redstar_geo.viewing.live_reply import LONGEST, LiveReply
from redstar_geo.workers import Workers
from tests.train.small import problem


class Answers:
    name = "test"

    def __init__(self, delta: Delta, error: Exception | None = None) -> None:
        self.delta, self.error = delta, error

    async def stream(self, problem: Problem, settings: GenerationSettings) -> AsyncIterator[Delta]:
        yield self.delta
        if self.error is not None:
            raise self.error


def answered(by: Answers) -> LiveReply:
    async def follow() -> LiveReply:
        asked = RunningQuestion([by], replace(problem(1), answer=""), GenerationSettings(9), Workers(1))
        async with asyncio.timeout(60):
            async for _ in asked.follow():
                pass
        return asked.replies[0]

    return asyncio.run(follow())


@pytest.mark.parametrize("error", [RecursionError(), TypeError("odd"), KeyError(1)])
def test_an_error_that_nobody_foresaw_ends_the_answer(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    reply = answered(Answers(Delta("hello"), error))
    assert (reply.state, reply.content) == ("failed", "hello") and reply.failure
    assert type(error).__name__ in caplog.text


@pytest.mark.parametrize("delta", [Delta("x" * 10 * LONGEST), Delta(reasoning="x" * 10 * LONGEST)])
def test_an_answer_in_one_piece_is_truncated_too(delta: Delta) -> None:
    reply = answered(Answers(delta))
    assert len(reply.content) + len(reply.reasoning) == LONGEST and reply.finish_reason == "length"
