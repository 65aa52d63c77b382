"""What a model wrote → the one form of a response: reasoning, answer, why it ended, how many tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redstar_geo.errors import RedStarError
from redstar_geo.records import Trace

_TAGGED = re.compile(r"^\s*<(think|thinking|reasoning)>(.*?)(?:</\1>|\Z)", re.DOTALL)
_CLOSED_ONLY = re.compile(r"^(.*?)</(?:think|thinking|reasoning)>", re.DOTALL)  # templates that open the tag themselves


class BadReply(RedStarError):
    """A reply that is no chat completion."""


@dataclass(frozen=True)
class Reply:
    """One completion.

    Attributes:
        text: all of it, the reasoning in `<think>` tags.
        reasoning: empty when the model showed none.
        response: what follows the reasoning.
        finish_reason: `length` when it was truncated.
        prompt_tokens, completion_tokens: None where a server does not say.
        failure: why there is no completion; the same request would fail again.
    """

    text: str
    reasoning: str
    response: str
    finish_reason: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float | None = None
    failure: str | None = None

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
        return cls(text, *split_thinking(text), finish_reason, prompt_tokens, completion_tokens, seconds)

    @classmethod
    def failed(cls, failure: str, seconds: float) -> Reply:
        """No completion, and none to be expected from asking again."""
        return cls("", "", "", "failed", None, 0, seconds, failure)

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


def split_thinking(text: str) -> tuple[str, str]:
    """Reasoning and response of a text with tags; a tag that is never closed is all reasoning."""
    match = _TAGGED.match(text) or _CLOSED_ONLY.match(text)
    if match is None:
        return "", text.strip()
    return match[match.lastindex or 1].strip(), text[match.end() :].strip()


def join_thinking(reasoning: str, response: str) -> str:
    """The one text that `split_thinking` takes apart."""
    return f"<think>\n{reasoning}\n</think>\n{response}" if reasoning else response


def read_reply(body: Mapping[str, Any], seconds: float | None = None) -> Reply:
    """Read a server's chat completion: reasoning in `reasoning_content`, in `reasoning`, in tags, or nowhere.

    Raises:
        BadReply: it has no message.
    """
    try:
        choice = body["choices"][0]
        content, reasoning = _said(choice["message"])
        usage = body.get("usage") or {}
        finish_reason = str(choice.get("finish_reason") or "unknown")
        tokens = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise BadReply(f"no chat completion: {error!r}") from None
    if not isinstance(content, str) or not isinstance(reasoning, str):  # "" is one: all tokens may be special ones
        raise BadReply("a message without text")
    prompt, completion = (number if isinstance(number, int) else None for number in tokens)
    if not reasoning:
        return Reply.of_text(content, finish_reason, prompt, completion, seconds)
    reasoning, response = reasoning.strip(), content.strip()
    text = join_thinking(reasoning, response)
    return Reply(text, reasoning, response, finish_reason, prompt, completion, seconds)


def _said(message: Mapping[str, Any]) -> tuple[Any, Any]:
    """Content and reasoning of a message, or of the piece of one that a stream sends."""
    reasoning = message.get("reasoning_content") or message.get("reasoning") or ""
    content = message.get("content")
    return "" if content is None and reasoning else content, reasoning


def read_delta(body: Mapping[str, Any]) -> tuple[str, str, str | None] | None:
    """Content, reasoning and finish reason of one event of a stream; None for one that says nothing (usage alone)."""
    try:
        choice = body["choices"][0]
        content, reasoning = _said(choice.get("delta") or {})
        finish_reason = choice.get("finish_reason")
    except (LookupError, TypeError, AttributeError):
        return None
    if not isinstance(content or "", str) or not isinstance(reasoning, str):
        return None
    return content or "", reasoning, str(finish_reason) if finish_reason else None
