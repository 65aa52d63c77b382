"""The quickstart's report: the answer first, six problems with what was answered, and everything else folded away."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import psutil
from matplotlib.figure import Figure

from redstar_geo.jsonl import read_rows
from redstar_geo.quickstart import FORMS
from redstar_geo.records import Problem, Trace, read
from redstar_geo.report.page import new_plot, plot, write_page
from redstar_geo.report.shown import group_name, problem_card, share_bar
from redstar_geo.run import read_json, read_manifest
from redstar_geo.scores import Accuracy, accuracy

COLUMNS = ("", "values in the picture", "values in the text", "samples", "tokens", "trained for")
_MODELS = {
    "untrained": "the base, untrained",
    "short": "after short chains",
    "long": "after long chains",
    "swapped": "after long chains, another's picture",
}
_COLOURS = {"short": "#2b6cb0", "long": "#b3261e"}
_LEAST, _MOST = 0.6, 0.1  # right after long chains, and right with another's picture
Items = dict[str, dict[str, Any]]  # by problem


@dataclass(frozen=True)
class Conclusion:
    """What the quickstart ends with: `rows` of a table under `COLUMNS`, a paragraph, and which bars were `missed`."""

    rows: list[list[str]]
    sentence: str
    missed: list[str]


@dataclass(frozen=True)
class Result:
    """What one model answered: right with the values in the picture alone, and with them in the text."""

    name: str
    picture: Accuracy
    text: Accuracy
    items: Items

    @classmethod
    def read(cls, run: Path, name: str, exam: Mapping[str, Problem]) -> Result:
        items = {item["id"]: item for item in _jsonl(run / f"eval_{name}" / "items.jsonl")}
        return cls(name, _right(items, exam, "picture"), _right(items, exam, "text"), items)

    def mean(self, key: str) -> float:
        return fmean(float(item[key]) for item in self.items.values())


def write_report(run: Path) -> Conclusion:
    """Write `report.html` into the quickstart's folder from the runs below it, and return what follows from them."""
    exam = {problem.id: problem for problem in read(Problem, run / "exam" / "problems.parquet")}
    train = {problem.id: problem for problem in read(Problem, run / "data_long" / "problems.parquet")}
    results = {name: Result.read(run, name, exam) for name in _MODELS}
    curves = {form: _jsonl(run / f"sft_{form}" / "log.jsonl") for form in FORMS}
    rows = [_row(result, curves.get(name)) for name, result in results.items()]
    conclusion = _conclusion(run, results, curves, rows)
    asked = [problem for problem in exam.values() if problem.meta["modality"] == "picture"]
    machine = (
        f"{platform.system()} {platform.machine()}, {len(os.sched_getaffinity(0))} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB"
    )
    seconds = read_json(run / "seconds.json", dict)
    write_page(
        run / "report.html",
        "quickstart.html",
        name=run.name,
        about=[f"redstar-geo quickstart on {machine}"],
        sentence=conclusion.sentence,
        missed=conclusion.missed,
        shares=[share_bar(_MODELS[name], result.picture.as_dict()) for name, result in results.items()],
        examples=[_example(problem, results) for problem in _first_of_each_family(asked)],
        columns=(*COLUMNS, "cut off", "tokens an answer"),
        rows=rows,
        shared_numbers=len(_numbers(exam) & _numbers(train)),
        shared_pictures=len(_pictures(exam) & _pictures(train)),
        family_columns=("family", "problems", *_MODELS.values()),
        families=_families(results, asked),
        learning_plot=plot(_learning(curves)),
        lessons=[_lesson(run, problem) for problem in _first_of_each_family(train.values())],
        seconds=", ".join(f"{name} {taken:.0f}" for name, taken in seconds.items()),
        versions=json.dumps(read_manifest(run / "data_long")["versions"], indent=2),
    )
    return conclusion


def _conclusion(
    run: Path, results: Mapping[str, Result], curves: Mapping[str, Any], rows: Sequence[list[str]]
) -> Conclusion:
    seen = {form: curves[form][-1]["samples"] for form in FORMS}
    short = "as many" if seen["short"] == seen["long"] else f"{seen['short']:,}"
    untrained, after_short, long, swapped = (results[name].picture for name in _MODELS)
    sentence = (
        f"With the values in the picture alone, {seen['long']:,} long chains of thought bring the base from "
        f"{_percent(untrained.accuracy)} to {_with_interval(long)} of {long.n} unseen problems, {short} short ones to "
        f"{_with_interval(after_short)}. Shown another problem's picture, it is right on {_with_interval(swapped)}."
    )
    sentence += "".join(f" {note}" for form in FORMS if (note := _stopped_early(run / f"sft_{form}", form)))
    missed = _missed(after_short, long, swapped)
    if missed:
        sentence += f" This is not as it should be: {'; '.join(missed)}."
    return Conclusion([row[: len(COLUMNS)] for row in rows], sentence, missed)


