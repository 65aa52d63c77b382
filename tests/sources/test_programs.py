"""Tests of programs in the forms that data sets have them, and the one form that the judge reads."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redstar_geo.errors import InputError
from redstar_geo.sandbox.tests import Case, parse
from redstar_geo.sources.programs import (
    call_tests,
    decoded,
    input_output_tests,
    local_copy,
    reference_solutions,
    stdin_tests,
)
from redstar_geo.sources.row import UnusableRowError
from redstar_geo.sources.table import Table

LINES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | LINES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LINES, inner, max_size=3),
    max_leaves=8,
)


def column(**parts: Any) -> str:
    return json.dumps(parts)


def cases(text: str) -> list[tuple[Any, Any]]:
    return [(case["input"], case["expected"]) for case in json.loads(text)["cases"]]


@given(st.lists(st.tuples(LINES, LINES), min_size=1, max_size=4))
def test_the_judge_reads_what_was_given_and_expected(pairs: list[tuple[str, str]]) -> None:
    text = input_output_tests(column(inputs=[given for given, _ in pairs], outputs=[expected for _, expected in pairs]))
    tests = parse(text)
    assert (tests.kind, tests.checker, tests.cases) == ("stdin", "tokens", tuple(Case(*pair) for pair in pairs))


@given(st.lists(st.tuples(st.lists(VALUES, max_size=3), VALUES), min_size=1, max_size=4))
def test_wrapped_values_are_unwrapped_and_arguments_kept(pairs: list[tuple[list[Any], Any]]) -> None:
    inputs, values = [given for given, _ in pairs], [value for _, value in pairs]
    text = input_output_tests(column(fn_name="solve", inputs=inputs, outputs=[[value] for value in values]))
    assert cases(text) == pairs
    tests = parse(text)
    assert (tests.kind, tests.fn_name, tests.checker) == ("call", "solve", "exact")
    assert [json.loads(case.expected) for case in tests.cases] == values


@pytest.mark.parametrize("outputs", [[[1], [2, 3]], [[1], 2], [[1], []], [[1], None]])
def test_one_value_that_is_not_wrapped_shows_that_none_is(outputs: list[Any]) -> None:
    text = input_output_tests(column(fn_name="solve", inputs=[[0], [1]], outputs=outputs))
    assert [value for _, value in cases(text)] == outputs


def test_lists_of_lines_are_joined() -> None:
    text = input_output_tests(column(inputs=[["2", "1 5"], "3\n"], outputs=[["6"], "0\n"]))
    assert cases(text) == [("2\n1 5", "6"), ("3\n", "0\n")]


def test_integers_beyond_64_bits_keep_every_digit() -> None:
    large = 2**200 + 1
    text = input_output_tests(column(fn_name="square", inputs=[[large]], outputs=[[large**2]]))
    assert cases(text) == [([large], large**2)]
    assert json.loads(parse(text).cases[0].expected) == large**2


@pytest.mark.parametrize("empty", [None, "", "{}", "null", "[]", column(inputs=[], outputs=[]), column(fn_name="f")])
def test_no_tests(empty: str | None) -> None:
    with pytest.raises(UnusableRowError) as error:
        input_output_tests(empty)
    assert error.value.reason == "no_tests"


@pytest.mark.parametrize(
    "broken",
    [
        '{"inputs": ["1',
        "[1, 2]",
        '"text"',
        3,
        "[" * 100_000,
        column(inputs="12", outputs="34"),
        column(inputs=["1"], outputs=[]),
        column(inputs=[1], outputs=["1"]),
        column(inputs=[["1", 2]], outputs=["1"]),
        column(inputs=["\ud800"], outputs=["1"]),
        column(fn_name="solve", inputs=["12"], outputs=[3]),
        column(fn_name="solve me", inputs=[[1]], outputs=[3]),
        column(fn_name=5, inputs=[[1]], outputs=[3]),
        '{"fn_name": "f", "inputs": [[1' + "0" * 5000 + ']], "outputs": [[1]]}',
    ],
)
def test_bad_tests(broken: Any) -> None:
    with pytest.raises(UnusableRowError) as error:
        input_output_tests(broken)
    assert error.value.reason == "bad_tests"


def test_few_solutions_are_kept() -> None:
    assert reference_solutions({"solutions": json.dumps([f"print({n})" for n in range(9)])}) == [
        f"print({n})" for n in range(5)
    ]
    assert reference_solutions({"solutions": ""}) == reference_solutions({}) == []
    for broken in ('["print(1)', '{"a": 1}', "[1]"):
        with pytest.raises(UnusableRowError) as error:
            reference_solutions({"solutions": broken})
        assert error.value.reason == "bad_solutions"


def test_both_builders_refuse_to_build_nothing() -> None:
    for build in (lambda: stdin_tests([]), lambda: call_tests("f", [])):
        with pytest.raises(UnusableRowError) as error:
            build()
        assert error.value.reason == "no_tests"
    assert decoded("") is None


def test_what_a_script_builds_needs_a_local_copy() -> None:
    with pytest.raises(InputError, match="hf download owner/name"):
        local_copy(None, Table("owner/name", ()))
    assert local_copy("here", Table("owner/name", ())) == "here"
