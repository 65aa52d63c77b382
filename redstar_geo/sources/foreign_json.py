"""JSON of strangers, of which only what can be written again is taken: `\\ud800` alone is half a character."""

from __future__ import annotations

import json
import re
from typing import Any

_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def loads(text: str | bytes) -> Any:
    """The value of a JSON text in UTF-8.

    Raises:
        ValueError: it is no JSON or not UTF-8, has an integer of more than 4,300 digits, or holds half a character.
        RecursionError: its brackets are too deep.
    """
    decoded = text if isinstance(text, str) else text.decode("utf-8-sig")
    value = json.loads(decoded)
    if not whole(value, decoded):
        raise ValueError("half of a surrogate pair")
    return value


def whole(value: Any, text: str, start: int = 0, end: int | None = None) -> bool:
    """Whether the value that was read from `text[start:end]` can be written in UTF-8."""
    if not _HALF.search(text, start, len(text) if end is None else end):
        return True  # nearly always, and much faster than writing it
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
