from __future__ import annotations

from typing import Any

import pytest

from redstar_geo.generation.reply import BadReply, read_reply


def _body(**message: Any) -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": "stop"}], "usage": {"completion_tokens": 7}}


@pytest.mark.parametrize(
    "message",
    [
        {"content": "42", "reasoning_content": "why"},
        {"content": "42", "reasoning": "why"},
        {"content": "<think>why</think>42"},
        {"content": "\n<think>\nwhy\n</think>\n42"},
        {"content": "why\n</think>\n\n42"},
        {"content": "<thinking>why</thinking> 42"},
    ],
)
def test_reasoning_is_found_wherever_a_server_puts_it(message: dict[str, Any]) -> None:
    reply = read_reply(_body(**message))
    assert (reply.reasoning, reply.response, reply.completion_tokens) == ("why", "42", 7)


def test_no_reasoning_is_no_reasoning_and_an_unclosed_tag_is_all_reasoning() -> None:
    assert read_reply(_body(content="42")).reasoning == ""
    assert read_reply(_body(content="<think>on and on")).response == ""


@pytest.mark.parametrize(
    "body", [{}, {"choices": []}, {"choices": [{"message": None}]}, _body(content=None), _body(content=3)]
)
def test_what_is_no_completion_is_said(body: dict[str, Any]) -> None:
    with pytest.raises(BadReply):
        read_reply(body)
