"""What servers say instead of a completion, and whose fault it is."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from redstar_geo.errors import InputError
from redstar_geo.generation.refusal import error_in, is_lasting, read_refusal, stop_of, without_key

PARAMETERS = ("max_tokens", "temperature", "top_p", "seed", "stop", "top_k", "chat_template_kwargs")
SAID = [
    (402, "Insufficient Balance", "money"),
    (429, "You exceeded your current quota, please check your plan and billing details.", "money"),
    (400, "Your credit balance is too low to access the API.", "money"),
    (403, "This organization has reached its monthly spend limit", "money"),
    (429, "Rate limit exceeded: free-models-per-day", "money"),
    (403, "账户余额不足，请充值", "money"),
    (429, "Quota exceeded for requests per minute. Please retry in 36.2s.", "moment"),
    (429, "Too many requests", "moment"),
    (408, "Request timeout", "moment"),
    (409, "Conflict, try again", "moment"),
    (498, "Flex tier capacity exceeded", "moment"),
    (400, "Model is loading, please try again later", "moment"),
    (400, "The engine is currently overloaded", "moment"),
    (500, "Unsupported parameter: 'max_tokens'", "moment"),
    (503, "no healthy upstream", "moment"),
    (529, "Overloaded", "moment"),
    (401, "Incorrect API key provided", "key"),
    (403, "Forbidden", "key"),
    (400, "API key not valid. Please pass a valid API key.", "key"),
    (404, "No endpoints found that support image input", "model"),
    (400, "Unsupported parameter: 'max_tokens' is not supported with this model.", "setting"),
    (400, "Unsupported value: 'temperature' does not support 0.7 with this model.", "setting"),
    (400, "property 'seed' is unsupported", "setting"),
    (422, "chat_template_kwargs: Extra inputs are not permitted", "setting"),
    (400, "top_p must be in the range (0, 1)", "setting"),
    (400, "max_tokens is too large: 16384. This model supports at most 4096 completion tokens", "setting"),
    (400, "'max_tokens' is too large: 16384. This model's maximum context length is 8192 tokens and your request has "
     "312 input tokens (16384 > 8192 - 312).", "room"),
    (400, "This model's maximum context length is 4097 tokens. However, you requested 5000 tokens (1000 in the "
     "messages, 4000 in the completion). Please reduce the length of the messages or completion.", "room"),
    (400, "input length and `max_tokens` exceed context limit: 188000 + 20000 > 204698, decrease input length or "
     "`max_tokens` and try again", "room"),
    (400, "This model's maximum context length is 4097 tokens. However, you requested 9000 tokens (5000 in the "
     "messages, 4000 in the completion).", "prompt"),
    (400, "This model's maximum context length is 8192 tokens. However, your request has 9000 input tokens. Please "
     "reduce the length of the input messages.", "prompt"),
    (400, "prompt is too long: 209000 tokens > 200000 maximum", "prompt"),
    (413, "Request Entity Too Large", "prompt"),
    (400, "The response was filtered due to the prompt triggering the content management policy.", "prompt"),
    (403, "openai/gpt-4o requires moderation. Your input was flagged for violence", "prompt"),
    (400, "输入内容包含敏感信息", "prompt"),
    (400, "Invalid image data", "unknown"),
    (400, "something is odd", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "said", "fault"), SAID)
def test_every_refusal_has_its_fault_whatever_form_it_comes_in(status: int, said: str, fault: str) -> None:
    error = {"message": said}
    bodies = [{"error": error}, {"error": said}, error, {"detail": said}, {"object": "error", **error}]
    for text in (*(json.dumps(body, ensure_ascii=False) for body in bodies), said):
        found = read_refusal(status, text, PARAMETERS)
        assert found.fault == fault, text
        assert found.sentence == said[:400]


def test_a_rejected_parameter_is_named_and_the_remedy_is_the_recipes_key() -> None:
    keys = {"temperature": "teacher.parameters.temperature", "extra_body": "teacher.extra_body", "model": "judge.model"}
    assert "Correct judge.model" in str(stop_of("http://x/v1", None, read_refusal(404, "No such model"), keys))
    for name in PARAMETERS:
        found = read_refusal(400, json.dumps({"error": {"message": f"Unknown field {name}"}}), PARAMETERS)
        assert (found.fault, found.parameter) == ("setting", name)
        error = stop_of("http://x/v1", None, found, keys)
        assert isinstance(error, InputError) and keys.get(name, f"teacher.extra_body.{name}") in str(error)
        assert f"teacher.extra_body: {{{name}: null" in str(error) and f"Unknown field {name}" in str(error)
    by_param = {"error": {"message": "Not taken", "param": "top_p"}}
    assert read_refusal(400, json.dumps(by_param), PARAMETERS).parameter == "top_p"


def test_an_error_inside_status_200_is_found_wherever_it_stands() -> None:
    error = {"message": "Provider returned error", "code": 502}
    for body in (
        {"error": error},
        {"choices": [{"error": error}]},
        {"object": "error", **error},
        {"error": error, "choices": []},
    ):
        found = error_in(body)
        assert found is not None and found[0] == 502 and "Provider returned error" in found[1]
    assert error_in({"choices": [{"message": {"content": "x"}}], "error": None}) is None
    for words, fault in (("invalid_api_key", "key"), ("Insufficient credits", "money"), ("upstream closed", "moment")):
        assert read_refusal(*(error_in({"error": {"message": words}}) or (0, ""))).fault == fault


@pytest.mark.parametrize(("status", "said", "fault"), [row for row in SAID if 400 <= row[0] < 500])
def test_rows_of_an_older_ledger_are_told_by_their_words(status: int, said: str, fault: str) -> None:
    detail = json.dumps({"error": {"message": said}}, ensure_ascii=False)[:500]
    assert is_lasting({"lasting": True, "detail": detail}) == (fault == "prompt")
    assert not is_lasting({"lasting": False, "detail": detail, "status": 400})
    assert is_lasting({"lasting": True, "detail": "anything", "status": 400})


def test_a_key_that_a_server_repeats_is_not_told_on() -> None:
    assert without_key("Incorrect key sk-123", {"Authorization": "Bearer sk-123"}) == "Incorrect key …"
    headers = {"Authorization": f"Basic {b64encode(b'user:open sesame').decode()}"}
    for said in (headers["Authorization"], "user:open sesame", "the password is open sesame"):
        assert "sesame" not in without_key(said, headers) and headers["Authorization"][6:] not in without_key(
            said, headers
        )


def test_what_a_terminal_would_obey_is_left_out() -> None:
    said = read_refusal(
        400, json.dumps({"error": {"message": "\x1b]52;c;cm0=\x07\x1b[2J no \x9b1m\u202emodel"}})
    ).sentence
    assert said.isprintable() and said.endswith("no 1m model")
