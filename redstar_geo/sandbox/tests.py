"""The tests of a code problem in their one form, which every source writes and the judge reads.

    {"kind": "stdin", "cases": [{"input": "1 2\\n", "expected": "3\\n"}, …], "checker": "tokens"}
    {"kind": "call", "fn_name": "add", "cases": [{"input": [1, 2], "expected": 3}, …], "checker": "exact"}
    {"kind": "script", "text": "def check(candidate): …", "entry_point": "add"}

Optional: "tolerance" (of floats, absolute or relative) and, with `"checker": "program"`, "checker_code".
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

from redstar_geo.errors import RedStarError

Kind = Literal["stdin", "call", "script"]
Checker = Literal["exact", "tokens", "floats", "yes_no", "any_order", "unordered_lines", "program"]

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
CALL_CHECKERS = ("exact", "any_order", "program")  # those that mean something for values; `exact` allows for rounding


class TestsError(RedStarError):
    """A text that is no tests; the message says where it goes wrong."""

    __test__ = False  # pytest: no class of tests in spite of its name


@dataclass(frozen=True, slots=True)
class Case:
    """One test. `stdin`: text given, text expected; `call`: JSON of the list of arguments, JSON of the value."""

    input: str
    expected: str


@dataclass(frozen=True)
class Tests:
    """What a program must do. `fn_name` is the function called (of `script`: the one that its `check` is given).

    Raises:
        TestsError: the parts do not belong together, such as a call without a function or no case at all.
    """

    __test__ = False

    kind: Kind
    cases: tuple[Case, ...] = ()
    fn_name: str | None = None
    checker: Checker = "tokens"
    checker_code: str | None = None
    script: str | None = None
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        _require(self.kind in get_args(Kind), f"kind {self.kind!r} is none of {', '.join(get_args(Kind))}")
        known = CALL_CHECKERS if self.kind == "call" else get_args(Checker)
        _require(self.checker in known, f"checker {self.checker!r} of kind {self.kind} is none of {', '.join(known)}")
        _require((self.checker == "program") == (self.checker_code is not None), "checker_code goes with program")
        _require((self.kind == "script") == (self.script is not None), "a text goes with kind script")
        _require((self.kind == "script") != bool(self.cases), "no cases" if not self.cases else "a script with cases")
        _require((self.kind == "stdin") == (self.fn_name is None), "fn_name or entry_point goes with call and script")
        _require(self.fn_name is None or self.fn_name.isidentifier(), f"fn_name {self.fn_name!r} is no name")
        _require(0 <= self.tolerance < 1, f"tolerance {self.tolerance!r} is not in [0, 1)")


def parse(text: str) -> Tests:
    """The tests that a JSON text holds.

    Raises:
        TestsError: it is not JSON, or not of the form above.
    """
    try:
        return read(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise TestsError(f"tests are not JSON: {str(error)[:200]}") from error


def read(data: Any) -> Tests:
    """The tests in a decoded JSON object (see `parse`)."""
    _require(isinstance(data, dict), "tests are not an object")
    kind = data.get("kind")
    tolerance = data.get("tolerance", Tests.tolerance)
    _require(type(tolerance) in (int, float), "tolerance is no number")
    if kind == "script":
        return Tests("script", fn_name=_text(data, "entry_point"), script=_text(data, "text"))
    cases = data.get("cases")
    _require(isinstance(cases, list), "cases are no list")
    return Tests(
        kind=kind,
        cases=tuple(_case(case, number, kind == "call") for number, case in enumerate(cases)),
        fn_name=_text(data, "fn_name") if kind == "call" else None,
        checker=_text(data, "checker") if "checker" in data else "exact" if kind == "call" else "tokens",
        checker_code=_text(data, "checker_code") if "checker_code" in data else None,
        tolerance=tolerance,
    )


def _case(case: Any, number: int, call: bool) -> Case:
    _require(isinstance(case, dict) and case.keys() >= {"input", "expected"}, f"case {number} lacks input or expected")
    if not call:
        return Case(_text(case, "input", f" of case {number}"), _text(case, "expected", f" of case {number}"))
    _require(isinstance(case["input"], list), f"the input of case {number} is no list of arguments")
    return Case(json.dumps(case["input"]), json.dumps(case["expected"]))


def _text(data: dict[str, Any], key: str, where: str = "") -> Any:
    """The string under a key; a lone surrogate, which no program could be given, is refused."""
    text: Any = data.get(key)
    _require(isinstance(text, str), f"{key}{where} is no text")
    _require(not _LONE_SURROGATE.search(text), f"{key}{where} has half a character (a lone surrogate)")
    return text


def _require(fact: bool, otherwise: str) -> None:
    if not fact:
        raise TestsError(otherwise)
