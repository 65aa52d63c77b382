"""Equations solved by hand, as lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "ratio",
    "cross",
    "isolate",
    "put_in",
    "cancel",
    "simplify",
    "factor",
    "discriminant",
    "solved",
    "equal_sides",
    "equal_angles",
    "equal_sines",
    "angle_sum",
]


@dataclass(frozen=True)
class Line:
    """One line of a solution.

    Attributes:
        kind: what was done to get it.
        text: an equation, or a chain of them.
        discarded: for a quadratic equation, its other root as `x = −3`, and
        absurd: what makes that root impossible: `AB = −1`; empty where the root itself is a negative measure.
    """

    kind: Kind
    text: str
    discarded: str = ""
    absurd: str = ""


@dataclass(frozen=True)
class Solution:
    """The lines from the equations to the value, and the values found on the way."""

    lines: tuple[Line, ...]
    values: tuple[tuple[str, str], ...]
