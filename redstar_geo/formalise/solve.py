"""The answer without a model: figures fitted to all that was read, and what is asked measured in each of them.

Where the value is one and the same in every figure of every reading, the statements determine it. No proof is searched.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from redstar_geo.formalise.closed_form import Value, value
from redstar_geo.formalise.conflict import Conflict, smallest
from redstar_geo.formalise.picture import NOTHING, Depiction
from redstar_geo.formalise.question import Question
from redstar_geo.formalise.scene import Scene, Way, united
from redstar_geo.formalise.statement import Said
from redstar_geo.geometry import cdl
from redstar_geo.geometry.figure import Figure, FigureError, measure
from redstar_geo.geometry.fit import Fitted, determined, fit
from redstar_geo.geometry.fit.check import is_reflex

_FIGURES = 6  # realisations that must agree
_MANY_FIGURES = 24  # where nothing says on which side of a line a point lies: mirror images of a part must come up
_FLAT = 0.005  # sine of the angle at a corner of a shape that is no line
_QUADRILATERALS = ("Kite", "Parallelogram", "Rhombus", "Rectangle", "Square")
_ASKED = 3  # of them, whether the goal can move
_AGREE = 1e-6  # relative
_PRECISION = 1e-11  # relative, of a value measured in a polished figure
Outcome = Literal[
    "answered", "refused", "not determined", "contradiction", "no figure", "against the picture", "beyond"
]
_TURNED = ("direction", "orientation")  # departures that mostly come of a picture that was misread


@dataclass(frozen=True)
class Solution:
    """What the statements of a question and its picture determine.

    Attributes:
        outcome: `answered`; `refused`: the question asks for what has no name here; `not determined`: what is asked
            differs between figures; `contradiction`: no figure can have all that was read; `no figure`: none was found,
            and no contradiction either; `against the picture`: only figures that turn something of it round; `beyond`:
            outside of what is handled, or more than is tried.
        why: in words.
        values: what is asked in each figure, by size; several where it is not determined.
        figures: those that show it, at most six.
        rests_on: every statement that was used.
        left_out: statements that were read and not used, having no meaning here, or too many.
        departures: in what the figures differ from the picture, as of `fit.Fitted`.
    """

    outcome: Outcome
    why: str = ""
    value: Value | None = None
    values: tuple[float, ...] = ()
    figures: tuple[Figure, ...] = ()
    rests_on: tuple[Said, ...] = ()
    conflict: Conflict | None = None
    left_out: tuple[Said, ...] = ()
    departures: tuple[str, ...] = ()


def solve(question: Question, depiction: Depiction = NOTHING, *, explain: bool = True) -> Solution:
    """The answer to a question, or why there is none; the work is bounded by counts.

    Args:
        explain: find the smallest contradicting statements where no figure was found, which takes many fits.
    """
    if question.goal is None:
        return Solution("refused", question.refusal, rests_on=question.statements)
    try:
        scene = united(question, depiction)
    except (cdl.CDLError, FigureError) as error:
        return Solution("beyond", str(error), rests_on=question.statements)
    if scene.trouble:
        return Solution("beyond", scene.trouble, rests_on=scene.said)
    fitted = [realised(way, scene) for way in scene.ways]
    shown = [(way, each) for way, each in zip(scene.ways, fitted, strict=True) if each.figures]
    found = _measured(scene, shown) if shown else _without_figure(scene, fitted, explain)
    return replace(found, left_out=scene.left_out)


def realised(way: Way, scene: Scene) -> Fitted:
    """Figures of one reading; none has points that coincide, or named shapes that are flat or cross themselves."""
    givens = [str(said.statement) for said in way.givens]
    if scene.oriented:
        return fit(way.construction, givens, count=_FIGURES, seconds=math.inf)
    found = fit(way.construction, givens, count=_MANY_FIGURES, oriented=False, seconds=math.inf)
    shapes = {*scene.shapes, *(name for said in way.givens for name in _shapes(said.statement)), *_shapes(way.goal)}
    sound = [figure for figure in found.figures if _is_plain(figure, shapes)]
    return Fitted(tuple(sound), "" if sound else found.reason or "degenerate", found.departures)


def _measured(scene: Scene, shown: Sequence[tuple[Way, Fitted]]) -> Solution:
    figures = [figure for _, fitted in shown for figure in fitted.figures]
    try:
        values = sorted(measure(figure, way.goal) for way, fitted in shown for figure in fitted.figures)
        turned_over = scene.oriented and any(is_reflex(f, way.goal) for way, fitted in shown for f in fitted.figures)
    except FigureError as error:
        return Solution("beyond", str(error), rests_on=scene.said)
    found = Solution(
        "answered",
        values=tuple(values),
        figures=tuple(figures[:_FIGURES]),
        rests_on=scene.said,
        departures=tuple(dict.fromkeys(name for _, fitted in shown for name in fitted.departures)),
    )
    low, middle, high = values[0], values[len(values) // 2], values[-1]
    if turned_over:
        return replace(found, outcome="beyond", why="an angle of more than 180° as it is named")
    if high - low > _AGREE * max(1.0, abs(high), abs(low)):
        return replace(found, outcome="not determined", why=f"from {low:.6g} to {high:.6g} by what was read")
    if not all(_is_fixed(way, each, scene.oriented) for way, each in shown):
        return replace(found, outcome="not determined", why="what was read leaves it free to move")
    if turned := [name for name in found.departures if name in _TURNED]:
        return replace(
            found, outcome="against the picture", why=f"only with another {' and '.join(turned)} than was read"
        )
    return replace(found, value=value(middle, max(_PRECISION * max(1.0, abs(middle)), high - low)))


def _is_fixed(way: Way, fitted: Fitted, oriented: bool) -> bool:
    """Whether the goal cannot move with the figure; the first figures that were found are asked."""
    givens = [str(said.statement) for said in way.givens]
    directed = oriented and "direction" not in fitted.departures
    return any(determined(figure, way.construction, givens, way.goal, directed) for figure in fitted.figures[:_ASKED])


def _without_figure(scene: Scene, fitted: Sequence[Fitted], explain: bool) -> Solution:
    reasons = [each.reason for each in fitted]
    if any(reason.startswith("unsupported_statement") for reason in reasons):
        reason = next(reason for reason in reasons if reason.startswith("unsupported_statement"))
        return Solution("beyond", reason.partition(": ")[2], rests_on=scene.said)
    conflict = smallest(scene.ways[0], scene.oriented) if explain else None
    if conflict is None:
        return Solution("no figure", reasons[0].replace("_", " "), rests_on=scene.said)
    return Solution("contradiction", conflict.words, rests_on=scene.said, conflict=conflict)


def _is_plain(figure: Figure, shapes: Iterable[str]) -> bool:
    """Whether points are apart, and named triangles and quadrilaterals are neither flat nor cross themselves."""
    places = list(figure.points.values())
    size = max((math.dist(places[0], place) for place in places), default=0.0)
    if any(math.dist(a, b) <= 1e-6 * size for i, a in enumerate(places) for b in places[:i]):
        return False
    for name in shapes:
        corners = [complex(*figure.at(point)) for point in name if point in figure.points]
        if len(corners) != len(name):
            continue
        for a, b, c in zip(corners, corners[1:] + corners[:1], corners[2:] + corners[:2], strict=True):
            if abs(((b - a).conjugate() * (c - b)).imag) <= _FLAT * abs(b - a) * abs(c - b):
                return False
        if len(corners) == 4 and (_cut(corners) or _cut([*corners[1:], corners[0]])):
            return False
    return True


def _shapes(term: cdl.Term) -> Iterator[str]:
    """The corners of the triangles and quadrilaterals that a statement is about."""
    for part in term.walk():
        if part.head in _QUADRILATERALS or part.head.endswith(("Triangle", "Quadrilateral", "Trapezoid")):
            yield from (group for group in part.points if len(group) in (3, 4))


def _cut(corners: Sequence[complex]) -> bool:
    """Whether the segment between the first two crosses the one between the others."""
    a, b, c, d = corners

    def side(p: complex, q: complex, r: complex) -> float:
        return ((q - p).conjugate() * (r - p)).imag

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
