"""What is decided about the claims of a text."""

from __future__ import annotations

from dataclasses import dataclass

from redstar_geo.geometry.claims.read import Claim
from redstar_geo.verdict import StepVerdict

TRUE_ANYHOW = "not asserted, though true"  # nothing hypothetical hangs on it


@dataclass(frozen=True)
class Decision:
    """`true`, `false`, `unproven` or `withdrawn`, and why: a proof's step, arithmetic, the figure, what is unknown.

    Attributes:
        was: of a withdrawn claim: what it would be if the text stood by it.
        mended: of a false claim that was withdrawn: the text says something true of the same quantity afterwards.
    """

    status: str
    reason: str
    was: str = ""
    mended: bool = False


@dataclass(frozen=True)
class Judged:
    """The claims of a text with their decisions, in order.

    Attributes:
        cut: the text was longer, or had more claims, than are read.
    """

    claims: tuple[tuple[Claim, Decision], ...]
    cut: bool

    @property
    def first_false(self) -> int | None:
        """The index of the first false claim that the text stands by."""
        return next((i for i, (_, decision) in enumerate(self.claims) if decision.status == "false"), None)

    @property
    def errors(self) -> int:
        """How many false claims were made, withdrawn or not."""
        return sum("false" in (decision.status, decision.was) for _, decision in self.claims)

    @property
    def mended(self) -> int:
        """How many of them the text itself took back and put right."""
        return sum(decision.mended for _, decision in self.claims)

    def steps(self) -> tuple[StepVerdict, ...]:
        """The verdicts as a trace's record keeps them; what is only supposed is left out.

        The reason of a withdrawn step begins with what it was: `false, mended: …`.
        """
        return tuple(
            StepVerdict(claim.text, decision.status, _reason(decision))
            for claim, decision in self.claims
            if claim.standing == "asserted"
        )

    def ends(self) -> tuple[int, ...]:
        """Where in the text the claim of each of the `steps` ends."""
        return tuple(claim.end for claim, _ in self.claims if claim.standing == "asserted")


def _reason(decision: Decision) -> str:
    return f"{decision.was}{', mended' * decision.mended}: {decision.reason}" if decision.was else decision.reason
