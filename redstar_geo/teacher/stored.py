"""What the ledger holds for a sample → a trace, whichever teacher gave it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redstar_geo.generation.reply import read_reply
from redstar_geo.records import Trace


def trace(problem_id: str, sample: int, teacher: str, key: str, body: Mapping[str, Any]) -> Trace:
    """The trace of a stored response: a server's reply is read now, since it is kept as it came."""
    if "raw" not in body:
        return Trace(problem_id=problem_id, sample=sample, teacher=teacher, request=key, **body)
    return read_reply(body["raw"], body.get("seconds")).trace(problem_id, sample, teacher, key)
