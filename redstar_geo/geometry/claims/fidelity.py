"""Reasoning fidelity: which numeric sub-goals of the proof a trace states rightly.

After SGVR (arXiv 2601.05073), which asks a language model for each sub-goal; here the claims are read and compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redstar_geo.geometry import cdl
from redstar_geo.geometry.claims.facts import Facts
from redstar_geo.geometry.claims.judge import Judged
from redstar_geo.geometry.claims.meaning import readings
from redstar_geo.geometry.proof import Proof, Solve

_NUMBER = "a number"


@dataclass(frozen=True)
class Fidelity:
    """How much of a proof a trace states: `stated` of `subgoals` numeric values, and whether a claim of it is false."""

    stated: int
    subgoals: int
    false_steps: int

    @property
    def complete(self) -> bool:
        return self.stated == self.subgoals


def subgoals(proof: Proof) -> tuple[str, ...]:
    """The measures whose values the goal rests on, the goal last."""
    return tuple(dict.fromkeys(move.unknown for move in proof.moves if isinstance(move, Solve) and move.needed))


def fidelity(judged: Judged, facts: Facts) -> Fidelity:
    """Compare the true claims of a trace with its proof; a value may be stated through a chain (∠A = ∠B = 50°)."""
    linked: dict[str, str] = {}  # what the true equations of the trace make one, as a tree
    for claim, decision in judged.claims:
        if claim.standing == "asserted" and decision.status == "true" and claim.statement.head in ("Equal", "About"):
            for reading in readings(claim.statement, facts.choices, facts.circles):
                first, *others = (_key(side, facts) for part in reading for side in part.terms)
                for other in others:
                    linked[_root(other, linked)] = _root(first, linked)
    wanted = [facts.key(cdl.parse(measure)) for measure in subgoals(facts.proof)]
    valued = _root(_NUMBER, linked)
    false = sum(decision.status == "false" for _, decision in judged.claims)
    return Fidelity(sum(_root(key, linked) == valued for key in wanted), len(wanted), false)


def _root(key: str, tree: dict[str, str]) -> str:
    """What all that is linked with a key is known by; the way there gets shorter each time."""
    while (above := tree.setdefault(key, key)) != key:
        tree[key] = tree[above]
        key = above
    return key


def _key(side: cdl.Term, facts: Facts) -> str:
    return facts.key(side) if list(side.measures()) else _NUMBER


def summary(results: Sequence[tuple[Fidelity, bool]]) -> dict[str, Any]:
    """Figures over (fidelity, right answer) of many traces.

    `skeleton_rate`: mean share of sub-goals stated; `completion`: share of traces with all of them; `consistency`:
    share in which a right answer and all sub-goals go together, or neither; `right_by_wrong_steps`: share of right
    answers with a false claim.
    """
    if not results:
        return {"n": 0}
    right = [result for result, correct in results if correct]
    return {
        "n": len(results),
        "skeleton_rate": sum(result.stated / max(1, result.subgoals) for result, _ in results) / len(results),
        "completion": sum(result.complete for result, _ in results) / len(results),
        "consistency": sum(result.complete == correct for result, correct in results) / len(results),
        "right_by_wrong_steps": sum(result.false_steps > 0 for result in right) / len(right) if right else None,
    }
