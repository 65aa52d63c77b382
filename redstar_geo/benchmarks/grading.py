"""The verdict on an answer to a benchmark, with the benchmark's own rule where an exact match is not asked for."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from redstar_geo import grading
from redstar_geo.answer.numbers import numeric
from redstar_geo.answer.reading import readings
from redstar_geo.answer.tree import UnreadableError
from redstar_geo.benchmarks.benchmark import Benchmark
from redstar_geo.records import Problem, Trace, Verdict
from redstar_geo.sandbox.cache import Cache

_DIGITS = 30
_FLOAT_DECIMALS = 12  # what follows is the noise of a float


def grade(benchmark: Benchmark, problem: Problem, trace: Trace, judged: Cache | None = None) -> Verdict:
    """As everywhere, but a number that differs is right when the item has a rule by which it is.

    Its reason is then `rounded` (both values agree to the item's `decimals`) or `within_tolerance`, so that the share
    of answers that are right by that rule alone can be seen.
    """
    verdict = grading.grade(problem, trace, judged)
    if verdict.status != "wrong" or problem.choices or problem.answer_kind == "tests":
        return verdict
    gold, given = _value(problem.answer), _value(verdict.extracted or "")
    if gold is None or given is None or (gold.unit and given.unit):
        return verdict
    decimals, tolerance = _rule(problem, benchmark.decimals), _rule(problem, benchmark.tolerance)
    if decimals is not None and round(gold.number, int(decimals)) == round(given.number, int(decimals)):
        return Verdict("correct", "rounded", verdict.extracted)
    if tolerance is not None and round(abs(gold.number - given.number), _FLOAT_DECIMALS) <= tolerance:
        return Verdict("correct", "within_tolerance", verdict.extracted)
    return verdict


@dataclass(frozen=True)
class _Value:
    number: float
    unit: bool


def _rule(problem: Problem, key: str | None) -> float | None:
    """The number under this key of `meta`, which may be written as text (`1e-1`)."""
    try:
        number = float(problem.meta[key]) if key else None
    except (KeyError, TypeError, ValueError):  # the item has no rule of its own, or not one number
        return None
    return number if number is not None and isfinite(number) else None


def _value(answer: str) -> _Value | None:
    """The real value of an answer that has one, as a number of its unit."""
    for node in readings(answer):
        unit = node.head == "Measure"
        try:
            value = numeric(node.args[0] if unit else node, _DIGITS)
        except UnreadableError:
            continue
        number = float(value.real)
        if not value.imag and isfinite(number):
            return _Value(number, unit)
    return None
