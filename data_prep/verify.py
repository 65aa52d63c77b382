"""Verify: every response gets a verdict → `traces.parquet`, right and wrong ones alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from redstar_geo.answer import verify as verify_answer
from redstar_geo.data_prep.recipe import DataRecipe, FormalTeacher
from redstar_geo.data_prep.sample import requests
from redstar_geo.progress import progress
from redstar_geo.records import SCHEMAS, Problem, Trace, Verdict, to_row
from redstar_geo.run import Counts, Run, write_rows
from redstar_geo.teacher import formal
from redstar_geo.teacher.ledger import Ledger


def verify(run: Run, recipe: DataRecipe, teacher: FormalTeacher) -> None:
    """Compare each response with the gold answer. A failure of the teacher has no trace; `sample` counted it."""
    counts = Counts()
    with Ledger(run.path("ledger.sqlite")) as ledger:
        traces = _traces(run, recipe, teacher, ledger, counts)
        write_rows(run.path("traces.parquet"), SCHEMAS[Trace], map(to_row, traces))
    run.finish("verify", counts)


def _traces(run: Run, recipe: DataRecipe, teacher: FormalTeacher, ledger: Ledger, counts: Counts) -> Iterator[Trace]:
    told: set[str] = set()  # texts already given for this problem
    current = ""
    for problem, key, number in progress(requests(run, recipe, teacher), "verify"):
        if problem.id != current:
            current, told = problem.id, set()
        stored = ledger.get(key)
        if stored is None or stored[0] is not None:
            continue
        trace = Trace(problem_id=problem.id, sample=number, teacher=formal.NAME, request=key, **stored[1])
        verdict = _judge(problem, trace, told)
        told.add(trace.text)
        counts.in_ += 1
        if verdict.status == "correct":
            counts.out += 1
        else:
            counts.reject(f"{verdict.status}: {verdict.reason}")
        yield replace(trace, verdict=verdict)


def _judge(problem: Problem, trace: Trace, told: set[str]) -> Verdict:
    if trace.text in told:
        return Verdict("rejected", "duplicate")
    return verify_answer(problem.answer, trace.text, choices=problem.choices, finish_reason=trace.finish_reason)
