"""Streams as real servers send them, into the app: every word is shown, and what went wrong is said."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from redstar_geo.generation.address import ServerAddress
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.generation.served import ServedStream
from redstar_geo.viewing.asking import RunningQuestion
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.workers import Workers
from tests.servers.scripted import refusal, scripted
from tests.train.small import problem

WORKERS = Workers(1)
DONE = "data: [DONE]\n\n"


def chunk(delta: Any, finish_reason: str | None = None, **extra: Any) -> str:
    return event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}], **extra})


def event(body: Any) -> str:
    return f"data: {json.dumps(body)}\n\n"


ANSWER = chunk({"content": "\\boxed{10}"}, "stop")
THOUGHT = [{"type": "thinking", "thinking": [{"type": "text", "text": "why"}]}]


def live(answer: Any) -> LiveReply:
    async def follow(url: str) -> LiveReply:
        asked = RunningQuestion([ServedStream("m", ServerAddress(url=url))], problem(1), GenerationSettings(9), WORKERS)
        async for _ in asked.follow():
            pass
        return asked.replies[0]

    with scripted(lambda *_: answer) as server:
        return asyncio.run(follow(server.url))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            chunk({"content": "<think>wh"}) + chunk({"content": "y</think>\\boxed{10}"}) + chunk({}, "stop") + DONE,
            "why",
        ),
        (chunk({"reasoning_content": "why", "content": None}) + ANSWER + DONE, "why"),
        (chunk({"reasoning_details": [{"type": "reasoning.text", "text": "why"}]}) + ANSWER, "why"),
        (chunk({"content": THOUGHT}) + chunk({"content": [{"type": "text", "text": "\\boxed{10}"}]}, "stop"), "why"),
        (chunk({"content": "◁think▷why◁/think▷"}) + ANSWER + DONE, "why"),
        (": PROCESSING\n\n" + ANSWER.replace("data: ", "data:") + DONE, ""),
        ((ANSWER + DONE).replace("\n", "\r\n"), ""),
        (chunk({"content": "\\boxed{10}"}) + DONE, ""),
        (event({"choices": [{"message": {"content": "\\boxed{10}"}, "finish_reason": "stop"}]}), ""),
        (json.dumps({"choices": [{"message": {"content": "\\boxed{10}"}, "finish_reason": "stop"}]}), ""),
        (chunk({"content": "\\boxed{10}", "padding": "y" * (1 << 21)}, "stop") + DONE, ""),
        (
            event({"choices": [{"delta": None}]}) + ANSWER + event({"usage": {"total_tokens": 5}}),
            "",
        ),
    ],
)
def test_every_form_of_stream_is_read(text: str, parts: str) -> None:
    reply = live((200, {"Content-Type": "text/event-stream"}, text.encode()))
    assert (reply.state, reply.parts()) == ("done", (parts, "\\boxed{10}")), reply.failure


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusal(402, "Insufficient Balance"), "Insufficient Balance"),
        (refusal(400, "Unsupported parameter: 'max_tokens'"), "Unsupported parameter"),
        (event({"error": {"message": "Rate limit exceeded", "code": 429}}) + DONE, "Rate limit exceeded"),
        (chunk({"content": "1"}) + event({"object": "error", "message": "EngineCore died"}), "EngineCore died"),
        (chunk({"content": "1"}) + chunk({"content": ""}, "error", error={"message": "Gone"}) + DONE, "Gone"),
        (chunk({"content": "The answer is 1"}), "without saying"),
        (chunk({"content": ""}, "content_filter") + DONE, "content_filter"),
        ("", "without saying"),
    ],
)
def test_what_went_wrong_is_said_in_the_servers_words(answer: Any, words: str) -> None:
    reply = live(answer if isinstance(answer, tuple) else (200, {}, answer.encode()))
    assert reply.state == "failed" and words in reply.failure


def test_a_refusal_is_shown_and_a_stream_that_was_cut_is_no_answer() -> None:
    refused = live((200, {}, (chunk({"refusal": "I cannot help."}) + chunk({}, "stop")).encode()))
    assert refused.parts()[1] == "I cannot help."
    reply = live((200, {}, (chunk({"content": "The answer is 1"}) + chunk({}, "MAX_TOKENS")).encode()))
    assert reply.verdict is not None and reply.verdict.reason == "truncated"
