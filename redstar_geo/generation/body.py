"""The bodies and headers of servers that do not keep to the letter: read as they are meant, never trusted."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from redstar_geo.generation.reply import joined_events


def read_body(raw: bytes) -> dict[str, Any]:
    """The object in a body of JSON, or of events as a stream has them; an empty one where there is none.

    NaN and what is as large as infinity become null, and half of a surrogate pair the replacement character, since they
    cannot be stored; nor can what is nested deeper than any completion, which is no object.
    """
    body = _parsed(raw)
    if isinstance(body, dict):
        return body
    events = list(read_events(raw.splitlines()))
    return joined_events(events) if events else {}


def read_events(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The objects in the `data:` lines of a stream; its closing `[DONE]`, comments and names of events are passed over.

    A line that begins an object by itself is one: some servers answer a request for a stream with a whole body.
    """
    for line in lines:
        line = line.strip()
        data = line[5:] if line.startswith(b"data:") else line if line.startswith(b"{") else b""
        if isinstance(event := _parsed(data), dict):
            yield event


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """How long a server asks to wait, in seconds: `retry-after-ms`, or `Retry-After` as a number or a date."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    given = headers.get("Retry-After")
    if given is None or (seconds := _number(given.strip().removesuffix("s"))) is not None:
        return None if given is None else seconds
    try:
        return max(0.0, parsedate_to_datetime(given).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _parsed(raw: bytes) -> Any:
    try:
        return _flat(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        body = json.loads(raw, parse_constant=lambda _: None, parse_float=_finite)
        text = json.dumps(body, ensure_ascii=False)
        return _flat(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except (ValueError, RecursionError):
        return None


def _flat(raw: bytes | str) -> Any:
    body = orjson.loads(raw)
    try:
        orjson.dumps(body)  # at most 254 levels: who goes through it may call itself for each
    except orjson.JSONEncodeError:
        return None
    return body


def _finite(number: str) -> float | None:
    value = float(number)
    return value if math.isfinite(value) else None
