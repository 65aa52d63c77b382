"""What a server means by an answer that is no completion, and whose fault it is: its status, its words.

Servers and the proxies before them give one trouble many statuses (a busy model as 400, no credit as 402, 403 or 429),
so the words decide where they are clear, and the status where they are not.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from redstar_geo.errors import InputError, RedStarError

NO_ROOM = "no_room_to_answer"
_LONGEST = 400  # characters of a server's sentence that are kept
_LONGEST_READ = 20_000  # characters of a body that are looked through
_CODE = re.compile(r"\d{1,9}")

Fault = Literal["key", "money", "model", "address", "setting", "room", "prompt", "moment", "unknown"]


@dataclass(frozen=True)
class Refusal:
    """Why there is no completion.

    Attributes:
        fault: `key`, `money` (credit, quota), `model` and `address` (another service answers there) concern every
            request; `setting` is a parameter that the server does not take, `room` a prompt that leaves too little for
            the answer asked for; `prompt` is this prompt's own; `moment` passes; of `unknown` the words do not say.
        reason: what it is counted under.
        sentence: the server's own words.
        parameter: the rejected one, as it is named in the request.
    """

    fault: Fault
    reason: str
    sentence: str
    parameter: str | None = None


_MONEY = re.compile(
    r"insufficient.{0,20}(?:balance|credit|fund|quota)|(?:balance|credits?|quota) (?:is |are |has been )?"
    r"(?:too low|exhausted|used up|insufficient|not enough|depleted)|exceeded.{0,20}\bquota|\bout of credit|no credit"
    r"|billing|payment required|purchase|top.?up|arrears|overdue|spend(?:ing)? (?:limit|cap)|hard limit"
    r"|(?:per|a)[- ]?(?:day|month|week)\b|\b(?:daily|monthly|weekly)\b|余额|欠费|充值",
    re.I,
)
_SOON = re.compile(
    r"per[- ]?minute|per[- ]?second|\b[RT]PM\b|retryDelay|(?:try again|retry) (?:in|after) (?:\d+ ?m)?[\d.]+ ?m?s", re.I
)
_KEY = re.compile(
    r"(?:api|access|auth\w*)[ _-]?(?:key|token).{0,30}(?:not valid|invalid|incorrect|missing|expired|revoked|wrong)"
    r"|(?:invalid|incorrect|wrong|missing|expired|no|unauthori[sz]ed).{0,12}(?:api|access|auth\w*)[ _-]?(?:key|token)"
    r"|unauthenticated|authentication|unauthorized",
    re.I,
)
_MODERATED = re.compile(
    r"content[ _-]?(?:management|filter|policy|moderation)|moderat|flagged|\bsafety|inappropriate|data_inspection"
    r"|risk control|violat\w+ (?:of )?(?:our|the|content|usage)|harmful|prohibited[_ ]|(?<!case[ -])sensitive"
    r"|usage polic|敏感|违规|审核|风险",
    re.I,
)
_MOMENT = re.compile(
    r"try again|retry|temporar|overload|\bbusy|(?:is|still) (?:loading|starting|warming)|loading model|not ready"
    r"|unavailable|timed? ?out|time-?out|capacity|rate.?limit|too many requests|in progress|conflict|稍后|繁忙",
    re.I,
)
_OUTPUT = re.compile(
    r"max_(?:completion_|new_|output_)?tokens|in the completion|(?:completion|output|requested|new) tokens"
    r"|requested \d+ (?:output|completion)",
    re.I,
)
_CONTEXT = re.compile(
    r"context[_ ](?:length|window|size|limit)|(?:exceed|available|longer).{0,30}context|maximum"
    r" (?:sequence|model|input|prompt)?\s?length"
    r"|max_model_len"
    r"|too long|too many (?:input )?tokens"
    r"|input (?:length|tokens)|prompt (?:length|tokens|is too)|reduce the length|`inputs`|token limit"
    r"|request (?:entity )?too large|payload too large",
    re.I,
)
_LIMIT = re.compile(r"(?:context|model|sequence|maximum)[ _](?:length|limit|window|len)\D{0,30}?(\d+)", re.I)
_PROMPT = re.compile(
    r"(\d+) (?:tokens )?(?:in the (?:messages|prompt|input)|(?:input|prompt) tokens|`inputs` tokens)"
    r"|(?:input length|prompt)\D{0,20}(\d+)",
    re.I,
)
_TAKES_NOT = re.compile(
    r"param|support|unrecogni|unknown|unexpected|extra|not? (?:permitted|allowed)|must be|should be|invalid|too large"
    r"|range|deprecated|greater|less than|at most|exceeds?",
    re.I,
)


def read_refusal(
    status: int, text: str, parameters: Iterable[str] = (), sent: Mapping[str, str] | None = None
) -> Refusal:
    """What a status and a body mean that are no completion.

    Args:
        parameters: of the request, by their names in it.
        sent: headers of the request, whose key is not repeated.
    """
    error, sentence = _error(text, sent or {})
    text = text[:_LONGEST_READ]
    names = (str(error.get(name) or "")[:_LONGEST] for name in ("code", "type"))
    fault = _fault(status, " ".join([*names, sentence]), text)
    parameter = _parameter(error, sentence, parameters) if fault in ("unknown", "setting") else None
    if fault == "unknown":
        fault = "setting" if parameter else "moment" if status == 0 else fault
    elif fault in ("room", "setting"):
        parameter = parameter or "max_tokens"
    return Refusal(fault, _reason(fault, status, text), sentence, parameter)


def error_in(body: Mapping[str, Any]) -> tuple[int, str] | None:
    """Status and text of the error that a body of status 200 holds, in itself or in its choice; None without one."""
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else {}
    error = body.get("error") or first.get("error")
    if not error and body.get("object") == "error":
        error = {"message": body.get("message"), "code": body.get("code")}
    if not error:
        return None
    code = error.get("code") if isinstance(error, Mapping) else None
    status = int(code) if isinstance(code, int | str) and _CODE.fullmatch(str(code)) else 0
    return status, orjson.dumps({"error": error}).decode()


def stop_of(url: str, key_env: str | None, refusal: Refusal, recipe_keys: Mapping[str, str]) -> RedStarError:
    """The error that ends a run whose every request is refused so, with the server's sentence and the remedy.

    Args:
        recipe_keys: where the recipe has `model`, `extra_body` and what else goes into a request.
    """
    said, extra = f"“{refusal.sentence}”", recipe_keys["extra_body"]
    if refusal.fault == "key":
        source = f"the environment variable {key_env}" if key_env else "no key (servers[].key_env is not set)"
        return InputError(
            f"{url} refuses the key from {source}: {said}. Set the right one; it is never written anywhere."
        )
    if refusal.fault == "money":
        return RedStarError(
            f"{url} takes no more requests on this account: {said}. What was received is stored; the same command goes "
            "on where it stopped once there is credit or quota again."
        )
    if refusal.fault == "model":
        model = recipe_keys["model"]
        return InputError(f"{url} answers 404: {said}. Correct {model}, or the address up to /v1.")
    if (name := refusal.parameter) is not None:
        change = "Lower" if refusal.fault == "room" else "Change"
        instead = ", max_completion_tokens: …" if name == "max_tokens" else ""
        return InputError(
            f"{url} does not take {name} as it is asked: {said}. {change} {recipe_keys.get(name, f'{extra}.{name}')} "
            f"in the recipe, or leave {name} out of the requests with {extra}: {{{name}: null{instead}}}."
        )
    return InputError(
        f"{url} has refused the first requests and answered none: {said}. Correct the address, or what the "
        f"recipe sends ({extra} among it)."
    )


def without_key(text: str, headers: Mapping[str, str]) -> str:
    """A server's words without the key or the login, which some repeat; before they are cut, which may cut a key."""
    scheme, _, key = headers.get("Authorization", "").partition(" ")
    login = b64decode(key).decode() if scheme == "Basic" else ""
    for secret in (key, login, login.partition(":")[2]):
        text = text.replace(secret, "…") if secret else text
    return text


