"""Problem and response → verdict: answers by comparison, programs by their tests.

Curation, rewards and evaluation ask here.
"""

from __future__ import annotations

import re

from redstar_geo import answer
from redstar_geo.finish_reason import is_truncated
from redstar_geo.geometry.reading import compared, written
from redstar_geo.pool import KILLED
from redstar_geo.records import Problem, Trace
from redstar_geo.sandbox import Limits, Submission, judge
from redstar_geo.sandbox.cache import Cache, cache_key
from redstar_geo.sandbox.extract import final_code
from redstar_geo.sandbox.isolation import CONFINED
from redstar_geo.sandbox.runner import Language
from redstar_geo.sandbox.tests import TestsError, parse
from redstar_geo.verdict import Status, Verdict

_SLOWER = 2.0  # Python against the compiled language that a limit was set for
_LEAST_S, _MOST_S = 2.0, 20.0
_SECONDS = re.compile(r"\d+(?:\.\d+)?")


def grade(problem: Problem, trace: Trace, judged: Cache | None = None) -> Verdict:
    """The verdict on one response; a truncated one is undecided, never wrong.

    Args:
        judged: verdicts on programs, so that none is run twice.
    """
    if problem.answer_kind == "tests":
        return _by_tests(problem, trace, judged)
    if problem.answer_kind == "statements":
        return _by_statements(problem, trace)
    return answer.verify(problem.answer, trace.text, choices=problem.choices, finish_reason=trace.finish_reason)


def _by_statements(problem: Problem, trace: Trace) -> Verdict:
    """Right is who says all that a diagram shows and nothing else; `scores.statements` counts the parts."""
    if is_truncated(trace.finish_reason):
        return Verdict("undecided", "truncated")
    there, said, unreadable = compared(problem.answer, trace.response)
    if not said:
        return Verdict("undecided", "no_answer")
    same = said == there and not unreadable
    return Verdict("correct" if same else "wrong", "same_statements" if same else "other_statements", written(said))


def _by_tests(problem: Problem, trace: Trace, judged: Cache | None) -> Verdict:
    """A program counts only when it passes every test; what the sandbox could not run is undecided.

    The reason is `KILLED` where other processes ended its runs: later there may be a verdict.
    """
    if is_truncated(trace.finish_reason):
        return Verdict("undecided", "truncated")
    program = final_code(trace.response)
    if program.code is None or program.language not in ("python", "cpp"):
        return Verdict("rejected", program.reason or "other_language")
    try:
        tests = parse(problem.tests or "")
    except TestsError:
        return Verdict("undecided", "bad_tests")
    if program.language == "cpp" and tests.kind != "stdin":
        return Verdict("rejected", "other_language")
    language: Language = "cpp" if program.language == "cpp" else "python"
    verdict = _verdict(Submission(program.code, tests, language, limits(problem)), judged)
    statuses: dict[str, Status] = {"AC": "correct", "SANDBOX_ERROR": "undecided", KILLED: "undecided"}
    status = statuses.get(verdict, "wrong")
    return Verdict(status, verdict, program.code)


def _verdict(submission: Submission, judged: Cache | None) -> str:
    key = cache_key(submission, CONFINED)
    kept = judged.get(key) if judged else None
    if kept is not None:
        return str(kept["verdict"])
    verdict = judge(submission.code, submission.tests, language=submission.language, limits=submission.limits)
    if judged:
        judged.add(key, {"verdict": verdict.verdict})
    return KILLED if verdict.accident else verdict.verdict


def limits(problem: Problem) -> Limits:
    """What a program for this problem may use: twice the time that its source gives, between 2 and 20 seconds."""
    given = _SECONDS.search(str(problem.meta.get("time_limit") or ""))
    seconds = float(given[0]) * _SLOWER if given else _LEAST_S
    return Limits(cpu_s=min(_MOST_S, max(_LEAST_S, seconds)), memory_mib=1024)
