"""A formalised problem with other values in its picture: the figure fitted anew, the answer proved anew.

Only for problems all of whose values are lengths and angles that stand in the diagram, where ours has room for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

from redstar_geo.errors import RedStarError
from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct.realise import degenerate
from redstar_geo.geometry.construct.sketch import marks_of, passes_a_point
from redstar_geo.geometry.draw import layout, png
from redstar_geo.geometry.figure import Figure, FigureError, Mark, close, measure
from redstar_geo.geometry.fit import fit
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.replay import ReplayError

_VALUE = re.compile(r"Equal\((LengthOfLine|MeasureOfAngle)\([A-Z]{2,3}\),([^A-Z]+)\)")
_NUMBER = re.compile(r"(?<![\w.(/])\d+(?:/\d+|\.\d+)?(?![\w.*/])|(?<![\w.(/])\d+(?=\*sqrt)")  # no factor of a letter
_WRITABLE = re.compile(r"(\d+\*)?(sqrt\(\d+\)|[a-z])([+-]\d+)?|\d+(/\d+|\.\d+)?|\d+[+-](\d+\*)?[a-z]")
_FACTORS = Fraction(2), Fraction(3), Fraction(3, 2), Fraction(1, 2)
_TURNS, _STEPS = (5, -5, 8, -8, 10, -10, 3, -3), (1, 2, 3, -1, -2)
_LEAST_ANGLE, _MOST_ANGLE, _LONGEST = 15, 165, 999
_PROPOSALS = 6


class RefitError(RedStarError):
    """A problem has no other figure; `reason` is machine-readable."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Drawn:
    """A formal problem as a problem file has it, its figure with all its values, and the picture of it."""

    formal: Mapping[str, Any]
    figure: Figure
    picture: bytes


def values(formal: Mapping[str, Any]) -> list[str]:
    """The statements of the values, each of which stands in the diagram.

    Raises:
        RefitError: `value_in_the_text` (alone), `value_not_drawn` (as ours cannot have it), or `no_value`.
    """
    texts, image = formal["text_cdl"], set(formal["image_cdl"])
    found = [text for text in texts if _VALUE.fullmatch(text)]
    if not image.issuperset(found) or any(re.search(r"\d", text) for text in texts if text not in found):
        raise RefitError("value_in_the_text")
    lines = _lines(formal)
    for text, marks in zip(found, marks_of(found), strict=True):
        written = _WRITABLE.fullmatch(text.rpartition(",")[2].removesuffix(")"))
        if not written or not marks or any(passes_a_point(mark, lines) for mark in marks):
            raise RefitError("value_not_drawn")
    if not any(_NUMBER.search(text) for text in found):
        raise RefitError("no_value")
    return found


def counterfactual(formal: Mapping[str, Any], solver: FormalSolver, rng: Random) -> tuple[Drawn, Drawn]:
    """The problem drawn anew, and the same with other values and another answer, which its theorems prove and its
    figure bears out.

    Raises:
        RefitError: as `values`, or `not_fitted`, `no_room`, `other_answer` (the figure's is not the file's), or
            `no_other_values` (none of a few have a figure, a proof, and an answer as plain as the first).
    """
    found = values(formal)
    first = _drawn(formal, None)
    known = _words(formal["problem_answer"])
    for table in _proposals(found, rng):
        changed = {key: [table.get(text, text) for text in formal[key]] for key in ("text_cdl", "image_cdl")}
        other = {**formal, **changed}
        try:
            other["problem_answer"] = solver.answer(other)
            if other["problem_answer"] == formal["problem_answer"] or not _words(other["problem_answer"]) <= known:
                continue
            return first, _drawn(other, first.figure)
        except (RefitError, ReplayError):
            continue
    raise RefitError("no_other_values")


def _words(answer: str) -> set[str]:
    """The functions and constants in it: 85 is not to become √7306."""
    return set(re.findall(r"[a-z]+", answer))


def _lines(formal: Mapping[str, Any]) -> list[str]:
    return [text[10:-1] for text in formal["construction_cdl"] if text.startswith("Collinear(")]


def _drawn(formal: Mapping[str, Any], start: Figure | None) -> Drawn:
    """Fitted, with its marks, and in a picture; near another figure where there is one to start from."""
    givens = list(dict.fromkeys([*formal["text_cdl"], *formal["image_cdl"]]))
    fitted = fit(formal["construction_cdl"], givens, count=1, start=start)
    if not fitted.figures:
        raise RefitError("not_fitted")
    marks = [mark for group in marks_of(formal["image_cdl"]) for mark in group]
    figure = replace(fitted.figures[0], marks=tuple(dict.fromkeys(marks)))
    goal = cdl.parse(formal["goal_cdl"]).terms[0]
    try:
        if not close(measure(figure, goal), float(cdl.value(formal["problem_answer"]))):
            raise RefitError("other_answer")
    except FigureError:
        raise RefitError("other_answer") from None
    page = layout(figure, impatient=True)
    if degenerate(figure) or page.collisions or not all(_has_sides(mark, figure, _lines(formal)) for mark in marks):
        raise RefitError("no_room")
    return Drawn(formal, figure, png(page))


def _has_sides(mark: Mark, figure: Figure, lines: Sequence[str]) -> bool:
    """Whether what is marked is drawn; upstream's shapes may leave out a line that a given names."""
    joined = [set(side) for side in (*figure.segments, *lines)]
    return all(any(set(side) <= each for each in joined) for side in map("".join, pairwise(mark.points)))


def _proposals(found: Sequence[str], rng: Random) -> Iterator[dict[str, str]]:
    """Values → other ones: a few with one angle or one length changed, then all lengths by one factor, which always
    have a figure."""
    single = [(text, step) for text in found for step in rng.sample(_TURNS if "Angle" in text else _STEPS, 2)]
    for text, step in rng.sample(single, min(_PROPOSALS, len(single))):
        yield from _changed([text], step=step)
    lengths = [text for text in found if "LengthOfLine" in text]
    for factor in rng.sample(_FACTORS, len(_FACTORS)):
        yield from _changed(lengths, factor=factor)


def _changed(texts: Sequence[str], factor: Fraction = Fraction(1), step: int = 0) -> Iterator[dict[str, str]]:
    """With other numbers, if all of them can be: none that is no length, or no angle of a clear figure."""
    table = {}
    for text in texts:
        head, _, value = text.rpartition(",")
        olds = _NUMBER.findall(value)
        news = [factor * Fraction(number) + step for number in olds]
        alone = "Angle" in text and value == f"{olds[0]})" if olds else False
        least, most = (_LEAST_ANGLE, _MOST_ANGLE) if alone else (Fraction(1, 2), _LONGEST)
        if (alone and olds == ["90"]) or not all(least <= number <= most for number in news):
            return
        between = _NUMBER.split(value)
        table[text] = f"{head},{between[0]}" + "".join(
            f"{new}{rest}" for new, rest in zip(news, between[1:], strict=True)
        )
    if any(text != new for text, new in table.items()):
        yield table
