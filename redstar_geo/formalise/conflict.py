"""Which of the statements contradict each other: a smallest set for which no figure is found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from redstar_geo.formalise.scene import Way
from redstar_geo.formalise.statement import Said
from redstar_geo.geometry.claims.numbers import Unknown, evaluate, same
from redstar_geo.geometry.fit import fit

MOST_FITS = 32
"""Fits that the search for a smallest set takes at most; each halves or drops one statement."""


@dataclass(frozen=True)
class Conflict:
    """Statements that cannot all be true of one figure, while without any one of them they can.

    Attributes:
        smallest: whether that was reached; else the set is as small as `MOST_FITS` fits made it.
    """

    statements: tuple[Said, ...]
    smallest: bool

    @property
    def words(self) -> str:
        return "cannot all hold: " + "; ".join(f"{said.words} ({said.source})" for said in self.statements)


def smallest(way: Way, oriented: bool) -> Conflict | None:
    """A smallest contradicting set; None when the picture's lines alone have no figure, or all of it has one."""
    if direct := _two_values(way.givens):
        return Conflict(direct, True)
    search = _Search(way, oriented)
    if search.has_figure(way.givens) or not search.has_figure(()):
        return None
    try:
        return Conflict(tuple(search.conflict([], list(way.givens), False)), True)
    except _OutOfFits:
        return Conflict(tuple(search.least), False)


def _two_values(givens: Sequence[Said]) -> tuple[Said, Said] | None:
    """Two statements that give one measure different values."""
    known: dict[str, tuple[Said, object]] = {}
    for said in givens:
        if said.statement.head != "Equal":
            continue
        for left, right in (said.statement.terms, said.statement.terms[::-1]):
            if left.head not in ("LengthOfLine", "MeasureOfAngle", "MeasureOfArc", "RadiusOfCircle"):
                continue
            try:
                value = evaluate(right, lambda term: None)
            except Unknown:
                continue
            name = left.points[0]
            key = f"{left.head}({name if 'Arc' in left.head else min(name, name[::-1])})"
            if key in known and not same(known[key][1], value):
                return known[key][0], said
            known[key] = (said, value)
    return None


class _OutOfFits(Exception):
    """More fits would be needed."""


class _Search:
    """QuickXplain (Junker, 2004): the contradiction is halved until each statement left is needed."""

    def __init__(self, way: Way, oriented: bool) -> None:
        self.way, self.oriented = way, oriented
        self.fits = 0
        self.least: Sequence[Said] = way.givens

    def has_figure(self, givens: Sequence[Said]) -> bool:
        if self.fits >= MOST_FITS:
            raise _OutOfFits
        self.fits += 1
        texts = [str(said.statement) for said in givens]
        found = fit(self.way.construction, texts, count=1, oriented=self.oriented, seconds=math.inf)
        if not found.figures and len(givens) < len(self.least):
            self.least = list(givens)
        return bool(found.figures) or found.reason.startswith("unsupported_statement")

    def conflict(self, background: list[Said], givens: list[Said], changed: bool) -> list[Said]:
        """The part of `givens` that, with the background, a smallest contradiction needs."""
        if changed and not self.has_figure(background):
            return []
        if len(givens) == 1:
            return givens
        half = len(givens) // 2
        first, second = givens[:half], givens[half:]
        of_second = self.conflict(background + first, second, True)
        of_first = self.conflict(background + of_second, first, bool(of_second))
        return of_first + of_second
