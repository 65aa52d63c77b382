"""Certificates of an evaluation's answers, for the problems of whose pictures something is known."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from redstar_geo.eval.items import Item
from redstar_geo.formalise.certified import certificate_of, depicted
from redstar_geo.pool import decided, mapped
from redstar_geo.progress import progress
from redstar_geo.records import Problem
from redstar_geo.scores.certificates import Certified, certified_scores

_TIMEOUT_S = 600.0  # a safety net: fits are bounded by counts
_Answered = tuple[Problem, list[tuple[str, str]]]  # with responses, and how each ended
_Decided = list[tuple[str, str]] | None  # status and why; None of a problem of whose picture nothing is known


def certification(problems: Sequence[Problem], items: Sequence[Item]) -> dict[str, Any] | None:
    """The figures of `scores.certificates`; None where no problem's picture is known."""
    by_problem: dict[str, list[Item]] = {}
    for item in items:
        by_problem.setdefault(item["id"], []).append(item)
    bare = [replace(each, images=()) for each in problems if each.domain == "geometry" and each.id in by_problem]
    tasks = [(each, [_response(item) for item in by_problem[each.id]]) for each in bare]
    if not any(_may_be_known(problem) for problem in bare):
        return None
    answers: list[Certified] = []
    outcomes = decided(mapped(_certificates, tasks, len(os.sched_getaffinity(0)), _TIMEOUT_S))
    for (problem, _), found, failure in progress(outcomes, "certifying", len(tasks)):
        known = [("not certified", str(failure))] * len(by_problem[problem.id]) if failure is not None else found
        for item, (status, why) in zip(by_problem[problem.id], known or [], strict=known is not None):
            answers.append(Certified(problem.id, status, why, item["verdict"] == "correct"))
    return certified_scores(answers) if answers else None


def _may_be_known(problem: Problem) -> bool:
    return problem.source == "builtin" or bool(problem.meta.keys() & {"construction_cdl", "statements"})


def _response(item: Item) -> tuple[str, str]:
    return item["response"], "length" if item["truncated"] else "stop"


def _certificates(answered: _Answered) -> _Decided:
    """In a worker process."""
    problem, responses = answered
    if depicted(problem) is None:
        return None
    found = [certificate_of(problem, response, finish_reason) for response, finish_reason in responses]
    return [(each.status, each.why.partition(": from")[0]) for each in found]
