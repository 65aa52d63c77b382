"""What a family hands over, and the signs that a textbook draws for its givens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

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
        symbols: the values of letters such as x.
        upright: whether the figure must not be turned, since it has coordinates.
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
    symbols: Mapping[str, Number] = field(default_factory=dict)
    upright: bool = False


def written(term: cdl.Term) -> str:
    """A number as in a textbook, or an expression in x: `2x + 10`."""
    if not any(term.measures()):
        return constant(str(term)).pretty()
    parts = [written(part) for part in term.terms]
    if term.head == "Mul":
        return "".join(parts)
    return (" + " if term.head == "Add" else " − ").join(parts) if parts else str(term)


def signs(sketch: Sketch) -> list[tuple[Mark, ...]]:
    """For each given how a textbook draws it; nothing where a drawing could be misread or has no sign for it."""
    lines = sketch.deduction.collinear
    drawn = marks_of(sketch.deduction.givens)
    return [() if any(passes_a_point(mark, lines) for mark in marks) else marks for marks in drawn]


def marks_of(givens: Iterable[str]) -> list[tuple[Mark, ...]]:
    """The signs of each given, wherever points lie; what is equal or parallel to something marked shares its marks."""
    groups = _Groups()
    return [_marks_of(given, groups) for given in givens]


@dataclass
class _Groups:
    """Ticks, arrows and arcs in use. What is equal or parallel to something marked bears the same number of them."""

    used: dict[str, int] = field(default_factory=dict)
    marked: dict[tuple[str, str], Mark] = field(default_factory=dict)

    def together(self, kind: Literal["ticks", "arrows", "angle"], first: str, second: str) -> tuple[Mark, ...]:
        """Marks of one group for two segments or angles; none where each has marks of another group already."""
        pairs = [(self.marked.get((kind, self._either_way(points))), points) for points in (first, second)]
        counts = {old.count for old, _ in pairs if old}
        if len(counts) == 2:
            return ()
        if not counts:
            self.used[kind] = self.used.get(kind, 0) + 1
        count = counts.pop() if counts else self.used[kind]
        # arrows of parallels point the same way
        turned = kind == "arrows" and any(old and old.count == count and old.points != points for old, points in pairs)
        marks = []
        for old, points in pairs:
            fresh = Mark(kind, points[::-1] if turned else points, count=count)
            marks.append(old if old and old.count == count else fresh)
            self.marked[kind, self._either_way(points)] = marks[-1]
        return tuple(marks)

    @staticmethod
    def _either_way(points: str) -> str:
        return min(points, points[::-1])


def passes_a_point(mark: Mark, collinear: Iterable[str]) -> bool:
    """Whether a length would be written beside a segment with a point inside, so that it could mean a part."""
    if mark.kind != "length":
        return False
    lines = (line for line in collinear if set(mark.points) <= set(line))
    return any(abs(line.index(mark.points[0]) - line.index(mark.points[1])) > 1 for line in lines)


def _marks_of(given: str, groups: _Groups) -> tuple[Mark, ...]:
    """The marks of one given; the groups grow."""
    term = cdl.parse(given)
    if term.head == "Equal":
        left, right = term.terms
        return _marks_of_equality(left, right, groups)
    if term.head == "ParallelBetweenLine":
        return groups.together("arrows", *term.points)
    if term.head == "PerpendicularBetweenLine":
        ao, co = term.points
        return (Mark("right", ao + co[0]),)
    if term.head == "IsAltitudeOfTriangle":
        altitude, triangle = term.points
        return (Mark("right", altitude + triangle[1]),)
    if term.head == "EquilateralTriangle":
        (abc,) = term.points
        sides = abc[:2], abc[1:], abc[2] + abc[0]
        return groups.together("ticks", *sides[:2]) + groups.together("ticks", *sides[1:])
    if term.head in ("RightTriangle", "IsoscelesTriangle", "IsMidpointOfLine"):
        parts = [part for part in unfold(term) if not part.startswith("Collinear")]
        return tuple(mark for part in parts for mark in _marks_of(part, groups))
    return ()


def _marks_of_equality(left: cdl.Term, right: cdl.Term, groups: _Groups) -> tuple[Mark, ...]:
    if left.head not in ("LengthOfLine", "MeasureOfAngle"):
        return ()
    (points,) = left.points
    if right.head == left.head:
        return groups.together("ticks" if left.head == "LengthOfLine" else "angle", points, *right.points)
    if right.head not in ("Number", "Mul", "Div", "Add", "Sub", "Name"):
        return ()
    text = written(right)
    if left.head == "LengthOfLine":
        return (Mark("length", points, text),)
    if text == "90":
        return (Mark("right", points),)
    return (Mark("angle", points, in_degrees(text)),)


def in_degrees(text: str) -> str:
    """A number or an expression with its degree sign: `40°`, `(2x + 10)°`."""
    return f"({text})°" if " " in text else f"{text}°"
