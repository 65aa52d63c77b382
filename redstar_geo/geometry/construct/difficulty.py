"""How difficult a problem is, from its finished proof: depth, variety of theorems, arithmetic."""

from __future__ import annotations

from redstar_geo.geometry.construct.exact import constant
from redstar_geo.geometry.proof import Proof, Solve, Step

_MOVE, _NEW_THEOREM, _ODD_VALUE = 0.5, 0.4, 0.5  # what each adds
_UNITS_A_LEVEL = 1.4


def difficulty(proof: Proof) -> int:
    """From 1 to 10.

    Only what the goal rests on counts: 0.5 for each move (definitions are free), 0.4 for each theorem that had not been
    used before, 0.5 for each value that is no integer; 1.4 of these make a level. One theorem and one sum are level 1,
    twenty moves with ten theorems level 10.
    """
    moves = [
        move for move in proof.moves if move.needed and not (isinstance(move, Step) and move.theorem == "definition")
    ]
    theorems = {move.theorem for move in moves if isinstance(move, Step)}
    values = [constant(move.value).rational for move in moves if isinstance(move, Solve)]
    odd = sum(value is None or value.denominator > 1 for value in values)
    units = _MOVE * len(moves) + _NEW_THEOREM * len(theorems) + _ODD_VALUE * odd
    return min(10, max(1, round(units / _UNITS_A_LEVEL)))
