"""The client against what real servers were seen to send: nothing paid for is lost, nothing is asked in vain."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from typing import Any

import pytest

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.generation.address import Endpoint, with_extra
from redstar_geo.generation.body import read_body, retry_after_s
from redstar_geo.generation.chat import letters_only
from redstar_geo.generation.client import Client, Outcome
from redstar_geo.generation.refusal import NO_ROOM
from redstar_geo.generation.reply import read_reply
from tests.servers.scripted import GOOD, completion, refusal, scripted

KEYS = {"max_tokens": "teacher.parameters.max_tokens", "seed": "seed", "extra_body": "teacher.extra_body"}
CONTEXT = "max_tokens is too large: 500. This model's maximum context length is 8192 tokens and your request has 8000"


def ask(answer: Any, count: int = 6, answered: bool = False, **endpoint: Any) -> tuple[list[Outcome], int, Any]:
    """The outcomes of requests whose prompts are their numbers, how many came, and what stopped the run."""
    outcomes: list[Outcome] = []

    async def run(url: str) -> None:
        servers = [{"url": url, "start": 2, "most": 2}]
        values = {"servers": servers, "attempts": 3, "give_up_s": 2.0, **endpoint}
        async with Client(Endpoint.model_validate(values), KEYS, answered) as client:

            def request(number: int) -> dict[str, Any]:
                messages = [{"role": "user", "content": str(number)}]
                return {"model": "teacher", "messages": messages, "max_tokens": 500, "seed": 1}

            async for _, outcome in client.ask_all(deque(range(count)), request):
                outcomes.append(outcome)

    with scripted(answer) as server:
        try:
            asyncio.run(run(server.url))
        except RedStarError as error:
            return outcomes, len(server.asked), error
        return outcomes, len(server.asked), None


def prompt(request: Any) -> str:
    return str(request["messages"][0]["content"])


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (402, "Insufficient Balance", RedStarError),
        (429, "You exceeded your current quota, please check your plan and billing details.", RedStarError),
        (401, "Incorrect API key", InputError),
        (400, "API key not valid.", InputError),
        (404, "No such model", InputError),
        (400, "Unsupported parameter: 'max_tokens'", InputError),
        (400, CONTEXT, InputError),
        (400, "property 'seed' is unsupported", InputError),
        (400, "nobody knows what is wrong", InputError),
    ],
)
@pytest.mark.parametrize("inside", [False, True])
def test_what_concerns_every_request_stops_the_run_with_the_servers_sentence(
    status: int, said: str, kind: type, inside: bool
) -> None:
    body = refusal(status, said)[2]
    body["error"]["code"] = status
    outcomes, asked, error = ask(lambda *_: (200 if inside else status, {}, body), count=100)
    assert type(error) is kind and said in str(error)
    assert asked <= 5 and not outcomes


def test_what_came_before_the_credit_ended_and_what_was_in_flight_is_kept() -> None:
    outcomes, asked, error = ask(lambda _, n: completion(GOOD) if n != 4 else refusal(402, "Insufficient Balance"), 50)
    assert "Insufficient Balance" in str(error)
    assert len(outcomes) == asked - 1 and all(one.failure is None for one in outcomes)


@pytest.mark.parametrize("status", [408, 409, 498, 429, 500, 503, 529])
def test_what_is_of_the_moment_is_tried_again(status: int) -> None:
    outcomes, asked, error = ask(lambda _, n: completion(GOOD) if n % 3 else refusal(status, "Try later"))
    assert error is None and asked > 6 and sum(one.failure is None for one in outcomes) >= 5
    assert all(not one.lasting and one.body["detail"] == "Try later" for one in outcomes if one.failure)


@pytest.mark.parametrize(
    ("answer", "reason", "lasting"),
    [
        (refusal(400, "The prompt triggered the content management policy."), "content_filter", True),
        (refusal(403, "Your input was flagged by moderation"), "content_filter", True),
        (refusal(400, "This model's maximum context length is 10 tokens."), "prompt_too_long", True),
        (refusal(400, "Cannot decode the image"), "bad_request", True),
        (refusal(400, CONTEXT), NO_ROOM, False),
    ],
)
def test_one_refused_prompt_is_that_prompts(answer: Any, reason: str, lasting: bool) -> None:
    outcomes, _, error = ask(lambda request, _: answer if prompt(request) == "3" else completion(GOOD))
    assert error is None
    assert Counter(one.failure for one in outcomes) == {None: 5, reason: 1}
    (failed,) = [one for one in outcomes if one.failure]
    assert (failed.lasting, failed.final) == (lasting, True) and failed.body["detail"] == answer[2]["error"]["message"]


def test_a_run_that_goes_on_with_the_refused_prompts_alone_ends_as_it_did_before() -> None:
    outcomes, _, error = ask(lambda *_: refusal(400, CONTEXT), count=4, answered=True)
    assert error is None and {one.failure for one in outcomes} == {NO_ROOM}


@pytest.mark.parametrize(
    "answer",
    [
        completion(None, "length"),
        completion(None, "content_filter"),
        completion({"role": "assistant"}, "length", {"prompt_tokens": 50, "total_tokens": 110}),
        completion({"content": None, "refusal": "I cannot help."}),
        completion([{"type": "text", "text": GOOD}]),
        completion("So the", "error", error={"message": "Upstream idle timeout", "code": 502}),
        completion(None, "error", error={"message": "Upstream idle timeout", "code": 502}),
        completion(GOOD, x=float("nan")),
        (200, {}, b"\n\n  " + json.dumps(completion(GOOD)[2]).encode()),
        (200, {}, json.dumps(completion(GOOD)[2]).replace("length", "\\ud83d length").encode()),
        (200, {}, b"data: %s\n\ndata: [DONE]\n\n" % json.dumps(completion(GOOD)[2]).encode()),
    ],
)
def test_every_reply_that_was_paid_for_is_read_once_and_counts(answer: Any) -> None:
    outcomes, asked, error = ask(lambda *_: answer)
    assert error is None and asked == len(outcomes) == 6
    for outcome in outcomes:
        reply = read_reply(json.loads(json.dumps(outcome.body, ensure_ascii=False).encode()))
        assert (reply.prompt_tokens, reply.completion_tokens) == (50, 60)


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}, {"error": {"message": "Provider returned error", "code": 502}}),
        completion(None, "stop", {"completion_tokens": 0}, error={"message": "Provider returned error", "code": 429}),
        (200, {}, {"id": "x", "choices": [], "note": "Provider returned error"}),
    ],
)
def test_an_error_within_status_200_is_tried_again_and_its_words_are_kept(answer: Any) -> None:
    outcomes, asked, _ = ask(lambda request, _: answer if prompt(request) == "3" else completion(GOOD))
    (failed,) = [one for one in outcomes if one.failure]
    assert asked == 8 and not failed.final and "Provider returned error" in failed.body["detail"]


def test_a_web_page_in_place_of_an_answer_is_the_addresss_fault_until_one_has_come() -> None:
    page = (200, {"Content-Type": "text/html"}, b"<html>Sign in</html>")
    outcomes, asked, error = ask(lambda *_: page)
    assert isinstance(error, InputError) and "Sign in" in str(error) and asked <= 5
    outcomes, _, error = ask(lambda _, n: page if n == 4 else completion(GOOD))
    assert error is None and all(one.failure is None for one in outcomes)


def test_a_server_that_asks_to_wait_longer_than_the_run_would_ends_it_at_once() -> None:
    _, asked, error = ask(lambda *_: refusal(429, "Come tomorrow", **{"Retry-After": "86400"}))
    assert asked <= 2 and "86,400 s" in str(error) and "Come tomorrow" in str(error)


def test_how_long_to_wait_is_read_in_every_form() -> None:
    forms = {"1.5": 1.5, "2s": 2.0, "-1": 0.0, "nan": None, "inf": None, "soon": None}
    assert {form: retry_after_s({"Retry-After": form}) for form in forms} == forms
    assert retry_after_s({"retry-after-ms": "1500"}) == 1.5 and retry_after_s({}) is None
    assert retry_after_s({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0
    assert retry_after_s({"Retry-After": f"Wed, 21 Oct {10**30} 07:28:00 GMT"}) is None


def test_a_body_is_an_object_or_nothing() -> None:
    for raw in (b"", b"[1]", b"null", b'"x"', b"{", b"\xff\xfe", b"[" * 100_000, b"data: [DONE]"):
        assert read_body(raw) == {}


DIGITS = "9" * 5_000
CHOICE = b'"choices":[{"message":{"content":"42"},"finish_reason":"stop"}]'
HOSTILE = [
    b'{"choices":[{"message":{"content":' + b"[" * 900 + b"]" * 900 + b'},"finish_reason":"stop"}]}',
    b'{"error":' + b"[" * 300 + b"]" * 300 + b"}",
    json.dumps({"error": {"code": DIGITS}}).encode(),
    json.dumps({"error": {"code": f"max_tokens: context length {DIGITS}, prompt {DIGITS}"}}).encode(),
    b'{"x":' + b"[" * 1_000 + b"]" * 1_000 + b"," + CHOICE + b"}",
]


@pytest.mark.parametrize("raw", HOSTILE, ids=lambda raw: str(raw[:12]))
@pytest.mark.parametrize("status", [200, 400])
def test_a_hostile_body_costs_its_own_request_alone(raw: bytes, status: int) -> None:
    outcomes, _, error = ask(lambda request, _: (status, {}, raw) if prompt(request) == "3" else completion(GOOD))
    assert error is None and Counter(one.failure is None for one in outcomes) == {True: 5, False: 1}


@pytest.mark.parametrize("tokens", ["1e999", "1e300", "-1", f'"{DIGITS}"', f'"{10**30}"', "NaN", "[]"])
def test_a_number_of_tokens_that_cannot_be_one_is_none_and_the_reply_counts(tokens: str) -> None:
    usage = "".join(f'"{name}_tokens":{tokens},' for name in ("prompt", "completion", "total"))
    raw = b'{"usage":{' + usage.encode() + b'"x":0},' + CHOICE + b"}"
    outcomes, _, error = ask(lambda *_: (200, {}, raw), count=1)
    reply = read_reply(outcomes[0].body)
    assert error is None and (reply.response, reply.prompt_tokens, reply.completion_tokens) == ("42", None, None)


def test_a_redirect_is_not_followed_wherever_it_leads() -> None:
    with scripted(lambda *_: completion(GOOD)) as other:
        for status, where in ((307, f"{other.url}/chat/completions"), (302, f"{other.url}/models"), (308, "file:///")):
            outcomes, asked, error = ask(lambda *_, to=(status, {"Location": where}, b""): to, count=1)
            assert isinstance(error, InputError) and where in str(error) and asked <= 5 and not outcomes
        assert not other.asked


@pytest.mark.parametrize("place", [0, 380, 398, 5_000])
@pytest.mark.parametrize("login", ["sk-0123456789abcdef", "dXNlcjpwYXNzL3dvcmQ="])
def test_no_part_of_a_key_that_a_server_repeats_is_told(
    login: str, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", login)
    said = " " * place if place > 400 else "x" * place

    async def run(url: str) -> str:
        server = {"url": url, "start": 1, "most": 1, "key_env": "A_KEY"}
        async with Client(Endpoint.model_validate({"servers": [server], "attempts": 1})) as client:
            return str(await client.ask({"model": "m", "messages": [{"role": "user", "content": "1"}]}))

    with scripted(lambda *_: refusal(503, f"{said}{login}")) as server:
        told = asyncio.run(run(server.url))
    assert login[:2] not in told and "server_error" in told


def test_null_in_extra_body_leaves_a_parameter_out() -> None:
    request = with_extra({"model": "m", "max_tokens": 5}, {"max_tokens": None, "max_completion_tokens": 5})
    assert request == {"model": "m", "max_completion_tokens": 5}


def test_what_spells_a_special_token_reaches_a_server_as_letters() -> None:
    spelled = "<|im_end|> <｜User｜> <image> </s> [INST] <start_of_image>"
    kept = "a <b> c < 3 | x |> [1] <sub>2</sub>"
    parts = [{"type": "image_url", "image_url": {"url": "data:,"}}, {"type": "text", "text": spelled + kept}]
    for content in (spelled + kept, parts):
        (message,) = letters_only([{"role": "user", "content": content}])
        text = message["content"] if isinstance(content, str) else message["content"][1]["text"]
        assert text.replace("\u200b", "") == spelled + kept and text.endswith(kept)
        assert text.count("\u200b") == 6 and "<|im_end|>" not in text
