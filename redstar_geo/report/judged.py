"""Benchmarks that a judge scores, and tasks of lm-evaluation-harness, for the page of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redstar_geo.records import Problem
from redstar_geo.report.page import interval, percent

JUDGED = ("", "score", "95 % interval", "of all answers", "problems", "answers", "truncated", "judge unreadable")
JUDGED_KEYS = ("name", "score", "interval", "of_all", "problems", "attempts", "truncated", "unreadable")
GENERAL = ("", "score", "95 % interval", "items", "ability", "metric", "by the harness itself")
GENERAL_KEYS = ("name", "score", "interval", "n", "ability", "metric", "by_harness")


@dataclass(frozen=True)
class Judged:
    """A benchmark without gold answers: all attempts, what the judge says of each, and what follows from it."""

    name: str
    problems: Sequence[Problem]
    items: Sequence[Mapping[str, Any]]
    judgements: Sequence[Mapping[str, Any]]
    scores: Mapping[str, Any]


def judged_row(one: Judged) -> dict[str, Any]:
    """A line of the table of judged benchmarks."""
    expected = one.scores["expected_items"]
    short = f" of {expected:,}" if expected is not None and expected != one.scores["problems"] else ""
    return judged_scores(one.name, one.scores) | {"problems": f"{one.scores['problems']:,}{short}"}


def judged_section(one: Judged, shown: int) -> dict[str, Any]:
    """What the page says of one judged benchmark; the answers with the lowest scores first, then those without."""
    pairs = list(zip(one.items, one.judgements, strict=True))
    pairs.sort(key=lambda pair: 2.0 if pair[1]["score"] is None else pair[1]["score"])
    without = [pair for pair in pairs if pair[1]["score"] is None][: shown // 4]
    lowest = [pair for pair in pairs if pair[1]["score"] is not None][: shown - len(without)]
    problems = {problem.id: problem for problem in one.problems}
    groups = one.scores["by_category"]
    return {
        "name": one.name,
        "judge": one.scores["judge"],
        "reasons": one.scores["reasons"],
        "rejected": one.scores["rejected"],
        "rows": [
            list(map(judged_scores(name.replace("_", " "), scores).get, JUDGED_KEYS)) for name, scores in groups.items()
        ]
        if len(groups) > 1
        else [],
        "cards": [_card(problems[item["id"]], item, judgement) for item, judgement in (*lowest, *without)],
    }


def general_row(one: Mapping[str, Any]) -> dict[str, str]:
    """A line of the table of the harness's tasks."""
    return {
        "name": one["name"],
        "score": percent(one["value"]),
        "interval": interval(one["low"], one["high"]),
        "n": f"{one['n']:,}",
        "ability": one["ability"],
        "metric": f"{one['task']}, {one['metric']}",
        "by_harness": percent(one["by_harness"]),
        "harness": one["harness"],
    }


def judged_scores(name: str, scores: Mapping[str, Any]) -> dict[str, Any]:
    """What a judged benchmark, or a category of it, scores, as text."""
    return {
        "name": name,
        "score": percent(scores["of_judged"]["value"]),
        "interval": interval(scores["of_judged"]["low"], scores["of_judged"]["high"]),
        "of_all": percent(scores["of_all"]["value"]),
        "problems": f"{scores['problems']:,}",
        "attempts": f"{scores['attempts']:,}",
        "truncated": percent(scores["truncated_share"]),
        "unreadable": percent(scores["judge_unreadable_share"]),
    }


def _card(problem: Problem, item: Mapping[str, Any], judgement: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": problem.id,
        "sample": item["sample"],
        "question": problem.question,
        "tokens": f"{item['tokens']:,}",
        "truncated": item["truncated"],
        "score": percent(judgement["score"]),
        "reason": judgement["reason"],
        "parts": [part | {"score": f"{part['score']:g}"} for part in judgement["parts"]],
        "said": judgement.get("said"),
        "text": item["response"],
    }
