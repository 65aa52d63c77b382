from __future__ import annotations

from typing import Any

import pytest

from redstar_geo.generation.reply import BadReply, joined_events, read_reply


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
        {"content": "◁think▷why◁/think▷42<|im_end|>"},
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "why"}]},
                {"type": "text", "text": "42"},
            ]
        },
        {"content": [{"type": "reasoning", "text": "why"}, {"type": "output_text", "text": "42"}]},
        {"content": [{"type": "text", "text": "<think>why</think>42"}]},
        {"content": "42", "reasoning_details": [{"type": "reasoning.text", "text": "why"}]},
        {"content": "<think>why</think>42", "reasoning_content": "why"},
        {"content": None, "reasoning_content": "why</think>42"},
    ],
)
def test_reasoning_is_found_wherever_a_server_puts_it(message: dict[str, Any]) -> None:
    reply = read_reply(_body(**message))
    assert (reply.reasoning, reply.response, reply.completion_tokens) == ("why", "42", 7)


def test_no_reasoning_is_no_reasoning_and_an_unclosed_tag_is_all_reasoning() -> None:
    assert read_reply(_body(content="42")).reasoning == ""
    assert read_reply(_body(content="<think>on and on")).response == ""


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"choices": []},
        {"choices": [{"message": None}]},
        {"choices": [{"message": {"content": None}}]},
        _body(content=3),
    ],
)
def test_what_is_no_completion_is_said(body: dict[str, Any]) -> None:
    with pytest.raises(BadReply):
        read_reply(body)


@pytest.mark.parametrize("content", [None, "", []])
@pytest.mark.parametrize("finish_reason", ["length", "content_filter", "stop", "MAX_TOKENS"])
def test_a_choice_that_says_why_it_ended_is_a_reply_without_a_word_too(content: Any, finish_reason: str) -> None:
    body = {"choices": [{"message": {"content": content}, "finish_reason": finish_reason}]}
    usage = {"prompt_tokens": "50", "completion_tokens": 0, "total_tokens": 16434}
    reply = read_reply(body | {"usage": usage})
    assert (reply.response, reply.finish_reason, reply.prompt_tokens) == ("", finish_reason, 50)
    assert reply.completion_tokens == 16384  # thoughts that the server counts in the total alone
    assert read_reply(body | {"usage": [1, 2]}).completion_tokens is None


def test_a_refusal_is_a_reply_with_its_words() -> None:
    reply = read_reply(_body(content=None, refusal="I cannot help with that."))
    assert (reply.response, reply.finish_reason) == ("I cannot help with that.", "refusal")


def test_a_stream_sent_to_one_who_asked_for_none_is_one_body() -> None:
    events = [{"choices": [{"delta": {"content": "<think>why</think>4"}}]}, {"choices": [{"delta": {"content": "2"}}]}]
    events += [
        {"choices": [{"delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": {"completion_tokens": 7}},
    ]
    reply = read_reply(joined_events(events))
    assert (reply.reasoning, reply.response, reply.finish_reason, reply.completion_tokens) == ("why", "42", "stop", 7)
