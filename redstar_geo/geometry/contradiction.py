"""Where a replay meets two values of one thing: the givens cannot all be true.

The solver keeps the first value of a measure and looks no further. So when all is done each equation is held against
the values of its unknowns, and of those that do not agree the one that rests on the fewest givens is the certificate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sympy

from redstar_geo.geometry.equations import real
from redstar_geo.geometry.predicates import BASIC, VARIABLE
from redstar_geo.geometry.replay import Replay

ROUNDED = 0.02  # the share by which two values may differ where numbers in a problem are rounded


@dataclass(frozen=True)
class Contradiction:
    """One equation whose sides differ, and all that it rests on, in the order in which it was found.

    Attributes:
        statement: the equation, as a given or a theorem has it.
        left, right: what its sides come to.
        givens: the statements of the problem that cannot all be true.
        steps: what follows from them: a theorem with its points and the statement that it gives, or a value.
    """

    statement: str
    left: float
    right: float
    givens: tuple[str, ...]
    steps: tuple[str, ...]

    @property
    def gap(self) -> float:
        """By which share of the larger side the sides differ."""
        return abs(self.left - self.right) / max(abs(self.left), abs(self.right))


def shortest(replay: Replay) -> Contradiction | None:
    """The contradiction that rests on the fewest givens, and then on the fewest steps; None if there is none."""
    found = [_certificate(replay, i, *sides) for i, *sides in _broken(replay)]
    return min(found, key=lambda each: (len(each.givens), len(each.steps)), default=None)


def _broken(replay: Replay) -> Iterator[tuple[int, float, float]]:
    """The equations whose sides differ by more than rounding does, each with its sides."""
    condition = replay.condition
    for i in condition.ids_of_predicate["Equation"]:
        _, equation, _, (source, _, _), _ = condition.items[i]
        values = {symbol: condition.value_of_sym[symbol] for symbol in equation.free_symbols}
        if source == "solve_eq" or any(value is None for value in values.values()):
            continue
        numbers = [real(sympy.S.Zero + term.subs(values)) for term in sympy.Add.make_args(equation)]
        if any(number is None for number in numbers):
            continue
        left = sum(number for number in numbers if number is not None and number > 0)
        right = -sum(number for number in numbers if number is not None and number < 0)
        if abs(left - right) > ROUNDED * max(left, right):
            yield i, left, right


def _certificate(replay: Replay, i: int, left: float, right: float) -> Contradiction:
    condition = replay.condition
    symbols = condition.items[i][1].free_symbols
    valued = [
        condition.get_id_by_predicate_and_item("Equation", symbol - condition.value_of_sym[symbol])
        for symbol in symbols
    ]
    givens, steps = [], []
    for j in sorted(replay.ancestors([i, *valued])):
        predicate, _, _, (source, _, points), _ = condition.items[j]
        if predicate in BASIC or predicate in VARIABLE:
            continue
        said = replay.statement(j)
        if source == "prerequisite":
            givens.append(said)
        elif source in ("solve_eq", "extended"):
            steps.append(said)
        else:
            steps.append(f"{source}({','.join(points)}): {said}")
    return Contradiction(replay.statement(i), left, right, tuple(givens), tuple(steps))
