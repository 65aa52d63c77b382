"""The answer without a model: figures fitted to all that was read, and what is asked measured in each of them.

Where the value is one and the same in every figure of every reading, the statements determine it. No proof is searched.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
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
        departures: in what the figures differ from the picture, as of `fit.Fitted`.
    """

    outcome: Outcome
    why: str = ""
    value: Value | None = None
    values: tuple[float, ...] = ()
    figures: tuple[Figure, ...] = ()
    rests_on: tuple[Said, ...] = ()
    conflict: Conflict | None = None
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
    fitted = [realised(way, scene.oriented) for way in scene.ways]
    shown = [(way, each) for way, each in zip(scene.ways, fitted, strict=True) if each.figures]
    if not shown:
        return _without_figure(scene, fitted, explain)
    return _measured(scene, shown)


def realised(way: Way, oriented: bool, count: int = _FIGURES) -> Fitted:
    """Figures of one reading; those in which a polygon crosses itself or points coincide are none."""
    givens = [str(said.statement) for said in way.givens]
    found = fit(way.construction, givens, count=count, oriented=oriented, seconds=math.inf)
    if oriented or not found.figures:
        return found
    sound = tuple(figure for figure in found.figures if _is_plain(figure, way))
    return Fitted(sound, "" if sound else "degenerate", found.departures)


def _measured(scene: Scene, shown: Sequence[tuple[Way, Fitted]]) -> Solution:
    values: list[float] = []
    figures: list[Figure] = []
    for way, fitted in shown:
        try:
            values += [measure(figure, way.goal) for figure in fitted.figures]
        except FigureError as error:
            return Solution("beyond", str(error), rests_on=scene.said)
        if scene.oriented and any(is_reflex(figure, way.goal) for figure in fitted.figures):
            return Solution("beyond", "an angle of more than 180° as it is named", rests_on=scene.said)
        figures += fitted.figures
    low, high = min(values), max(values)
    departures = tuple(dict.fromkeys(name for _, fitted in shown for name in fitted.departures))
    spread = tuple(sorted(values))
    common = {"values": spread, "figures": tuple(figures[:_FIGURES]), "rests_on": scene.said, "departures": departures}
    if high - low > _AGREE * max(1.0, abs(high), abs(low)):
        return Solution("not determined", f"between {low:.6g} and {high:.6g} in the figures of what was read", **common)
    if not all(_is_fixed(way, each) for way, each in shown):
        return Solution("not determined", "what was read leaves it free to move", **common)
    if turned := [name for name in departures if name in _TURNED]:
        return Solution("against the picture", f"only with another {' and '.join(turned)} than was read", **common)
    middle = spread[len(spread) // 2]
    error = max(_PRECISION * max(1.0, abs(middle)), high - low)
    return Solution("answered", value=value(middle, error), **common)


def _is_fixed(way: Way, fitted: Fitted) -> bool:
    """Whether the goal cannot move with the figure; the first figures that were found are asked."""
    givens = [str(said.statement) for said in way.givens]
    directed = "direction" not in fitted.departures
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


def _is_plain(figure: Figure, way: Way) -> bool:
    """Whether points are apart and named polygons do not cross themselves."""
    places = list(figure.points.values())
    size = max((math.dist(places[0], place) for place in places), default=0.0)
    apart = all(math.dist(a, b) > 1e-6 * size for i, a in enumerate(places) for b in places[:i])
    names = {group for said in way.givens for part in said.statement.walk() for group in _polygons(part)}
    names |= {group for part in way.goal.walk() for group in _polygons(part)}
    return apart and all(not _crosses(figure, name) for name in names)


def _polygons(term: cdl.Term) -> list[str]:
    heads = ("Kite", "Parallelogram", "Rhombus", "Rectangle", "Square")
    if term.head in heads or "Trapezoid" in term.head or "Quadrilateral" in term.head:
        return [group for group in term.points if len(group) == 4]
    return []


def _crosses(figure: Figure, abcd: str) -> bool:
    a, b, c, d = (complex(*figure.at(point)) for point in abcd)
    return _cut(a, b, c, d) or _cut(b, c, d, a)


def _cut(a: complex, b: complex, c: complex, d: complex) -> bool:
    """Whether two segments cross."""

    def side(p: complex, q: complex, r: complex) -> float:
        return ((q - p).conjugate() * (r - p)).imag

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
