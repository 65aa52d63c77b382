"""Verify: every response gets a verdict → `traces.parquet`, correct and wrong ones alike, and pass rates beside them.

The answer decides the verdict; beside it every claim of a geometry trace is judged against the problem's proof and
figures, so that a right answer by wrong steps is known as such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from redstar_geo.aligned import aligned, by_problem
from redstar_geo.cache import checked
from redstar_geo.data_prep.prompts import prompts
from redstar_geo.data_prep.sample import requests
from redstar_geo.formalise.certified import facts_of
from redstar_geo.geometry.claims import judge
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.grading import grade
from redstar_geo.pool import KILLED, Outcome, killed
from redstar_geo.progress import tell
from redstar_geo.recipes.data import DataRecipe, FormalTeacher, Teacher
from redstar_geo.records import SCHEMAS, Problem, Trace, Verdict, to_row
from redstar_geo.run import Counts, Run, write_rows
from redstar_geo.sandbox.cache import Cache
from redstar_geo.scores import accuracy
from redstar_geo.shards import Shards, Tallies
from redstar_geo.teacher import formal
from redstar_geo.teacher.ledger import Ledger, stored_trace

_PROBLEMS_A_SHARD = 512
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
    have not, stands beside the counts, as do the errors that judged traces made and how many they mended themselves.
    """
    library, judged = (checked(run.path(name)) for name in ("facts.sqlite", "judged.sqlite"))
    work = partial(_verdicts, library=library, gdl=recipe.gdl, judged=judged)
    shards = Shards(run.path("parts", "verify"), SCHEMAS[Trace], _PROBLEMS_A_SHARD)
    with Ledger(run.path("ledger.sqlite")) as ledger:
        answered = _answered(run, recipe, teacher, ledger)
        shards.fill(recipe.where, work, answered, teacher.timeout_s, _rows)
    shards.merge(run.path("traces.parquet"))
    write_rows(run.path("pass_rates.parquet"), _RATES, _pass_rates(run))
    counts, steps, unjudged, errors = Counts(), dict[str, int](), Counter[str](), {"made": 0, "mended": 0}
    for name, number in shards.tallies().most_common():
        kind, _, reason = name.partition("/")
        if kind == "steps":
            steps[reason] = number
        elif kind == "unjudged":
            unjudged[reason] = number
        elif kind == "errors":
            errors[reason] = number
        else:
            counts.add(None if kind == "correct" else f"{kind}: {reason}", number)
    if unjudged.total():
        why = ", ".join(f"{reason} {number}" for reason, number in unjudged.most_common())
        tell(f"The steps of {unjudged.total()} traces could not be judged ({why}); their answers have their verdicts.")
    run.finish("verify", counts, ["traces.parquet", "pass_rates.parquet"], steps=steps, errors=errors)


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
    known_texts: set[str] = set()
    graded = []
    with Cache(judged) if judged and problem.answer_kind == "tests" else nullcontext() as known:
        for trace in traces:
            verdict = Verdict("rejected", "duplicate") if trace.text in known_texts else grade(problem, trace, known)
            if verdict.reason == KILLED:
                raise killed(1)
            graded.append(replace(trace, verdict=verdict))
            known_texts.add(trace.text)
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
            facts = facts_of(problem, known)
        except ReplayError as error:
            return graded, error.reason
        return [
            _with_steps(trace, judge(f"{trace.reasoning}\n{trace.response}", facts).steps()) for trace in graded
        ], "judged"


def _with_steps(trace: Trace, steps: Any) -> Trace:
    return replace(trace, verdict=replace(trace.verdict, steps=steps)) if trace.verdict else trace


def _rows(outcome: Outcome[_Answered, _Judged]) -> tuple[list[dict[str, Any]], Tallies]:
    """Rows and tallies of a problem; where judging its steps failed, the answers still have their verdicts."""
    (problem, traces), judged, failure = outcome
    graded, reason = judged or (_graded_after(str(failure), problem, traces), str(failure))
    verdicts = [trace.verdict for trace in graded if trace.verdict is not None]
    tallies = Counter(f"{verdict.status}/{verdict.reason}" for verdict in verdicts)
    tallies[f"steps/{reason}"] = len(graded)
    tallies["errors/made"] = sum(step.error for verdict in verdicts for step in verdict.steps)
    tallies["errors/mended"] = sum(step.mended for verdict in verdicts for step in verdict.steps)
    if judged is None:
        tallies[f"unjudged/{reason}"] = len(graded)
    return [to_row(trace) for trace in graded], tallies


def _pass_rates(run: Run) -> Iterator[dict[str, Any]]:
    """Evidence of difficulty, a row a problem: the share of correct among decided samples, with Wilson's interval."""
    for problem, traces in by_problem(prompts(run, images=False), statuses(run), itemgetter(0)):
        outcomes = Counter(status for _, status in traces)
        share = accuracy(outcomes["correct"], outcomes["correct"] + outcomes["wrong"])
        shares = {"pass_rate": share.accuracy, "low": share.low, "high": share.high}
        samples = {"samples": outcomes.total(), **{name: outcomes[name] for name in _OUTCOMES}}
        yield {"problem_id": problem.id, **samples, **shares}


def statuses(run: Run) -> Iterator[tuple[str, str]]:
    """Problem and status of every trace."""
    for table in aligned(run.path("traces.parquet"), {}, ["verdict.status"]):
        statuses = pc.struct_field(table["verdict"], "status")
        yield from zip(table["problem_id"].to_pylist(), statuses.to_pylist(), strict=True)
