"""Our own solutions of public contest problems pass their tests, and one slip each fails on the test it must."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from redstar_geo.sandbox import judge
from redstar_geo.sandbox.limits import Limits
from redstar_geo.sandbox.tests import Case, Tests, parse
from redstar_geo.sources import code_contests
from tests.paths import SHARED
from tests.sandbox.solutions.mutants import MUTANTS
from tests.sources.small import sorted_out

DATA = SHARED / "data" / "code_contests" / "code_eval_code_contests.jsonl"
SOLUTIONS = Path(__file__).parent / "solutions"
PROGRAMS = sorted(path.stem for path in SOLUTIONS.glob("p*.py"))
NO_TREES = {39, 42, 44, 47, 52, 55, 56, 58, 66, 72}  # tests of problem 13 whose edges are none of a tree of n squares
FLOATS = {"05": 1e-4}  # the error that the problem allows

pytestmark = pytest.mark.skipif(not DATA.is_file(), reason="CodeContests is not in ../shared/data/code_contests")


@cache
def problems():
    with DATA.open(encoding="utf-8") as lines:
        return {f"{int(row['id']):02}": json.loads(row["test"]) for row in map(json.loads, lines)}


def own_tests(program):
    number = program[1:3]
    cases = tuple(Case(test["input"]["stdin"], test["output"]["stdout"]) for test in problems()[number])
    if number in FLOATS:
        return Tests("stdin", cases, checker="floats", tolerance=FLOATS[number])
    own = SOLUTIONS / f"c{program[1:]}.py"
    if own.is_file():
        return Tests("stdin", cases, checker="program", checker_code=own.read_text(encoding="utf-8"))
    return Tests("stdin", cases)


def source(program):
    return (SOLUTIONS / f"{program}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("program", [program for program in PROGRAMS if program != "p13_tiles"])
def test_a_correct_solution_is_accepted(program):
    found = judge(source(program), own_tests(program))
    assert (found.verdict, found.first_failure) == ("AC", None)


@pytest.mark.parametrize(("program", "right", "wrong", "verdict", "first"), MUTANTS)
def test_a_slip_fails_on_its_test(program, right, wrong, verdict, first):
    assert source(program).count(right) == 1
    found = judge(source(program).replace(right, wrong), own_tests(program), limits=Limits(cpu_s=0.5))
    assert (found.verdict, found.first_failure) == (verdict, first)


def test_every_solution_has_a_slip():
    assert {program for program, *_ in MUTANTS} == set(PROGRAMS)


@pytest.mark.parametrize("program", ["p04_weakened_divisor", "p07_presents"])
def test_tokens_reject_right_answers_where_several_are_right(program):
    tests = replace(own_tests(program), checker="tokens", checker_code=None)
    assert judge(source(program), tests).verdict == "WA"


def test_tests_that_break_their_own_statement_fail_a_correct_solution():
    tests = own_tests("p13_tiles")
    found = judge(source("p13_tiles"), tests, stop_at_first=False)
    assert {number for number, verdict in enumerate(found.verdicts) if verdict != "AC"} == NO_TREES
    whole = tuple(case for number, case in enumerate(tests.cases) if number not in NO_TREES)
    assert judge(source("p13_tiles"), replace(tests, cases=whole)).verdict == "AC"


def test_all_problems_have_tests_that_the_judge_reads():
    problems, reasons = sorted_out(code_contests.problems(str(DATA.parent)))
    assert len(problems) == 20 and not reasons
    counts = [len(parse(problem.tests or "").cases) for problem in problems]
    assert (min(counts), max(counts), sum(counts)) == (35, 331, 2233)
    assert len({problem.meta["name"] for problem in problems}) == 20
