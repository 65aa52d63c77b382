"""What is decided about a response, apart from the other records: verifying answers loads no Arrow for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["correct", "wrong", "rejected", "undecided"]


@dataclass(frozen=True)
class StepVerdict:
    """What was decided about one claim of a trace.

    `status` is true, false, unproven, or withdrawn where the trace takes the claim back; the reason then begins with
    what it was: `false: …`, `true: …`, or `false, mended: …` where something true of the same quantity follows.
    """

    claim: str
    status: str
    reason: str

    @property
    def error(self) -> bool:
        """Whether a false claim was made, withdrawn or not."""
        return self.status == "false" or (self.status == "withdrawn" and self.reason.startswith("false"))

    @property
    def mended(self) -> bool:
        """Whether it was an error that the trace itself put right."""
        return self.status == "withdrawn" and self.reason.startswith("false, mended")


@dataclass(frozen=True)
class Verdict:
    """The outcome of checking one response; `reason` is machine-readable (`truncated`, `no_answer`, …)."""

    status: Status
    reason: str
    extracted: str | None = None
    steps: tuple[StepVerdict, ...] = ()
