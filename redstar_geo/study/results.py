"""What the cells measured → a table with intervals, and comparisons of levels.

Two intervals stand beside a score, both of 95 %. Over problems: Wilson's of all items of all repeats, those of one
problem clustered: what other problems would have given these models. Over repeats: Student's t of the repeats' means:
what other seeds would have given. Neither holds the other's variation, so a difference is plain only by both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

from scipy.stats import t

from redstar_geo.errors import RedStarError
from redstar_geo.jsonl import read_rows
from redstar_geo.records import Problem
from redstar_geo.records import read as read_records
from redstar_geo.run import read_json, read_manifest
from redstar_geo.scores.paired import difference, mcnemar
from redstar_geo.scores.wilson import clustered
from redstar_geo.study.plan import Cell, Task, look_up
from redstar_geo.study.recipe import Level, Measure, StudyRecipe

Answers = Mapping[str, Sequence[bool]]  # problem → whether each attempt at it is right


@dataclass(frozen=True)
class Reading:
    """A column of one cell: its answers where the score is a share of right ones, else a value with its interval."""

    value: float
    n: int
    answers: Answers | None = None
    low: float | None = None
    high: float | None = None
    truncated: float | None = None


@dataclass(frozen=True)
class Score:
    """A column of a row, averaged over `repeats` cells; intervals over problems, and with `t_` over repeats."""

    n: int
    repeats: int
    value: float
    low: float | None
    high: float | None
    t_low: float | None
    t_high: float | None
    each: list[float]
    truncated: float | None


@dataclass(frozen=True)
class Row:
    """The cells that differ in the repeated axis only."""

    levels: Mapping[str, Level]
    cells: int
    readings: Mapping[str, Sequence[Reading]]  # column → one of each finished cell
    facts: Mapping[str, float]
    repeated: Sequence[Level | None] = ()

    @property
    def scores(self) -> dict[str, Score]:
        return {column: score(readings) for column, readings in self.readings.items()}

    def as_dict(self) -> dict[str, Any]:
        scores = {column: asdict(each) for column, each in self.scores.items()}
        finished = len(self.repeated)
        return {
            "levels": dict(self.levels),
            "cells": self.cells,
            "finished": finished,
            "scores": scores,
            "facts": dict(self.facts),
        }


def rows(recipe: StudyRecipe, cells: Iterable[Cell], finished: Iterable[Cell]) -> list[Row]:
    """The table, in the order of the axes; rows without a finished cell are there too."""
    done = {id(cell) for cell in finished}
    groups: dict[tuple[tuple[str, Level], ...], list[Cell]] = {}
    for cell in cells:
        levels = tuple((axis, level) for axis, level in cell.levels.items() if axis != recipe.repeats)
        groups.setdefault(levels, []).append(cell)
    table = []
    for levels, group in groups.items():
        measured = [cell for cell in group if id(cell) in done]
        columns: dict[str, list[Reading]] = {}
        for cell in measured:
            for name, measure in recipe.measures.items():
                for column, reading in read_measure(name, measure, cell.tasks[measure.stage]):
                    columns.setdefault(column, []).append(reading)
        facts = {name: fmean(values) for name, key in recipe.facts.items() if (values := list(_facts(key, measured)))}
        repeated = [cell.levels[recipe.repeats] if recipe.repeats else None for cell in measured]
        table.append(Row(dict(levels), len(group), columns, facts, repeated))
    return sorted(
        table, key=lambda row: [list(recipe.axes[axis].changes).index(level) for axis, level in row.levels.items()]
    )


def score(readings: Sequence[Reading]) -> Score:
    """The repeats of a column together."""
    values = [reading.value for reading in readings]
    answers = [reading.answers for reading in readings if reading.answers is not None]
    low, high, n = readings[0].low, readings[0].high, readings[0].n
    if len(answers) == len(readings):
        problems = dict.fromkeys(problem for each in answers for problem in each)
        pooled = clustered([correct for each in answers for correct in each.get(problem, ())] for problem in problems)
        low, high, n = pooled.low, pooled.high, len(problems)
    elif len(readings) > 1:
        low = high = None  # of one repeat only
    truncated = [reading.truncated for reading in readings if reading.truncated is not None]
    mean = fmean(values)
    reach = float(t.ppf(0.975, len(values) - 1)) * stdev(values) / sqrt(len(values)) if len(values) > 1 else None
    t_low, t_high = (None, None) if reach is None else (mean - reach, mean + reach)
    return Score(n, len(values), mean, low, high, t_low, t_high, values, fmean(truncated) if truncated else None)


def comparisons(recipe: StudyRecipe, table: Sequence[Row]) -> list[dict[str, Any]]:
    """Second minus first level of the axes in `compare`, in every column whose answers are known, all else equal.

    `low` to `high` is the bootstrap interval over problems of the repeats' mean, of the `n` problems that both levels
    were examined with; where they have none in common there is no interval. `disjoint` whether the levels' own
    intervals over problems have nothing in common, `t_disjoint` those over repeats, None where there is but one.
    `p_value`: see `_p_value`; None where problems were asked several times.
    """
    compared = []
    pairs = [(axis, first, second) for axis, pairs in recipe.compare.items() for first, second in pairs]
    for axis, first, second in pairs:
        for one in (row for row in table if row.levels[axis] == first):
            other = next(row for row in table if row.levels == {**one.levels, axis: second})
            beside = {name: level for name, level in one.levels.items() if name != axis}
            for column in (column for column in one.readings if column in other.readings):
                shares = [_shares(row.readings[column]) for row in (one, other)]
                if all(shares):
                    compared.append(_comparison(axis, [first, second], beside, column, shares, [one, other]))
    return sorted(compared, key=lambda each: list(recipe.measures).index(str(each["column"]).partition(" · ")[0]))


def _comparison(
    axis: str,
    levels: list[Level],
    beside: dict[str, Level],
    column: str,
    shares: list[dict[str, float]],
    pair: list[Row],
) -> dict[str, Any]:
    common = [problem for problem in shares[0] if problem in shares[1]]
    apart = difference([shares[0][each] for each in common], [shares[1][each] for each in common])
    scores = [row.scores[column] for row in pair]
    return {
        "axis": axis,
        "levels": levels,
        "beside": beside,
        "column": column,
        **apart.as_dict(),
        "p_value": _p_value(column, *pair),
        "value": apart.value if common else scores[1].value - scores[0].value,
        "disjoint": _disjoint([(each.low, each.high) for each in scores]),
        "t_disjoint": _disjoint([(each.t_low, each.t_high) for each in scores]),
    }


def _p_value(column: str, one: Row, other: Row) -> float | None:
    """McNemar's exact test of the problems that both were asked once, the median of the repeats that both have."""
    values = []
    for repeat, reading in zip(one.repeated, one.readings[column], strict=True):
        if repeat not in other.repeated:
            continue
        mine, theirs = reading.answers or {}, other.readings[column][other.repeated.index(repeat)].answers or {}
        common = [each for each in mine if each in theirs]
        if any(len(answers[each]) != 1 for answers in (mine, theirs) for each in common):
            return None
        values.append(mcnemar([mine[each][0] for each in common], [theirs[each][0] for each in common]).p_value)
    return median(values) if values else None


