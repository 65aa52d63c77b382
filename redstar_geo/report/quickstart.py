"""The quickstart's report: problems with pictures, traces, learning curves, and the comparison with its intervals."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from matplotlib.figure import Figure

from redstar_geo.jsonl import read_rows
from redstar_geo.records import Problem, Trace, read
from redstar_geo.report.page import picture, plot, write_page
from redstar_geo.run import read_json, read_manifest

_FORMS = ("short", "long")
_MODELS = ("untrained", *_FORMS)
_COLOURS = {"untrained": "#888888", "short": "#2b6cb0", "long": "#b3261e"}
_ANSWERS_A_FAMILY = 2
COLUMNS = ("model", "accuracy", "95 % interval", "truncated", "mean tokens", "samples seen")
_KEYS = ("name", "accuracy", "interval", "truncated", "tokens", "seen")


@dataclass(frozen=True)
class Conclusion:
    """What the quickstart ends with: `rows` of a table under `COLUMNS`, a sentence, and whether it went as it should.

    `long_is_above` only where the 95 % intervals of long and short are apart.
    """

    rows: list[list[str]]
    sentence: str
    long_is_above: bool


def write_report(run: Path) -> Conclusion:
    """Write `report.html` into the quickstart's folder from the runs below it, and return what follows from them."""
    exam = {problem.id: problem for problem in read(Problem, run / "exam" / "problems.parquet")}
    train = {problem.id: problem for problem in read(Problem, run / "data_long" / "problems.parquet")}
    scores = {name: _json(run / f"eval_{name}" / "scores.json") for name in _MODELS}
    items = {name: _items(run / f"eval_{name}" / "items.jsonl") for name in _MODELS}
    curves = {form: _jsonl(run / f"sft_{form}" / "log.jsonl") for form in _FORMS}
    rows = [_row(name, scores[name], curves.get(name)) for name in _MODELS]
    conclusion = _conclusion(run, scores, rows)
    write_page(
        run / "report.html",
        "quickstart.html",
        headline=conclusion.sentence,
        rows=rows,
        train_problems=f"{len(train):,}",
        exam_problems=len(exam),
        shared_numbers=len(_numbers(exam) & _numbers(train)),
        shared_pictures=len(_pictures(exam) & _pictures(train)),
        comparison_plot=plot(_comparison(scores)),
        families=_families(scores),
        learning_plot=plot(_learning(curves)),
        lessons=[_lesson(run, problem) for problem in _first_of_each_family(train, 1)],
        answers=[_answer(problem, items) for problem in _first_of_each_family(exam, _ANSWERS_A_FAMILY)],
        machine=f"{platform.system()} {platform.machine()}, {len(os.sched_getaffinity(0))} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        seconds=", ".join(f"{name} {seconds:.0f}" for name, seconds in _json(run / "seconds.json").items()),
        versions=json.dumps(read_manifest(run / "data_long")["versions"], indent=2),
    )
    return conclusion


def _conclusion(run: Path, scores: dict[str, dict[str, Any]], rows: list[dict[str, Any]]) -> Conclusion:
    short, long = (scores[form]["of_all"] for form in _FORMS)
    above, below = long["low"] > short["high"], long["high"] < short["low"]
    are = "are above" if above else "are below" if below else "are not shown to be above"
    shares = " against ".join(f"{row['accuracy']} ({row['interval']})" for row in reversed(rows[1:]))
    sentence = (
        f"Long chains of thought {are} short ones on {scores['long']['n']} unseen problems: {shares}; the 95 % "
        f"intervals {'do not overlap' if above or below else 'overlap'}."
    )
    sentence += "".join(f" {note}" for form in _FORMS if (note := _stopped_early(run / f"sft_{form}", form)))
    return Conclusion([[str(row[key]) for key in _KEYS] for row in rows], sentence, bool(above))


def _stopped_early(training: Path, form: str) -> str:
    """A sentence where the minutes ended a training before it had seen all of its samples, else nothing."""
    manifest = read_manifest(training)
    wanted = round(manifest["recipe"]["epochs"] * manifest["counts"]["prepare"]["out"])
    seen = manifest["counts"]["train"]["samples"]
    if seen >= wanted:
        return ""
    minutes = manifest["recipe"]["minutes"]
    return f"The {form} training was stopped after {minutes:g} minutes, at {seen:,} of {wanted:,} samples."


