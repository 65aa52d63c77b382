"""Audit: do a code problem's own solutions pass its own tests? → `audit.parquet`, a row a problem in order.

Where they do not, nothing can be judged by these tests, and `screen` keeps the problem out.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from redstar_geo.grading import limits
from redstar_geo.pool import Outcome
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import Problem, read
from redstar_geo.run import Counts, Run
from redstar_geo.sandbox import judge
from redstar_geo.sandbox.audit import Audit, audit
from redstar_geo.shards import Shards, Tallies

_PROBLEMS_A_SHARD = 64
_TIMEOUT_S = 1800.0
_FIT = ("ok", "no_solutions", "not_code")
AUDITED = pa.schema([("problem_id", pa.string()), ("status", pa.string()), ("verdicts", pa.list_(pa.string()))])


def audit_problems(run: Run, recipe: DataRecipe) -> None:
    """Judge every problem's own solutions. Those without any cannot be audited: they pass, counted apart."""
    shards = Shards(run.path("parts", "audit"), AUDITED, _PROBLEMS_A_SHARD)
    problems = read(Problem, run.path("problems.parquet"), images=False)
    shards.fill(recipe.where, _audited, problems, _TIMEOUT_S, _row)
    shards.merge(run.path("audit.parquet"))
    counts = Counts()
    for status, number in shards.tallies().items():
        counts.add(None if status in _FIT else status, number)
    run.finish("audit", counts, ["audit.parquet"], not_audited=shards.tallies()["no_solutions"])


def reason_against(status: str) -> str | None:
    """Why a problem of this status is no prompt."""
    return None if status in _FIT else f"audit: {status}"


def _audited(problem: Problem) -> Audit | None:
    """In a worker process."""
    if problem.answer_kind != "tests":
        return None
    allowed = limits(problem)
    return audit(problem, lambda code, tests: judge(code, tests, limits=allowed).verdict)


def _row(outcome: Outcome[Problem, Audit | None]) -> tuple[list[dict[str, Any]], Tallies]:
    problem, audited, failure = outcome
    status = failure or (audited.status if audited else "not_code")
    verdicts = list(audited.verdicts) if audited else []
    return [{"problem_id": problem.id, "status": status, "verdicts": verdicts}], {status: 1}
