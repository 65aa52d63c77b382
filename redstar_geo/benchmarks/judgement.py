"""What a judge, a model at an endpoint, says of an answer that has no gold answer to be held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redstar_geo.errors import RedStarError
from redstar_geo.records import Problem

Messages = list[dict[str, str]]


class UnreadableJudgementError(RedStarError):
    """A judge's reply that is no judgement; the message says what is wrong with it."""


@dataclass(frozen=True)
class Judgement:
    """The score of one answer, from 0 to 1, and what the judge says for it: `{"about", "score", "why"}` a part."""

    score: float
    parts: tuple[dict[str, Any], ...]


def item(id: str, source: str, question: str, language: str, meta: dict[str, Any]) -> Problem:
    """An item that is asked in its own words and has no gold answer; `meta` is what its judge needs."""
    return Problem(
        id=id,
        domain="general",
        source=source,
        split="test",
        licence="unknown",
        question=question,
        answer="",
        answer_kind="judged",
        language=language,
        meta=meta,
    )
