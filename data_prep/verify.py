"""Verify: every response gets a verdict → `traces.parquet`, right and wrong ones alike, and pass rates beside them.

The answer decides the verdict; beside it every claim of a geometry trace is judged against the problem's proof and
figures, so that a right answer by wrong steps can be told from a right one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from redstar_geo.data_prep.prompts import asked
from redstar_geo.data_prep.sample import requests
from redstar_geo.geometry.claims import judge
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.grading import grade
from redstar_geo.pool import Outcome
from redstar_geo.progress import progress
from redstar_geo.recipes.data import DataRecipe, FormalTeacher, Teacher
from redstar_geo.records import SCHEMAS, Problem, Trace, Verdict, to_row
from redstar_geo.run import Counts, Run, write_rows
from redstar_geo.sandbox.cache import Cache
from redstar_geo.scores import accuracy
from redstar_geo.shards import Parts
from redstar_geo.teacher import formal
from redstar_geo.teacher.ledger import Ledger
from redstar_geo.teacher.stored import trace as stored_trace

_PROBLEMS_A_PART = 512
_OUTCOMES = ("correct", "wrong", "rejected", "undecided")
_RATES = pa.schema(
    [
        ("problem_id", pa.string()),
        *((name, pa.int64()) for name in ("samples", *_OUTCOMES)),
        *((name, pa.float64()) for name in ("pass_rate", "low", "high")),
    ]
)
_Answered = tuple[Problem, list[Trace]]
_Judged = tuple[list[Trace], str]  # with verdicts, and `judged` or the reason why their steps are not


def verify(run: Run, recipe: DataRecipe, teacher: Teacher) -> None:
    """Compare each response with the gold answer and judge its steps.

    A failure of the teacher has no trace; `sample` counted it. How many traces have their steps judged, and why others
    have not, stands beside the counts.
    """
    work = partial(_verdicts, library=run.path("facts.sqlite"), gdl=recipe.gdl, judged=run.path("judged.sqlite"))
    parts = Parts(run.path("parts", "verify"), SCHEMAS[Trace], _PROBLEMS_A_PART)
    with Ledger(run.path("ledger.sqlite")) as ledger:
        answered = progress(_answered(run, recipe, teacher, ledger), "verify")
        remaining = islice(answered, parts.done, None)
        parts.write(_rows(recipe.where.mapped(work, remaining, teacher.timeout_s)))
    parts.merge(run.path("traces.parquet"))
    write_rows(run.path("pass_rates.parquet"), _RATES, _pass_rates(run))
    counts, judged = Counts(), dict[str, int]()
    for (kind, reason), number in sorted(_split(parts.tallies()), key=lambda item: -item[1]):
        if kind == "steps":
            judged[reason] = number
        else:
            counts.in_ += number
            counts.out += number if kind == "correct" else 0
            if kind != "correct":
                counts.reject(f"{kind}: {reason}", number)
    run.finish("verify", counts, steps=judged)


def _answered(run: Run, recipe: DataRecipe, teacher: Teacher, ledger: Ledger) -> Iterator[_Answered]:
    """Each problem with the responses that the ledger holds for it."""
    name = formal.NAME if isinstance(teacher, FormalTeacher) else teacher.model
    for _, group in groupby(requests(run, recipe, teacher), key=lambda request: request[0].id):
        traces: list[Trace] = []
        for problem, key, number in group:
            stored = ledger.get(key)
            if stored is not None and stored[0] is None:
                traces.append(stored_trace(problem.id, number, name, key, stored[1]))
        yield problem, traces


def _graded(problem: Problem, traces: list[Trace], judged: Path | None) -> list[Trace]:
    """The traces with the verdicts on their answers; a text that was already given is not counted twice."""
    told: set[str] = set()
    graded = []
    with Cache(judged) if judged and problem.answer_kind == "tests" else nullcontext() as known:
        for trace in traces:
            verdict = Verdict("rejected", "duplicate") if trace.text in told else grade(problem, trace, known)
            graded.append(replace(trace, verdict=verdict))
            told.add(trace.text)
    return graded


def _graded_after(failure: str, problem: Problem, traces: list[Trace]) -> list[Trace]:
    """Of a task that failed in its worker: answers are compared here, programs are left undecided."""
    if problem.answer_kind == "tests":
        return [replace(trace, verdict=Verdict("undecided", failure)) for trace in traces]
    return _graded(problem, traces, None)


def _verdicts(answered: _Answered, library: Path, gdl: Path | None, judged: Path) -> _Judged:
    """In a worker process: the verdict of each trace of a problem, with its steps."""
    problem, traces = answered
    graded = _graded(problem, traces, judged)
    with Library(library, gdl) as known:
        try:
            facts = known.facts(problem)
        except ReplayError as error:
            return graded, error.reason
        return [
            _with_steps(trace, judge(f"{trace.reasoning}\n{trace.response}", facts).steps()) for trace in graded
        ], "judged"


def _with_steps(trace: Trace, steps: Any) -> Trace:
    return replace(trace, verdict=replace(trace.verdict, steps=steps)) if trace.verdict else trace


def _rows(outcomes: Iterable[Outcome[_Answered, _Judged]]) -> Iterator[tuple[list[dict[str, Any]], Counter[str]]]:
    """Rows and tallies of each problem; where judging its steps failed, the answers still have their verdicts."""
    for (problem, traces), judged, failure in outcomes:
        graded, reason = judged or (_graded_after(str(failure), problem, traces), str(failure))
        tallies = Counter({f"steps/{reason}": len(graded)})
        for trace in graded:
            if trace.verdict is not None:
                tallies[f"{trace.verdict.status}/{trace.verdict.reason}"] += 1
        yield [to_row(trace) for trace in graded], tallies


def _split(tallies: Counter[str]) -> Iterator[tuple[tuple[str, str], int]]:
    for name, number in tallies.items():
        kind, _, reason = name.partition("/")
        yield (kind, reason), number


def _pass_rates(run: Run) -> Iterator[dict[str, Any]]:
    """Evidence of difficulty, a row a problem: right among decided samples, with Wilson's interval."""
    groups = groupby(_statuses(run.path("traces.parquet")), key=lambda row: row[0])
    following = next(groups, None)
    for problem in asked(run, images=False):
        outcomes = Counter[str]()
        if following is not None and following[0] == problem.id:
            outcomes = Counter(status for _, status in following[1])
            following = next(groups, None)
        found = accuracy(outcomes["correct"], outcomes["correct"] + outcomes["wrong"])
        shares = {"pass_rate": found.accuracy, "low": found.low, "high": found.high}
        samples = {"samples": outcomes.total(), **{name: outcomes[name] for name in _OUTCOMES}}
        yield {"problem_id": problem.id, **samples, **shares}


def _statuses(path: Path) -> Iterator[tuple[str, str]]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=4096, columns=["problem_id", "verdict.status"]):
            for row in batch.to_pylist():
                yield row["problem_id"], row["verdict"]["status"]
