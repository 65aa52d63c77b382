"""What is wrong with a formalised problem, each fault with a certificate that a reader can check by hand.

A contradiction that a replay meets is derived, step by step. One that it does not meet is told by figures: the smallest
set of givens for which none was found, and what each of them would be where all the others hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import sympy

from redstar_geo.geometry import cdl
from redstar_geo.geometry.figure import Figure, FigureError, measure
from redstar_geo.geometry.fit import Fitted, fit
from redstar_geo.geometry.formal import FormalSolver, admitted, balanced
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.geometry.state import FormalProblem
from redstar_geo.sources import formal_words

_BEARABLE = ("loose_givens", "undrawable", "rounded_givens")  # a reader of text and picture can still be right
KINDS = (
    *("contradictory_givens", "wrong_answer", "open_goal", "lost_given", "nonsense", "misnamed"),
    "shared_picture",
    *_BEARABLE,
)
_QUESTIONS = ("problem_text_en", "problem_text_cn")
_ROUNDED = 0.01  # the share by which values may differ where a problem's numbers are rounded
_NOTHING = 1e-6  # what differs by less does not differ
_FEWEST_FIGURES = 2  # of a problem that are to say what its answer is
_NO_FIGURE = ("no_convergence", "degenerate", "wrong_order", "not_held")


@dataclass(frozen=True)
class Erratum:
    """One fault.

    Attributes:
        kind: one of `KINDS`.
        certificate: what shows it.
        mended: the question as the `formalgeo7k` source gives it has the fault no longer.
    """

    kind: str
    certificate: Mapping[str, Any] = field(default_factory=dict)
    mended: bool = False

    @property
    def left_out(self) -> bool:
        """Whether an evaluation is fairer without the problem."""
        return not self.mended and self.kind not in _BEARABLE

    def row(self) -> dict[str, Any]:
        """As it is written."""
        return {
            "kind": self.kind,
            "left_out": self.left_out,
            "mended": self.mended,
            "certificate": self.certificate,
        }


def faults(problem: Mapping[str, Any], solver: FormalSolver) -> list[Erratum]:
    """Everything that is wrong with a problem by itself.

    Args:
        problem: a FormalGeo problem file as read from JSON.

    Raises:
        ReplayError: `bad_statement`: it is none, or not in the language.
    """
    known = admitted(problem)
    construction = list(problem["construction_cdl"])
    fitted = fit(construction, known.givens, seconds=math.inf)
    found = list(_of_text(problem))
    if fitted.figures:  # so the givens do not contradict each other
        found += _of_answer(known, fitted)
    elif fitted.reason.partition(":")[0] in _NO_FIGURE:
        found.append(_derived(problem, solver) or _without_figure(construction, known.givens))
    return found


def _of_text(problem: Mapping[str, Any]) -> Iterator[Erratum]:
    """What upstream's templates lost; the same in both languages."""
    text, goal = problem["problem_text_en"], problem["goal_cdl"]
    try:
        question = formal_words.mended(text, problem["text_cdl"], goal, "en")
    except (formal_words.LostGivenError, cdl.CDLError):
        question = None
    told = {"question": text} if question is None else {"question": text, "mended": question}
    lost = formal_words.without_value(text, problem["text_cdl"])
    meaningless = formal_words.without_meaning(text)
    if lost or (question is None and not meaningless):
        clauses = [{"text": clause, "statement": statement} for clause, statement in lost]
        yield Erratum("lost_given", {"clauses": clauses, **told}, question is not None)
    if meaningless:
        yield Erratum("nonsense", {"asked": meaningless, "goal": goal, **told}, question is not None)

    others = [
        {"text": clause, "statement": statement}
        for field in _QUESTIONS
        if isinstance(asked := problem.get(field), str)
        for _, clause, statement in formal_words.misnamed(asked, problem["text_cdl"])
    ]
    if others:
        yield Erratum("misnamed", {"clauses": others, **told}, question is not None)


def _derived(problem: Mapping[str, Any], solver: FormalSolver) -> Erratum | None:
    """The contradiction that the replay meets; a problem without a proof has none."""
    try:
        contradiction = solver.contradiction(problem)
    except ReplayError:
        return None
    return None if contradiction is None else Erratum(KINDS[0], {"found": "derived", **asdict(contradiction)})


def _of_answer(problem: FormalProblem, fitted: Fitted) -> Iterator[Erratum]:
    """Whether the gold answer is the goal's value in the figures, of which there must be two, and whether these agree.

    Figures that had to turn something round, since the problem is not written as FormalGeo's conventions are, show
    nothing: an arc or an angle may be the other one.
    """
    if fitted.departures:
        return
    gold = float(sympy.N(problem.answer))
    try:
        values = [measure(figure, problem.goal) for figure in fitted.figures]
    except FigureError:
        return  # it asks for what figures do not measure
    met = [_near(value, gold) for value in values]
    if len(values) < _FEWEST_FIGURES or all(met):
        return
    agree = all(_near(value, values[0]) for value in values)
    shown = {
        "goal": str(problem.goal),
        "gold": gold,
        "values": values,
        "givens": problem.givens,
        "figures": [_points(figure) for figure in fitted.figures],
    }
    yield Erratum("wrong_answer" if agree else "loose_givens" if any(met) else "open_goal", shown)


def _without_figure(construction: Sequence[str], givens: Sequence[str]) -> Erratum:
    """The smallest set of givens without a figure that leaving out one after the other comes to.

    Of each of them is told what it comes to in figures of all the others. Where one comes as near as rounding does,
    the givens are rounded and no more; where none is needed, the construction alone was not to be drawn.
    """
    needed = list(givens)
    for given in givens:
        others = [each for each in needed if each != given]
        fitted = fit(construction, others, seconds=math.inf)
        if not fitted.figures and not fitted.reason.startswith("unsupported_statement"):
            needed = others
    apart = {
        given: _sides(given, fit(construction, [each for each in needed if each != given], seconds=math.inf).figures)
        for given in needed
    }
    rounded = any(_near(*sides) for each in apart.values() for sides in each)
    shown = {
        "found": "no_figure",
        "construction": list(construction),
        "givens": needed,
        "where_the_others_hold": apart,
    }
    return Erratum("undrawable" if not needed else "rounded_givens" if rounded else "contradictory_givens", shown)


def _sides(given: str, figures: Sequence[Figure]) -> list[list[float]]:
    """Both sides of an equation in each figure; nothing for a relation."""
    term = cdl.parse(balanced(given))
    if term.head != "Equal":
        return []
    try:
        return [[measure(figure, side) for side in term.terms] for figure in figures]
    except FigureError:
        return []


def _points(figure: Figure) -> dict[str, Any]:
    points = {name: [round(x, 4), round(y, 4)] for name, (x, y) in figure.points.items()}
    return {"points": points, "symbols": {name: round(value, 4) for name, value in figure.symbols.items()}}


def _near(a: float, b: float) -> bool:
    return abs(a - b) <= max(_ROUNDED * max(abs(a), abs(b)), _NOTHING)