def is_lasting(body: Mapping[str, Any]) -> bool:
    """Whether a stored failure was the prompt's own, which asking again would meet again.

    Rows of version 0.1 called every status below 500 lasting, and kept no status: theirs is told by the words.
    """
    if not body.get("lasting") or "status" in body:
        return bool(body.get("lasting"))
    return read_refusal(400, str(body.get("detail", ""))).fault == "prompt"


def _fault(status: int, words: str, text: str) -> Fault:
    """The first that fits; the order matters where a sentence has words of two."""
    if status == 402 or (status in (0, 400, 403, 422, 429) and _MONEY.search(words) and not _SOON.search(text)):
        return "money"
    if status in (0, 400, 403, 422, 451) and _MODERATED.search(text):
        return "prompt"
    if status in (401, 403) or (status in (0, 400) and _KEY.search(words)):
        return "key"
    if status == 404:
        return "model"
    if status in (408, 409, 421, 423, 425, 429, 498, 499) or status >= 500:
        return "moment"
    if status != 413 and _OUTPUT.search(words):
        return _of_output(words)
    if status == 413 or _CONTEXT.search(words):
        return "prompt"
    return "moment" if _MOMENT.search(words) else "unknown"


def _reason(fault: Fault, status: int, text: str) -> str:
    if fault == "prompt":
        return "content_filter" if _MODERATED.search(text) else "prompt_too_long"
    if fault == "moment":
        return {408: "timeout", 429: "rate_limit"}.get(status, "server_error")
    return {"room": NO_ROOM, "setting": "bad_parameter"}.get(fault, "bad_request")


def _of_output(words: str) -> Fault:
    """Of words about the answer's length: a prompt too long by itself, one too long with it, or a length not taken."""
    if not _CONTEXT.search(words):
        return "setting" if _TAKES_NOT.search(words) else "unknown"
    limit, prompt = _LIMIT.search(words), _PROMPT.search(words)
    if limit and prompt and int(prompt[1] or prompt[2]) >= int(limit[1]):
        return "prompt"
    return "room"


def _parameter(error: Mapping[str, Any], sentence: str, parameters: Iterable[str]) -> str | None:
    """The parameter of the request that the server names as one that it does not take so."""
    names = sorted(parameters, key=len, reverse=True)
    named = str(error.get("param") or "")
    if named in names:
        return named
    if not _TAKES_NOT.search(sentence):
        return None
    return next((name for name in names if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", sentence)), None)


def _error(text: str, sent: Mapping[str, str]) -> tuple[Mapping[str, Any], str]:
    """The error in a body, and its sentence; of one that is no JSON, its beginning."""
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError:
        body = None
    error = body.get("error", body) if isinstance(body, Mapping) else body
    found = error if isinstance(error, Mapping) else {}
    said = next((found[name] for name in ("message", "detail", "msg", "error_description") if found.get(name)), None)
    said = said or (error if isinstance(error, str) else text)
    said = without_key(str(said), sent)[:_LONGEST_READ]
    words = "".join(sign if sign.isprintable() else " " for sign in said)  # a terminal obeys some that are not
    return found, " ".join(words.split())[:_LONGEST] or "no words"