def _missed(short: Accuracy, long: Accuracy, swapped: Accuracy) -> list[str]:
    apart = short.high is not None and long.low is not None and short.high < long.low
    bars = {
        f"after long chains at least {_percent(_LEAST)} should be right": (long.accuracy or 0) >= _LEAST,
        f"with another's picture at most {_percent(_MOST)} should be right": (swapped.accuracy or 0) <= _MOST,
        "short chains should be below long ones, with 95 % intervals that do not overlap": apart,
    }
    return [bar for bar, reached in bars.items() if not reached]


def _stopped_early(training: Path, form: str) -> str:
    """A sentence where the minutes ended a training before it had seen all of its samples, else nothing."""
    manifest = read_manifest(training)
    wanted = round(manifest["recipe"]["epochs"] * manifest["counts"]["prepare"]["out"])
    seen = manifest["counts"]["train"]["samples"]
    if seen >= wanted:
        return ""
    minutes = manifest["recipe"]["minutes"]
    return f"The {form} training was stopped after {minutes:g} minutes, at {seen:,} of {wanted:,} samples."


def _right(items: Items, exam: Mapping[str, Problem], modality: str) -> Accuracy:
    asked = [item for name, item in items.items() if exam[name].meta["modality"] == modality]
    return accuracy(sum(item["verdict"] == "correct" for item in asked), len(asked))


def _row(result: Result, curve: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """Under `COLUMNS`, then the share of answers that were cut off, and how long they are."""
    learned = ["–"] * 3
    if curve is not None:
        last = curve[-1]
        learned = [f"{last['samples']:,}", f"{last['tokens']:,}", f"{last['seconds']:,.0f} s"]
    right = [_with_interval(result.picture), _with_interval(result.text)]
    return [_MODELS[result.name], *right, *learned, _percent(result.mean("truncated")), f"{result.mean('tokens'):.0f}"]


def _families(results: Mapping[str, Result], asked: Sequence[Problem]) -> list[list[Any]]:
    rows = []
    for family in dict.fromkeys(problem.meta["family"] for problem in asked):
        names = [problem.id for problem in asked if problem.meta["family"] == family]
        right = [
            sum(result.items[name]["verdict"] == "correct" for name in names if name in result.items)
            for result in results.values()
        ]
        rows.append([group_name(family), len(names), *right])
    return rows


def _learning(curves: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    figure, axes = new_plot(7, 3)
    for form, curve in curves.items():
        samples, losses = zip(*((point["samples"], point["loss"]) for point in curve), strict=True)
        axes.plot(samples, losses, color=_COLOURS[form], label=f"{form} chains")
    axes.set_yscale("log")
    axes.set(xlabel="samples seen", ylabel="loss a token")
    axes.legend(frameon=False)
    return figure


def _lesson(run: Path, problem: Problem) -> dict[str, Any]:
    told = {
        form: next(t for t in read(Trace, run / f"data_{form}" / "traces.parquet") if t.problem_id == problem.id)
        for form in FORMS
    }
    return problem_card(problem) | {"chains": [(f"{form} chain", trace.text) for form, trace in told.items()]}


def _example(problem: Problem, results: Mapping[str, Result]) -> dict[str, Any]:
    items = {_MODELS[name]: each.items[problem.id] for name, each in results.items() if problem.id in each.items}
    answers = [(name, _answer(item), item["verdict"]) for name, item in items.items()]
    return problem_card(problem) | {
        "answers": answers,
        "chains": [(name, item["response"]) for name, item in items.items()],
    }


def _answer(item: Mapping[str, Any]) -> str:
    return "cut off" if item["truncated"] else str(item["extracted"] or "none")[:40]


def _first_of_each_family(problems: Iterable[Problem]) -> list[Problem]:
    firsts: dict[str, Problem] = {}
    for problem in problems:
        firsts.setdefault(problem.meta["family"], problem)
    return list(firsts.values())


def _numbers(problems: Mapping[str, Problem]) -> set[tuple[Any, ...]]:
    return {(p.meta["family"], *sorted(map(str, p.meta["numbers"]))) for p in problems.values()}


def _pictures(problems: Mapping[str, Problem]) -> set[str]:
    return {image.sha256 for problem in problems.values() for image in problem.images}


def _with_interval(share: Accuracy) -> str:
    low, high = (100 * (each or 0) for each in (share.low, share.high))
    return f"{_percent(share.accuracy)} ({low:.0f} – {high:.0f} %)"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _jsonl(path: Path) -> list[dict[str, Any]]:
    return list(read_rows(path))
