"""Do a problem's own solutions pass its own tests? Where they do not, no trace can be judged by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from redstar_geo.records import Problem
from redstar_geo.sandbox.tests import Tests, TestsError, parse

Status = Literal["ok", "no_solutions", "bad_tests", "own_solutions_fail", "own_solutions_disagree", "undecided"]


@dataclass(frozen=True)
class Audit:
    """What the audit of one problem says. Anything but `ok` excludes it, under that reason.

    `own_solutions_disagree`: some pass while others give another answer, which is how a problem with several right
    answers shows that its checker cannot tell. `undecided`: none passed, but the sandbox could not run them all.

    Attributes:
        verdicts: the verdict of each solution, in the problem's order.
    """

    status: Status
    verdicts: tuple[str, ...] = ()


def audit(problem: Problem, verdict: Callable[[str, Tests], str]) -> Audit:
    """Judge a code problem's own solutions (`meta["solutions"]`, Python) by its own tests.

    Args:
        verdict: gives the judge's verdict of one program.
    """
    solutions = problem.meta.get("solutions", ())
    if not solutions:
        return Audit("no_solutions")
    try:
        tests = parse(problem.tests or "")
    except TestsError:
        return Audit("bad_tests")
    verdicts = tuple(verdict(solution, tests) for solution in solutions)
    if "AC" in verdicts:
        return Audit("own_solutions_disagree" if "WA" in verdicts else "ok", verdicts)
    return Audit("undecided" if "SANDBOX_ERROR" in verdicts else "own_solutions_fail", verdicts)
