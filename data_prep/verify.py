"""Verify: every response gets a verdict → `traces.parquet`, right and wrong ones alike, and pass rates beside them.

The answer decides the verdict; beside it every claim of a geometry trace is judged against the problem's proof and
figures, so that a right answer by wrong steps can be told from a right one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa

from redstar_geo.answer import verify as verify_answer
from redstar_geo.data_prep.recipe import DataRecipe, FormalGeo7kSource, FormalTeacher, Teacher
from redstar_geo.data_prep.sample import requests
from redstar_geo.geometry.claims import judge
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.pool import mapped
from redstar_geo.progress import progress
from redstar_geo.records import SCHEMAS, Problem, StepVerdict, Trace, Verdict, to_row
from redstar_geo.run import Counts, Run, write_rows
from redstar_geo.scores import accuracy
from redstar_geo.teacher import formal
from redstar_geo.teacher.ledger import Ledger
from redstar_geo.teacher.stored import trace as stored_trace

_OUTCOMES = ("correct", "wrong", "rejected", "undecided")
_RATES = pa.schema(
    [
        ("problem_id", pa.string()),
        *((name, pa.int64()) for name in ("samples", *_OUTCOMES)),
        *((name, pa.float64()) for name in ("pass_rate", "low", "high")),
    ]
)
_Answered = tuple[Problem, list[Trace]]
_Steps = list[tuple[StepVerdict, ...]] | str  # of each trace, or the reason why there are none


def verify(run: Run, recipe: DataRecipe, teacher: Teacher) -> None:
    """Compare each response with the gold answer and judge its steps.

    A failure of the teacher has no trace; `sample` counted it. How many traces have their steps judged, and why others
    have not, stands beside the counts.
    """
    counts, judged = Counts(), Counter[str]()
    gdl = Path(recipe.source.path) / "gdl" if isinstance(recipe.source, FormalGeo7kSource) else None
    work = partial(_judge_steps, library=run.path("facts.sqlite"), gdl=gdl)
    with Ledger(run.path("ledger.sqlite")) as ledger:
        answered = progress(_answered(run, recipe, teacher, ledger), "verify")
        outcomes = mapped(work, answered, recipe.workers, teacher.timeout_s)
        rates: list[dict[str, Any]] = []
        rows = (to_row(trace) for outcome in outcomes for trace in _traces(*outcome, counts, judged, rates))
        write_rows(run.path("traces.parquet"), SCHEMAS[Trace], rows)
        write_rows(run.path("pass_rates.parquet"), _RATES, rates)
    run.finish("verify", counts, steps=dict(judged.most_common()))


def _answered(run: Run, recipe: DataRecipe, teacher: Teacher, ledger: Ledger) -> Iterator[_Answered]:
    """Each problem with the responses that the ledger holds for it, their answers verified."""
    name = formal.NAME if isinstance(teacher, FormalTeacher) else teacher.model
    for _, group in groupby(requests(run, recipe, teacher), key=lambda request: request[0].id):
        traces: list[Trace] = []
        told: set[str] = set()  # texts already given for this problem
        for problem, key, number in group:
            stored = ledger.get(key)
            if stored is None or stored[0] is not None:
                continue
            trace = stored_trace(problem.id, number, name, key, stored[1])
            traces.append(replace(trace, verdict=_verdict(problem, trace, told)))
            told.add(trace.text)
        yield problem, traces


def _verdict(problem: Problem, trace: Trace, told: set[str]) -> Verdict:
    if trace.text in told:
        return Verdict("rejected", "duplicate")
    return verify_answer(problem.answer, trace.text, choices=problem.choices, finish_reason=trace.finish_reason)


def _judge_steps(answered: _Answered, library: Path, gdl: Path | None) -> _Steps:
    """In a worker process: the step verdicts of each trace of a problem."""
    problem, traces = answered
    with Library(library, gdl) as known:
        try:
            facts = known.facts(problem)
        except ReplayError as error:
            return error.reason
        return [judge(f"{trace.reasoning}\n{trace.response}", facts).steps() for trace in traces]


def _pass_rate(problem: Problem, traces: list[Trace]) -> dict[str, Any]:
    """Evidence of difficulty: right among decided samples, with Wilson's interval."""
    outcomes = Counter[str](trace.verdict.status for trace in traces if trace.verdict is not None)
    found = accuracy(outcomes["correct"], outcomes["correct"] + outcomes["wrong"])
    shares = {"pass_rate": found.accuracy, "low": found.low, "high": found.high}
    return {"problem_id": problem.id, "samples": len(traces), **{name: outcomes[name] for name in _OUTCOMES}, **shares}


def _traces(
    answered: _Answered,
    steps: _Steps | None,
    failure: str | None,
    counts: Counts,
    judged: Counter[str],
    rates: list[dict[str, Any]],
) -> Iterator[Trace]:
    problem, traces = answered
    rates.append(_pass_rate(problem, traces))
    reason = failure if steps is None else steps if isinstance(steps, str) else "judged"
    judged[str(reason)] += len(traces)
    for number, trace in enumerate(traces):
        verdict = trace.verdict or Verdict("undecided", "not_verified")
        counts.in_ += 1
        if verdict.status == "correct":
            counts.out += 1
        else:
            counts.reject(f"{verdict.status}: {verdict.reason}")
        yield replace(trace, verdict=replace(verdict, steps=steps[number])) if isinstance(steps, list) else trace
