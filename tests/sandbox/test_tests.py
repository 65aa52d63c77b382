"""The one form of tests: all of it is read, and what is no tests is refused with a reason."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redstar_geo.sandbox.tests import Case, Tests, TestsError, parse

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
VALUES = st.recursive(LEAVES, st.lists, max_leaves=8)
CASE = {"input": "1 2\n", "expected": "3\n"}


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1), st.sampled_from(["exact", "tokens", "floats", "any_order"]))
def test_stdin_tests_are_read_whole(cases, checker):
    rows = [{"input": given, "expected": wanted} for given, wanted in cases]
    tests = parse(json.dumps({"kind": "stdin", "cases": rows, "checker": checker, "tolerance": 1e-4}))
    assert tests == Tests("stdin", tuple(Case(*case) for case in cases), checker=checker, tolerance=1e-4)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.lists(VALUES, max_size=4), VALUES), min_size=1, max_size=4))
def test_call_tests_are_read_whole(cases):
    rows = [{"input": given, "expected": wanted} for given, wanted in cases]
    tests = parse(json.dumps({"kind": "call", "fn_name": "solve", "cases": rows, "checker": "any_order"}))
    encoded = tuple(Case(json.dumps(a), json.dumps(v)) for a, v in cases)
    assert tests == Tests("call", encoded, fn_name="solve", checker="any_order")


def test_integers_beyond_64_bits_stay_exact():
    huge = 10**40 + 7
    tests = parse(json.dumps({"kind": "call", "fn_name": "f", "cases": [{"input": [huge], "expected": huge}]}))
    assert tests.cases == (Case(f"[{huge}]", str(huge)),)
    assert tests.checker == "exact"


def test_a_script_and_a_checker_program_are_read_whole():
    text = "def check(candidate):\n    assert candidate(1, 2) == 3\n"
    script = parse(json.dumps({"kind": "script", "text": text, "entry_point": "add"}))
    assert script == Tests("script", fn_name="add", script=text)
    row = {"kind": "stdin", "cases": [CASE], "checker": "program", "checker_code": "raise SystemExit(0)"}
    case = Case("1 2\n", "3\n")
    assert parse(json.dumps(row)) == Tests("stdin", (case,), checker="program", checker_code="raise SystemExit(0)")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ([], "not an object"),
        ({"kind": "oracle", "cases": [CASE]}, "kind 'oracle'"),
        ({"kind": ["stdin"], "cases": [CASE]}, "kind"),
        ({"kind": "stdin"}, "no list"),
        ({"kind": "stdin", "cases": []}, "no cases"),
        ({"kind": "stdin", "cases": [{"input": "1"}]}, "case 0 lacks"),
        ({"kind": "stdin", "cases": [CASE, {"input": 1, "expected": "1"}]}, "input of case 1"),
        ({"kind": "stdin", "cases": [{"input": "\ud800", "expected": ""}]}, "half a character"),
        ({"kind": "stdin", "cases": [CASE], "checker": "guess"}, "checker 'guess'"),
        ({"kind": "stdin", "cases": [CASE], "checker": "program"}, "checker_code"),
        ({"kind": "stdin", "cases": [CASE], "checker_code": "exit(0)"}, "checker_code"),
        ({"kind": "stdin", "cases": [CASE], "tolerance": "1e-6"}, "tolerance"),
        ({"kind": "stdin", "cases": [CASE], "tolerance": float("nan")}, "tolerance"),
        ({"kind": "call", "cases": [{"input": [1], "expected": 1}]}, "fn_name"),
        ({"kind": "call", "fn_name": "os.system", "cases": [{"input": [1], "expected": 1}]}, "no name"),
        ({"kind": "call", "fn_name": "f", "cases": [{"input": "1", "expected": 1}]}, "no list of arguments"),
        ({"kind": "call", "fn_name": "f", "cases": [{"input": [1], "expected": 1}], "checker": "tokens"}, "checker"),
        ({"kind": "script", "entry_point": "f"}, "text"),
    ],
)
def test_what_is_no_tests_is_refused(data, reason):
    with pytest.raises(TestsError, match=reason):
        parse(json.dumps(data))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "1" * 5000, '{"kind"'])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(TestsError, match="not JSON"):
        parse(text)
