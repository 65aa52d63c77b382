"""Why a trace is not kept, and what a filter is told besides the trace."""

from __future__ import annotations

from dataclasses import dataclass

from redstar_geo.records import Domain

LONGEST_DETAIL = 120


@dataclass(frozen=True)
class Rejection:
    """`reason` is one of a filter's fixed names, `detail` a short excerpt for a human (at most 120 characters)."""

    reason: str
    detail: str


@dataclass(frozen=True)
class Asked:
    """What the trace answers: the question, the language the answer should be in, the domain."""

    question: str
    language: str
    domain: Domain = "math"


def excerpt(text: str, start: int = 0) -> str:
    """What stands at `start`, on one line and short enough for a detail."""
    line = " ".join(text[max(start, 0) : max(start, 0) + 4 * LONGEST_DETAIL].split())
    return line if len(line) <= LONGEST_DETAIL else line[: LONGEST_DETAIL - 1] + "…"
