"""What is decided about a response, apart from the other records: verifying answers loads no Arrow for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["correct", "wrong", "rejected", "undecided"]


@dataclass(frozen=True)
class StepVerdict:
    """What was decided about one claim of a trace: `status` is true, false or unproven."""

    claim: str
    status: str
    reason: str


@dataclass(frozen=True)
class Verdict:
    """The outcome of checking one response; `reason` is machine-readable (`truncated`, `no_answer`, …)."""

    status: Status
    reason: str
    extracted: str | None = None
    steps: tuple[StepVerdict, ...] = ()
