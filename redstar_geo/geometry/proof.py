"""A proof: the one currency between solver, constructor, narrator and judge.

Every statement and every number is text in the formal language of `cdl`, so a proof can be stored, compared and read.
Theorems carry FormalGeo's names (`triangle_property_angle_sum`), built-in problems included.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """A theorem was applied.

    Attributes:
        theorem: FormalGeo's name, for example `similar_triangle_judgment_aa`.
        args: its point groups, for example `("ABC", "DEF")`.
        premises: the known statements it rests on, those worth saying (no bare existence of points or lines).
        conclusions: the statements it added; empty when its premises do not hold, so that it could not be applied.
        needed: whether the goal rests on it. A step that is not needed was really tried and is a dead end.
    """

    theorem: str
    args: tuple[str, ...]
    premises: tuple[str, ...]
    conclusions: tuple[str, ...]
    needed: bool = True


@dataclass(frozen=True)
class Solve:
    """Algebra: a measure got its value from equations among known values.

    Attributes:
        unknown: a measure (`MeasureOfAngle(CAB)`) or a free symbol (`x`); for the last one, the goal itself.
        value: its exact value (`55`, `5*sqrt(3)`), in degrees for angles.
        equations: the `Equal(…)` statements used, in the order in which they were found.
        known: the values already known that enter those equations: `(("MeasureOfAngle(ABC)", "90"), …)`.
        needed: as for a step.
    """

    unknown: str
    value: str
    equations: tuple[str, ...]
    known: tuple[tuple[str, str], ...]
    needed: bool = True


@dataclass(frozen=True)
class Proof:
    """From the givens to the value of the goal, move by move, in the order in which they were made.

    Attributes:
        givens: statements taken from text and picture.
        goal: the expression asked for (`MeasureOfAngle(CAB)`, `Add(LengthOfLine(AB),LengthOfLine(BC))`, `x`).
        answer: its exact value.
    """

    givens: tuple[str, ...]
    goal: str
    answer: str
    moves: tuple[Step | Solve, ...]

    @property
    def steps(self) -> list[Step]:
        return [move for move in self.moves if isinstance(move, Step)]

    @property
    def solves(self) -> list[Solve]:
        return [move for move in self.moves if isinstance(move, Solve)]

    def to_json(self) -> str:
        """The proof as text, for keeping."""
        return json.dumps(vars(self), default=vars, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Proof:
        """The inverse of `to_json`."""
        kept = json.loads(text)
        return cls(tuple(kept["givens"]), kept["goal"], kept["answer"], tuple(map(_move, kept["moves"])))


def _move(kept: dict[str, Any]) -> Step | Solve:
    kind = Step if "theorem" in kept else Solve
    return kind(**{name: _frozen(value) for name, value in kept.items()})


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