def _disjoint(intervals: Sequence[tuple[float | None, float | None]]) -> bool | None:
    """Whether two intervals have nothing in common; None where one is not known."""
    (low, high), (other_low, other_high) = intervals
    if low is None or high is None or other_low is None or other_high is None:
        return None
    return high < other_low or other_high < low


def _shares(readings: Sequence[Reading]) -> dict[str, float]:
    """Problem → share of right attempts in all repeats."""
    attempts_at: dict[str, list[bool]] = {}
    for reading in readings:
        for problem, attempts in (reading.answers or {}).items():
            attempts_at.setdefault(problem, []).extend(attempts)
    return {problem: fmean(attempts) for problem, attempts in attempts_at.items()}


def read_measure(name: str, measure: Measure, task: Task) -> Iterator[tuple[str, Reading]]:
    """Columns of a measure with what one evaluation says."""
    scores: Any = read_json(task.folder / "scores.json", dict)
    folder = task.folder
    if measure.benchmark is not None:
        scores, folder = _at(scores, f"benchmarks.{measure.benchmark}", task), folder / measure.benchmark
    if measure.score != "of_all":
        estimate = _at(scores, measure.score, task)
        value = estimate["value"] if "value" in estimate else estimate["accuracy"]
        yield name, Reading(float(value), estimate["n"], low=estimate["low"], high=estimate["high"])
        return
    items = list(read_rows(folder / "items.jsonl", {"id": str, "verdict": str, "truncated": bool}))
    if measure.steps:
        of = scores if measure.benchmark is None else _at(scores, f"benchmarks.{measure.benchmark}", task)
        false = set(map(tuple, _at(of, "reasoning.false_steps", task)))
        items = [item | {"verdict": "wrong"} if (item["id"], item["sample"]) in false else item for item in items]
    groups = _groups(measure, task, folder)
    columns: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        columns.setdefault(f"{name} · {groups[item['id']]}" if groups else name, []).append(item)
    for column in sorted(columns):
        yield column, _of_items(columns[column])


def _of_items(items: Sequence[Mapping[str, Any]]) -> Reading:
    answers: dict[str, list[bool]] = {}
    for item in items:
        answers.setdefault(item["id"], []).append(item["verdict"] == "correct")
    share = fmean(item["verdict"] == "correct" for item in items)
    return Reading(share, len(answers), answers, truncated=fmean(bool(item["truncated"]) for item in items))


def _groups(measure: Measure, task: Task, folder: Path) -> dict[str, str]:
    """Problem → its group; empty where there are none."""
    if measure.by is None:
        return {}
    file = Path(task.values["problems"]) if task.values.get("problems") else folder / "problems.parquet"
    problems = list(read_records(Problem, file, images=False))
    if measure.by == "family":
        return {each.id: str(each.meta.get("family", each.source)).replace("_", " ") for each in problems}
    return {each.id: "unknown" if each.difficulty is None else f"{each.difficulty:g}" for each in problems}


def _facts(dotted: str, cells: Iterable[Cell]) -> Iterator[float]:
    stage, _, key = dotted.partition(".")
    for cell in cells:
        if stage in cell.tasks:
            yield float(_at(read_manifest(cell.tasks[stage].folder), key, cell.tasks[stage]))


def _at(values: Any, dotted: str, task: Task) -> Any:
    value = look_up(values, dotted)
    if value is None:
        raise RedStarError(f"{task.folder} says nothing of {dotted}. Its scores.json and run.json show what there is.")
    return value
