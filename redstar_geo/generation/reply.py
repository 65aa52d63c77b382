"""What a model wrote → the one form of a response: reasoning, answer, why it ended, how many tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from redstar_geo.errors import RedStarError
from redstar_geo.records import Trace
from redstar_geo.thinking import split_thinking, unmarked

_MOST_TOKENS = 1 << 32  # more than any model writes; a column of numbers holds it


class BadReply(RedStarError):
    """A reply that is no chat completion."""


@dataclass(frozen=True)
class Reply:
    """One completion.

    Attributes:
        text: all of it, the reasoning in `<think>` tags.
        reasoning: empty when the model showed none.
        response: what follows the reasoning.
        finish_reason: as the server gave it (`finish_reason.is_truncated` reads it), `none` where it does not say,
            `refusal` where the model declined.
        prompt_tokens, completion_tokens: None where a server does not say.
        failure: why there is no completion; the same request would fail again.
        said: what the server said to it.
    """

    text: str
    reasoning: str
    response: str
    finish_reason: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float | None = None
    failure: str | None = None
    said: str = ""

    @classmethod
    def of_text(
        cls,
        text: str,
        finish_reason: str,
        prompt_tokens: int | None = None,
        completion_tokens: int | None = None,
        seconds: float | None = None,
    ) -> Reply:
        """The completion that a model wrote as one text."""
        reasoning, response = split_thinking(text)
        if reasoning and not text.lstrip().startswith("<think>"):
            text = join_thinking(reasoning, response)
        return cls(text, reasoning, response, finish_reason, prompt_tokens, completion_tokens, seconds)

    @classmethod
    def failed(cls, failure: str, seconds: float, said: str = "") -> Reply:
        """No completion, and none to be expected from asking again."""
        return cls("", "", "", "failed", None, 0, seconds, failure, said)

    def trace(self, problem_id: str, sample: int, teacher: str = "", request: str = "") -> Trace:
        """The completion as a data run keeps it and as it is graded."""
        return Trace(
            problem_id=problem_id,
            sample=sample,
            teacher=teacher,
            request=request,
            reasoning=self.reasoning,
            response=self.response,
            finish_reason=self.finish_reason,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            seconds=self.seconds,
        )


def join_thinking(reasoning: str, response: str) -> str:
    """The one text that `split_thinking` takes apart."""
    return f"<think>\n{reasoning}\n</think>\n{response}" if reasoning else response


def read_reply(body: Mapping[str, Any], seconds: float | None = None) -> Reply:
    """Read a server's chat completion: reasoning in a field of its own, in parts, in tags, or nowhere.

    A choice that says why it ended is a reply, with or without text.

    Raises:
        BadReply: there is no such choice.
    """
    try:
        choice = body["choices"][0]
        said = _said(choice.get("message") or {})
        ended = choice.get("finish_reason")
    except (LookupError, TypeError, AttributeError) as error:
        raise BadReply(f"no chat completion: {error!r}") from None
    if not said.given and (said.strange or not ended):
        raise BadReply("a message without text")
    finish_reason = "refusal" if said.refused else str(ended or "none")
    prompt, completion = _tokens(body.get("usage"))
    reasoning, response = _parts(said.reasoning, said.content)
    text = join_thinking(reasoning, response)
    return Reply(text, reasoning, response, finish_reason, prompt, completion, seconds)


def read_delta(body: Mapping[str, Any]) -> tuple[str, str, str | None] | None:
    """Content, reasoning and finish reason of one event of a stream; None for one that says nothing (usage alone)."""
    try:
        choice = body["choices"][0]
        said = _said(choice.get("delta") or choice.get("message") or {})
        ended = choice.get("finish_reason")
    except (LookupError, TypeError, AttributeError):
        return None
    return said.content, said.reasoning, "refusal" if said.refused else str(ended) if ended else None


def joined_events(events: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A streamed completion as one body, as a server sends it that streams whether it is asked to or not."""
    content, reasoning, body = "", "", dict[str, Any]()
    ended: str | None = None
    for event in events:
        body |= {name: value for name, value in event.items() if value and name != "choices"}
        if (piece := read_delta(event)) is not None:
            content, reasoning, ended = content + piece[0], reasoning + piece[1], piece[2] or ended
    message = {"role": "assistant", "content": content, "reasoning_content": reasoning}
    return body | {"choices": [{"message": message, "finish_reason": ended}]}


class _Said(NamedTuple):
    """What a message says.

    given: there is text, be it empty; strange: what stands for its text is none; refused: it is the model's refusal.
    """

    content: str
    reasoning: str
    given: bool
    strange: bool
    refused: bool


def _said(message: Mapping[str, Any]) -> _Said:
    """Content and reasoning of a message, or of the piece of one that a stream sends."""
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    reasoning = message.get("reasoning_content") or message.get("reasoning") or message.get("reasoning_details")
    thoughts = _text(reasoning) or "".join(_text(part) for part in parts if _is_thought(part))
    text = "".join(_text(part) for part in parts if not _is_thought(part))
    refusal = "" if text else _text(message.get("refusal"))
    given = isinstance(content, str | list) or bool(thoughts or refusal)
    return _Said(text or refusal, thoughts, given, not given and content is not None, bool(refusal))


def _is_thought(part: object) -> bool:
    return isinstance(part, Mapping) and any(word in str(part.get("type")) for word in ("think", "reason", "thought"))


def _text(part: object) -> str:
    """The text in a string, in a part of a message, or in a list of parts."""
    if isinstance(part, str):
        return part
    if isinstance(part, Sequence):
        return "".join(map(_text, part))
    if isinstance(part, Mapping):
        held = (part.get(name) for name in ("text", "thinking", "reasoning", "content", "summary", "refusal"))
        return _text(next((each for each in held if each), ""))
    return ""


def _parts(reasoning: str, content: str) -> tuple[str, str]:
    """Reasoning and response; a server may leave the end of a thought, or all of it again, in either field."""
    if not reasoning:
        return split_thinking(content)
    if not content.strip():
        within, response = split_thinking(f"<think>{reasoning}")
        return within, response
    again, response = split_thinking(content)
    return reasoning.strip(), response if again else unmarked(content)


def _tokens(usage: object) -> tuple[int | None, int | None]:
    """Prompt and completion tokens; thoughts that a server counts in the total alone are of the completion."""
    if not isinstance(usage, Mapping):
        return None, None
    prompt, completion, total = (_count(usage.get(f"{name}_tokens")) for name in ("prompt", "completion", "total"))
    if total is not None and prompt is not None:
        completion = max(completion or 0, total - prompt)
    return prompt, completion


def _count(given: object) -> int | None:
    """A number of tokens, which some servers write as text; None for what cannot be one."""
    number = float(given) if isinstance(given, str) and given.isdecimal() else given
    return int(number) if isinstance(number, int | float) and 0 <= number <= _MOST_TOKENS else None
