"""What a family hands over, and the signs that a textbook draws for its givens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from redstar_geo.errors import RedStarError
from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct.deduction import Deduction
from redstar_geo.geometry.construct.exact import Number, constant
from redstar_geo.geometry.figure import Mark, Point, unfold


class Unsuitable(RedStarError):
    """These numbers or this position do not make a good problem: draw again."""


@dataclass(frozen=True)
class Sketch:
    """One drawn problem under its family's own letters.

    Attributes:
        points: coordinates in the problem's unit of length, y upwards.
        segments: what is joined, `"AB BC CA"`.
        deduction: the finished proof writer.
        scene: where we are, in English and Chinese, `in △ABC` or `C lies on ⊙O`; may be empty.
        numbers: what makes this problem differ from others of its family.
        mistakes: values a student could get wrongly.
        circles: centre point → radius; the circle bears the name of its centre.
        dashed: segments drawn dashed.
        ask_in_picture: whether a question mark may stand at what is asked.
    """

    points: Mapping[str, Point]
    segments: str
    deduction: Deduction
    scene: tuple[str, str]
    numbers: tuple[Number, ...]
    mistakes: tuple[Number, ...] = ()
    circles: Mapping[str, Number | float] = field(default_factory=dict)
    dashed: str = ""
    ask_in_picture: bool = True


def signs(sketch: Sketch) -> list[tuple[Mark, ...]]:
    """For each given how a textbook draws it; nothing where a drawing could be misread or has no sign for it."""
    counts: dict[str, int] = {}
    found = []
    for given in sketch.deduction.givens:
        marks = _marks_of(given, counts)
        found.append(() if any(passes_a_point(mark, sketch) for mark in marks) else marks)
    return found


def passes_a_point(mark: Mark, sketch: Sketch) -> bool:
    """Whether a length would be written beside a segment with a point inside, so that it could mean a part."""
    if mark.kind != "length":
        return False
    lines = (line for line in sketch.deduction.collinear if set(mark.points) <= set(line))
    return any(abs(line.index(mark.points[0]) - line.index(mark.points[1])) > 1 for line in lines)


def _marks_of(given: str, counts: dict[str, int]) -> tuple[Mark, ...]:
    """The marks of one given; `counts` are the groups of ticks, arrows and arcs in use, and grow."""
    term = cdl.parse(given)
    if term.head == "Equal":
        left, right = (arg for arg in term.args if isinstance(arg, cdl.Term))
        return _marks_of_equality(left, right, counts)
    if term.head == "ParallelBetweenLine":
        counts["arrows"] = counts.get("arrows", 0) + 1
        return tuple(Mark("arrows", points, count=counts["arrows"]) for points in term.points)
    if term.head == "PerpendicularBetweenLine":
        ao, co = term.points
        return (Mark("right", ao + co[0]),)
    if term.head == "IsAltitudeOfTriangle":
        altitude, triangle = term.points
        return (Mark("right", altitude + triangle[1]),)
    if term.head in ("RightTriangle", "IsoscelesTriangle", "EquilateralTriangle", "IsMidpointOfLine"):
        parts = [part for part in unfold(term) if not part.startswith("Collinear")]
        return tuple(mark for part in parts for mark in _marks_of(part, counts))
    return ()


def _marks_of_equality(left: cdl.Term, right: cdl.Term, counts: dict[str, int]) -> tuple[Mark, ...]:
    kinds = {"LengthOfLine": "ticks", "MeasureOfAngle": "arcs"}
    if left.head not in kinds:
        return ()
    (points,) = left.points
    if right.head == left.head:
        counts[kinds[left.head]] = count = counts.get(kinds[left.head], 0) + 1
        both = (points, *right.points)
        if left.head == "LengthOfLine":
            return tuple(Mark("ticks", p, count=count) for p in both)
        return tuple(Mark("angle", p, count=count) for p in both)
    if right.head not in ("Number", "Mul", "Div", "Add"):
        return ()
    text = constant(str(right)).pretty()
    if left.head == "LengthOfLine":
        return (Mark("length", points, text),)
    if text == "90":
        return (Mark("right", points),)
    return (Mark("angle", points, f"{text}°"),)
