"""Short names to write statements of the formal language with."""

from __future__ import annotations

from redstar_geo.geometry.construct.exact import Exact, Number

CENTRE = "IsCentreOfCircle(O,O)"


def angle(points: str) -> str:
    return f"MeasureOfAngle({points})"


def length(points: str) -> str:
    return f"LengthOfLine({points})"


def equal(left: str, right: str | Number) -> str:
    return f"Equal({left},{_write(right)})"


def add(*parts: str | Number) -> str:
    return f"Add({','.join(map(_write, parts))})"


def mul(*parts: str | Number) -> str:
    return f"Mul({','.join(map(_write, parts))})"


def sub(left: str | Number, right: str | Number) -> str:
    return f"Sub({_write(left)},{_write(right)})"


def parallel(ab: str, cd: str) -> str:
    return f"ParallelBetweenLine({ab},{cd})"


def perpendicular(ab: str, cb: str) -> str:
    """The common point is the last letter of both."""
    return f"PerpendicularBetweenLine({ab},{cb})"


def _write(part: str | Number) -> str:
    return part if isinstance(part, str) else Exact.of(part).text()
