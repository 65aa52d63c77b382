"""What a server sends → the one form of a response: reasoning, answer, why it ended, how many tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redstar_geo.errors import RedStarError

_INLINE = re.compile(r"^\s*<(think|thinking|reasoning)>(.*?)(?:</\1>|\Z)", re.DOTALL)
_LEFT_OPEN = re.compile(r"^(.*?)</(?:think|thinking|reasoning)>", re.DOTALL)  # templates that open the tag themselves


class BadReply(RedStarError):
    """A reply that is no chat completion."""


@dataclass(frozen=True)
class Reply:
    """One completion; `reasoning` is empty when the model showed none."""

    reasoning: str
    response: str
    finish_reason: str
    prompt_tokens: int | None
    completion_tokens: int | None


def read_reply(body: Mapping[str, Any]) -> Reply:
    """Read a chat completion: reasoning in `reasoning_content`, in `reasoning`, in inline tags, or nowhere.

    Raises:
        BadReply: it has no message.
    """
    try:
        choice = body["choices"][0]
        message = choice["message"]
        content = message.get("content")
        thought = message.get("reasoning_content") or message.get("reasoning") or ""
        usage = body.get("usage") or {}
        finish_reason = str(choice.get("finish_reason") or "unknown")
        tokens = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise BadReply(f"no chat completion: {error!r}") from None
    content = "" if content is None and thought else content
    if not isinstance(content, str) or not isinstance(thought, str):  # "" is a reply: all tokens may be special ones
        raise BadReply("a message without text")
    if not thought:
        thought, content = _inline(content)
    prompt, completion = (number if isinstance(number, int) else None for number in tokens)
    return Reply(thought.strip(), content.strip(), finish_reason, prompt, completion)


def _inline(content: str) -> tuple[str, str]:
    """Reasoning and answer of a text with tags; a tag that is never closed is all reasoning."""
    inline = _INLINE.match(content) or _LEFT_OPEN.match(content)
    if inline is None:
        return "", content
    return inline[inline.lastindex or 1], content[inline.end() :]