def _row(name: str, score: dict[str, Any], curve: list[dict[str, Any]] | None) -> dict[str, Any]:
    of_all = score["of_all"]
    return {
        "name": name,
        "accuracy": _percent(of_all["accuracy"]),
        "interval": f"{_percent(of_all['low'])} – {_percent(of_all['high'])}",
        "n": score["n"],
        "truncated": _percent(score["truncated_share"]),
        "no_answer": _percent(score["no_answer_share"]),
        "undecided": _percent(score["undecided_share"]),
        "tokens": round(score["mean_tokens"]),
        "seen": f"{curve[-1]['samples']:,}" if curve else "–",
        "minutes": f"{curve[-1]['seconds'] / 60:.1f}" if curve else "–",
    }


def _families(scores: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "name": family.replace("_", " "),
            "n": group["n"],
            "shares": [_percent(scores[name]["by_family"][family]["accuracy"]) for name in _MODELS],
        }
        for family, group in scores["long"]["by_family"].items()
    ]


def _comparison(scores: dict[str, dict[str, Any]]) -> Figure:
    figure = Figure(figsize=(7, 1.9))
    axes = figure.subplots()
    for place, name in enumerate(_MODELS):
        score, low, high = (scores[name]["of_all"][key] for key in ("accuracy", "low", "high"))
        axes.barh(place, 100 * score, color=_COLOURS[name], height=0.6)
        reach = [[100 * (score - low)], [100 * (high - score)]]
        axes.errorbar(100 * score, place, xerr=reach, color="black", capsize=4)
    axes.set_yticks(range(len(_MODELS)), _MODELS)
    axes.set_xlim(0, 100)
    axes.set_xlabel("accuracy on unseen problems, % (95 % interval)")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _learning(curves: dict[str, list[dict[str, Any]]]) -> Figure:
    figure = Figure(figsize=(7, 3))
    axes = figure.subplots()
    for form, curve in curves.items():
        samples, losses = zip(*((point["samples"], point["loss"]) for point in curve), strict=True)
        axes.plot(samples, losses, color=_COLOURS[form], label=form)
    axes.set_yscale("log")
    axes.set_xlabel("samples seen")
    axes.set_ylabel("loss a token")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _lesson(run: Path, problem: Problem) -> dict[str, Any]:
    traces = []
    for form in _FORMS:
        told = next(t for t in read(Trace, run / f"data_{form}" / "traces.parquet") if t.problem_id == problem.id)
        traces.append({"name": f"{form} form", "text": told.text, "status": "", "reason": ""})
    return _card(problem) | {"traces": traces}


def _answer(problem: Problem, items: dict[str, dict[str, dict[str, Any]]]) -> dict[str, Any]:
    traces = [
        {"name": form, "text": item["response"], "status": item["verdict"], "reason": item["reason"]}
        for form in _FORMS
        for item in (items[form][problem.id],)
    ]
    return _card(problem) | {"traces": traces}


def _card(problem: Problem) -> dict[str, Any]:
    return {
        "id": problem.id,
        "family": problem.meta["family"].replace("_", " "),
        "question": problem.question,
        "answer": problem.answer,
        "difficulty": problem.difficulty,
        "picture": picture(problem.images[0].data),
    }


def _first_of_each_family(problems: dict[str, Problem], count: int) -> list[Problem]:
    taken: dict[str, list[Problem]] = {}
    for problem in problems.values():
        group = taken.setdefault(problem.meta["family"], [])
        if len(group) < count:
            group.append(problem)
    return [problem for _, group in sorted(taken.items()) for problem in group]


def _numbers(problems: dict[str, Problem]) -> set[tuple[Any, ...]]:
    return {(p.meta["family"], *sorted(map(str, p.meta["numbers"]))) for p in problems.values()}


def _pictures(problems: dict[str, Problem]) -> set[str]:
    return {image.sha256 for problem in problems.values() for image in problem.images}


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _json(path: Path) -> Any:
    return read_json(path, dict)


def _jsonl(path: Path) -> list[dict[str, Any]]:
    return list(read_rows(path))


def _items(path: Path) -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in _jsonl(path)}
