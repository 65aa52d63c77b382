"""Problem and response → verdict: answers by comparison, programs by their tests.

Curation, rewards and evaluation ask here.
"""

from __future__ import annotations

import re

from redstar_geo import answer
from redstar_geo.records import Problem, Trace, Verdict
from redstar_geo.sandbox import Limits, judge
from redstar_geo.sandbox.extract import final_code
from redstar_geo.sandbox.tests import TestsError, parse

_SLOWER = 2.0  # Python against the compiled language that a limit was set for
_LEAST_S, _MOST_S = 2.0, 20.0
_SECONDS = re.compile(r"\d+(?:\.\d+)?")


def grade(problem: Problem, trace: Trace) -> Verdict:
    """The verdict on one response; a truncated one is undecided, never wrong."""
    if problem.answer_kind == "tests":
        return _by_tests(problem, trace)
    return answer.verify(problem.answer, trace.text, choices=problem.choices, finish_reason=trace.finish_reason)


def _by_tests(problem: Problem, trace: Trace) -> Verdict:
    """A program counts only when it passes every test; what the sandbox could not run is undecided."""
    if trace.finish_reason == "length":
        return Verdict("undecided", "truncated")
    found = final_code(trace.response)
    if found.code is None or found.language not in ("python", "cpp"):
        return Verdict("rejected", found.reason or "other_language")
    try:
        tests = parse(problem.tests or "")
    except TestsError:
        return Verdict("undecided", "bad_tests")
    judged = judge(found.code, tests, language=found.language, limits=limits(problem))
    if judged.verdict == "AC":
        return Verdict("correct", "AC", found.code)
    if judged.verdict == "SANDBOX_ERROR":
        return Verdict("undecided", "SANDBOX_ERROR", found.code)
    return Verdict("wrong", judged.verdict, found.code)


def limits(problem: Problem) -> Limits:
    """What a program for this problem may use: twice the time that its source gives, between 2 and 20 seconds."""
    given = _SECONDS.search(str(problem.meta.get("time_limit") or ""))
    seconds = float(given[0]) * _SLOWER if given else _LEAST_S
    return Limits(cpu_s=min(_MOST_S, max(_LEAST_S, seconds)), memory_mib=1024)
