"""What makes two triangles congruent or similar without saying: a side or an angle that both have."""

from __future__ import annotations

from redstar_geo.geometry import cdl
from redstar_geo.geometry.proof import Step

# By the theorem: the sides and the corners that it compares, by their places in the triangle.
_COMPARED: dict[str, tuple[tuple[tuple[int, int], ...], tuple[int, ...]]] = {
    "sss": (((0, 1), (1, 2), (2, 0)), ()),
    "sas": (((0, 1), (0, 2)), (0,)),
    "aas": (((0, 1), (1, 2), (2, 0)), (1, 2)),
    "hl": (((0, 1), (1, 2), (2, 0)), ()),
    "aa": ((), (1, 2)),
}


def compares(step: Step) -> bool:
    """Whether a step judges two triangles by their parts."""
    return "triangle_judgment" in step.theorem and len(step.args) == 2 and _kind(step) in _COMPARED


def shared(step: Step) -> tuple[list[str], list[str]]:
    """The sides and the corners that both triangles have, where the theorem compares them and no premise does."""
    one, other = _corresponding(step)
    sides, corners = _COMPARED[_kind(step)]
    measures = [measure for premise in step.premises for measure in cdl.parse(premise).measures()]
    named = {frozenset(measure.points[0]) for measure in measures if measure.head == "LengthOfLine"}
    at = {measure.points[0][1] for measure in measures if measure.head == "MeasureOfAngle"}
    common = [one[i] + one[j] for i, j in sides if {one[i], one[j]} == {other[i], other[j]}]
    if _kind(step) == "aas" and named:  # one side is enough
        common = []
    return [side for side in common if frozenset(side) not in named], [
        one[i] for i in corners if one[i] == other[i] and one[i] not in at
    ]


def derived(step: Step) -> list[str]:
    """That two angles are equal, where a theorem compares them and no single premise says so."""
    one, other = _corresponding(step)
    said = [cdl.parse(premise) for premise in step.premises]
    found = []
    for i in _COMPARED[_kind(step)][1]:
        corners, equal = (one[i], other[i]), one[i] == other[i]
        worths: tuple[set[str], set[str]] = (set(), set())
        for term in said if not equal else ():
            if term.head != "Equal":
                continue
            for side, value in (term.terms, term.terms[::-1]):
                for corner, known in zip(corners, worths, strict=True):
                    if side.head == "MeasureOfAngle" and side.points[0][1] == corner:
                        known.add(str(value))
                        known.add(str(side))
        if not equal and not worths[0] & worths[1]:
            angles = [f"MeasureOfAngle({name[i - 1]}{name[i]}{name[(i + 1) % 3]})" for name in (one, other)]
            found.append(f"Equal({angles[0]},{angles[1]})")
    return found


def _corresponding(step: Step) -> tuple[str, str]:
    one, other = step.args
    return one, other[0] + other[:0:-1] if step.theorem.startswith("mirror") else other


def _kind(step: Step) -> str:
    return step.theorem.rpartition("_")[2]
