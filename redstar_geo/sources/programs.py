"""The tests of a program: from a data set's columns to the one JSON form that the sandbox reads.

Numbers go through the standard library's `json`: faster readers round integers beyond 64 bits, which such tests are
full of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import foreign_json
from redstar_geo.sources.row import Row, UnusableRowError
from redstar_geo.sources.table import Table

_SOLUTIONS = 5  # enough for an audit; TACO has hundreds for some problems


def code_problem(
    problem_id: str,
    split: str,
    licence: str,
    question: str,
    tests: str,
    meta: Mapping[str, Any],
    difficulty: tuple[float, str] | tuple[None, None] = (None, None),
) -> Problem:
    """A problem whose answer is a program; its source is what the id begins with.

    Args:
        tests: in the sandbox's JSON form.
        meta: beside the rest the reference solutions as `solutions`, where there are any.
        difficulty: 1 to 10, and what says so.
    """
    return Problem(
        id=problem_id,
        domain="code",
        source=problem_id.partition("/")[0],
        split=split,
        licence=licence,
        question=question,
        answer="",
        answer_kind="tests",
        language="en",
        tests=tests,
        difficulty=difficulty[0],
        difficulty_by=difficulty[1],
        meta={"solutions": []} | dict(meta),
    )


def stdin_tests(cases: Sequence[tuple[Any, Any]]) -> str:
    """Tests of a program that reads and writes: pairs of standard input and expected output; a list counts as lines."""
    tests = [{"input": _lines(stdin), "expected": _lines(stdout)} for stdin, stdout in cases]
    return _dumped({"kind": "stdin", "cases": tests, "checker": "tokens"}, tests)


def call_tests(fn_name: Any, cases: Sequence[tuple[Any, Any]]) -> str:
    """Tests of a function: pairs of a list of arguments and the value expected."""
    named = isinstance(fn_name, str) and fn_name.isidentifier()
    if not named or not all(isinstance(arguments, list) for arguments, _ in cases):
        raise UnusableRowError("bad_tests")
    tests = [{"input": arguments, "expected": value} for arguments, value in cases]
    return _dumped({"kind": "call", "fn_name": fn_name, "cases": tests, "checker": "exact"}, tests)


def input_output_tests(column: Any) -> str:
    """The tests in an `input_output` column of TACO or APPS: `{"inputs", "outputs"[, "fn_name"]}` as JSON.

    Where every expected value of a function is a list of one element, these lists are wrapping and taken off: the
    authors' own judge takes the value with or without it. One value that is no such list shows that none is wrapped.

    Raises:
        UnusableRowError: `no_tests` or `bad_tests`.
    """
    tests = decoded(column)
    if not tests:
        raise UnusableRowError("no_tests")
    if not isinstance(tests, dict) or not all(isinstance(tests.get(key, []), list) for key in ("inputs", "outputs")):
        raise UnusableRowError("bad_tests")
    inputs, outputs = tests.get("inputs", []), tests.get("outputs", [])
    if len(inputs) != len(outputs):
        raise UnusableRowError("bad_tests")
    if tests.get("fn_name") is None:
        return stdin_tests(list(zip(inputs, outputs, strict=True)))
    if all(isinstance(value, list) and len(value) == 1 for value in outputs):
        outputs = [value[0] for value in outputs]
    return call_tests(tests["fn_name"], list(zip(inputs, outputs, strict=True)))


def decoded(column: Any, reason: str = "bad_tests") -> Any:
    """The value of a JSON column, None when it is empty.

    Raises:
        UnusableRowError: `reason`: `foreign_json.loads` cannot read it.
    """
    if column is None or column == "":
        return None
    if not isinstance(column, str | bytes):
        raise UnusableRowError(reason)
    try:
        return foreign_json.loads(column)
    except (ValueError, RecursionError):
        raise UnusableRowError(reason) from None


def reference_solutions(row: Row) -> list[str]:
    """The first few programs of a `solutions` column; some problems have none."""
    programs = decoded(row.get("solutions"), "bad_solutions") or []
    if not isinstance(programs, list) or not all(isinstance(program, str) for program in programs):
        raise UnusableRowError("bad_solutions")
    return programs[:_SOLUTIONS]


def local_copy(path: str | None, table: Table) -> str:
    """The path, which the data sets that a script builds cannot do without.

    Raises:
        InputError: there is none.
    """
    if path is None:
        raise InputError(
            f"source.path is missing. {table.hub_id} is built by a script, which `datasets` no longer runs: fetch its "
            f"files with `hf download {table.hub_id} --repo-type dataset --local-dir FOLDER` and give FOLDER."
        )
    return path


def _lines(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    if not isinstance(value, str):
        raise UnusableRowError("bad_tests")
    return value


def _dumped(tests: dict[str, Any], cases: list[dict[str, Any]]) -> str:
    if not cases:
        raise UnusableRowError("no_tests")
    text = json.dumps(tests, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character, which no program can be given
        raise UnusableRowError("bad_tests") from None
    return text
