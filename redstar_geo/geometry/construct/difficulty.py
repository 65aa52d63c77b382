"""How difficult a problem is, from its finished proof: depth, variety of theorems, arithmetic."""

from __future__ import annotations

from redstar_geo.geometry.construct.exact import constant
from redstar_geo.geometry.proof import Proof

_MOVE, _NEW_THEOREM, _ODD_VALUE = 0.5, 0.4, 0.5  # what each adds
_UNITS_A_LEVEL = 1.4


def difficulty(proof: Proof) -> int:
    """From 1 to 10.

    Only what the goal rests on counts: 0.5 for each move (definitions are free), 0.4 for each theorem that had not been
    used before, 0.5 for each value that is no integer; 1.4 of these make a level. One theorem and one sum are level 1,
    twenty moves with ten theorems level 10.
    """
    theorems = [step.theorem for step in proof.steps if step.needed and step.theorem != "definition"]
    values = [constant(solve.value).rational for solve in proof.solves if solve.needed]
    odd = sum(value is None or value.denominator > 1 for value in values)
    units = _MOVE * (len(theorems) + len(values)) + _NEW_THEOREM * len(set(theorems)) + _ODD_VALUE * odd
    return min(10, max(1, round(units / _UNITS_A_LEVEL)))
