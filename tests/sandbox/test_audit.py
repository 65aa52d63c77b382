"""A problem is excluded, under a reason, when its own solutions do not pass its own tests."""

import json

import pytest

from redstar_geo.records import Problem
from redstar_geo.sandbox import judge
from redstar_geo.sandbox.audit import Audit, audit

SUM = "a, b = map(int, input().split())\nprint(a + b)\n"
DIFFERENCE = SUM.replace("+", "-")
TORN = "print(int(input("
TESTS = {"kind": "stdin", "cases": [{"input": "1 2\n", "expected": "3\n"}, {"input": "5 0\n", "expected": "5\n"}]}


def problem(solutions, tests=TESTS):
    return Problem(
        "own/1", "code", "own", "train", "CC0", "Add.", "", "tests", "en", tests=json.dumps(tests),
        meta={"solutions": solutions},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("solutions", "expected"),
    [
        ([SUM], Audit("ok", ("AC",))),
        ([TORN, SUM], Audit("ok", ("CE", "AC"))),
        ([], Audit("no_solutions")),
        ([DIFFERENCE, TORN], Audit("own_solutions_fail", ("WA", "CE"))),
        ([SUM, DIFFERENCE], Audit("own_solutions_disagree", ("AC", "WA"))),
    ],
)
def test_own_solutions_decide(solutions, expected):
    assert audit(problem(solutions), lambda code, tests: judge(code, tests).verdict) == expected


def test_tests_that_cannot_be_read_are_a_reason_of_their_own():
    assert audit(problem([SUM], {"kind": "stdin", "cases": []}), lambda code, tests: "AC") == Audit("bad_tests")


def test_a_sandbox_that_failed_decides_nothing():
    verdicts = iter(["WA", "SANDBOX_ERROR"])
    found = audit(problem([DIFFERENCE, SUM]), lambda code, tests: next(verdicts))
    assert found == Audit("undecided", ("WA", "SANDBOX_ERROR"))
