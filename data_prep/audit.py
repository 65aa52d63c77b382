"""Audit: do a code problem's own solutions pass its own tests? → `audit.parquet`, a row a problem in order.

Where they do not, nothing can be judged by these tests, and `screen` keeps the problem out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import pyarrow as pa

from redstar_geo.grading import limits
from redstar_geo.pool import Outcome
from redstar_geo.progress import progress
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import Problem, read
from redstar_geo.run import Counts, Run
from redstar_geo.sandbox import judge
from redstar_geo.sandbox.audit import Audit, audit
from redstar_geo.shards import Parts

_PROBLEMS_A_PART = 64
_TIMEOUT_S = 1800.0
_FIT = ("ok", "no_solutions", "not_code")
AUDITED = pa.schema([("problem_id", pa.string()), ("status", pa.string()), ("verdicts", pa.list_(pa.string()))])


def audit_problems(run: Run, recipe: DataRecipe) -> None:
    """Judge every problem's own solutions. Those without any cannot be audited: they pass, counted apart."""
    parts = Parts(run.path("parts", "audit"), AUDITED, _PROBLEMS_A_PART)
    problems = progress(read(Problem, run.path("problems.parquet"), images=False), "audit")
    ended = recipe.where.mapped(_audited, islice(problems, parts.done, None), _TIMEOUT_S)
    parts.write(_rows(ended))
    parts.merge(run.path("audit.parquet"))
    counts = Counts()
    for status, number in parts.tallies().items():
        counts.in_ += number
        if status in _FIT:
            counts.out += number
        else:
            counts.reject(status, number)
    run.finish("audit", counts, not_audited=parts.tallies()["no_solutions"])


def reason_against(status: str) -> str | None:
    """Why a problem of this status is not asked."""
    return None if status in _FIT else f"audit: {status}"


def _audited(problem: Problem) -> Audit | None:
    """In a worker process."""
    if problem.answer_kind != "tests":
        return None
    allowed = limits(problem)
    return audit(problem, lambda code, tests: judge(code, tests, limits=allowed).verdict)


def _rows(ended: Iterable[Outcome[Problem, Audit | None]]) -> Iterator[tuple[list[dict[str, Any]], Counter[str]]]:
    for problem, found, failure in ended:
        status = failure or (found.status if found else "not_code")
        verdicts = list(found.verdicts) if found else []
        yield [{"problem_id": problem.id, "status": status, "verdicts": verdicts}], Counter({status: 1})
