"""Certificates of an evaluation's answers, for the problems of whose pictures something is known."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from redstar_geo.eval.items import Item
from redstar_geo.eval.questions import Questions
from redstar_geo.formalise.certified import STATEMENTS, certificate_of, depicted, wants_reading
from redstar_geo.formalise.picture import READER_FAILED, PictureReader, read_or_refused
from redstar_geo.jsonl import cut_torn_line, read_rows
from redstar_geo.pool import decided, mapped
from redstar_geo.progress import progress
from redstar_geo.readers.named import Reader
from redstar_geo.records import Problem
from redstar_geo.scores.certificates import Certified, certified_scores

_READING = {"id": str, STATEMENTS: str, "why": str}
_TIMEOUT_S = 600.0  # a safety net: fits are bounded by counts
_Answered = tuple[Problem, list[tuple[str, str]]]  # with responses, and how each ended
_Decided = list[tuple[str, str]] | None  # status and why; None of a problem of whose picture nothing is known


def read_pictures(questions: Questions, reader: Reader | None) -> tuple[list[Problem], Counter[str]]:
    """The problems with what a reader says of their pictures in `meta`; how many it read, and why it refused.

    Readings are kept in `readings.jsonl`, with what was not understood of each, and no picture is read twice. One that
    a reader failed on, for a reason that may pass, is not kept.

    Raises:
        InputError: there is no such reader.
    """
    wanted = [each for each in questions.problems if reader is not None and wants_reading(each)]
    if reader is None or not wanted:
        return questions.problems, Counter()
    kept = questions.folder / "readings.jsonl"
    cut_torn_line(kept)
    done = {row["id"]: row for row in read_rows(kept, _READING)} if kept.is_file() else {}
    opened = reader.open()
    with kept.open("a", encoding="utf-8") as out:
        for problem in progress(wanted, "reading pictures", len(wanted)):
            if problem.id not in done:
                done[problem.id] = row = _reading(opened, problem)
                if row["why"] != READER_FAILED:
                    out.write(json.dumps(row, ensure_ascii=False) + "\n")
                    out.flush()
    told = {each.id: {STATEMENTS: done[each.id][STATEMENTS]} for each in wanted}
    problems = [replace(each, meta={**each.meta, **told.get(each.id, {})}) for each in questions.problems]
    return problems, Counter(done[each.id]["why"] or "read" for each in wanted)


def _reading(reader: PictureReader, problem: Problem) -> dict[str, Any]:
    seen, why = read_or_refused(reader, problem.images[0], problem.question)
    return {"id": problem.id, STATEMENTS: seen.words if seen else "", "unread": seen.unread if seen else (), "why": why}


def certification(
    problems: Sequence[Problem], pictures: Mapping[str, int], items: Sequence[Item]
) -> dict[str, Any] | None:
    """The figures of `scores.certificates`, with what came of `pictures`; None where no problem's picture is known."""
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
    return certified_scores(answers) | {"pictures": dict(pictures)} if answers else None


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
