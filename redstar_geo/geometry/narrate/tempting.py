"""Wrong turns looked at once more: which nobody would think of, and which what is known refutes."""

from __future__ import annotations

from collections.abc import Sequence

from redstar_geo.geometry import cdl
from redstar_geo.geometry.claims.numbers import same
from redstar_geo.geometry.narrate.values import Values
from redstar_geo.geometry.proof import Step


def absurd(step: Step, values: Values) -> bool:
    """Whether one sees at once that a triangle is not of this kind: a right one is never equilateral."""
    if len(step.args) != 1 or len(step.args[0]) != 3 or not step.theorem.endswith(("_angle", "_equal", "_isosceles")):
        return False
    known = {}
    for term in values.terms:
        if term.head == "MeasureOfAngle" and set(term.points[0]) == set(step.args[0]):
            known[term.points[0][1]] = values.number(term)
    corners = [known[corner] for corner in step.args[0] if corner in known]
    if step.theorem.startswith("equilateral"):
        return any(angle != 60 for angle in corners)
    if step.theorem.startswith("right"):
        return any(angle is not None and angle >= 90 for corner, angle in known.items() if corner != step.args[0][1])
    return False


def refuted(missing: Sequence[str], values: Values) -> tuple[str, str] | None:
    """An equation that would be needed and does not hold, and what holds instead: ∠ABC = 90° and ∠ABC = 50°."""
    for statement in missing:
        term = cdl.parse(statement)
        if term.head != "Equal":
            continue
        left, right = term.terms
        one, other = values.number(left), values.number(right)
        if one is not None and other is not None and not same(one, other) and left.head in cdl.MEASURES:
            return statement, f"Equal({left},{values.known[str(left)]})"
    return None
