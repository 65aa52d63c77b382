"""Is an output right? Compared outside the sandbox, as bytes or decoded JSON and never evaluated.

Which checker a problem needs is its tests' to say: where several answers are right, only a checker program can tell.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from redstar_geo.errors import RedStarError
from redstar_geo.sandbox.tests import Case, Tests

RunChecker = Callable[[str, Iterable[bytes]], str]  # a Python program and its input in parts → the verdict of its run

_TOKEN = re.compile(rb"\S+")
_LINE = re.compile(rb"[^\n]+")
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_INTEGER = re.compile(rb"[+-]?\d+")
_DECIMAL = re.compile(rb"[+-]?((0|[1-9]\d{0,400})(\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,4})?")
_LONGEST_NUMBER = 400  # bytes: no float needs more
_ROOM = 1 << 20  # bytes that an output may have beyond so many times the expected one; more is wrong, unread
_TIMES_AS_LONG = 64
_ROOM_FOR_PROGRAM = 16 << 20  # where the expected output may be one word and the right ones long
_PART = 1 << 16


class CheckerError(RedStarError):
    """The problem's own checker program came to no decision, so that the output is neither right nor wrong."""


def check(tests: Tests, case: Case, output: bytes, run: RunChecker | None = None) -> bool:
    """Whether `output` is right for one case by the checker of its tests.

    Of kind `call` the output is JSON of the value returned; what is no JSON is wrong. `run` runs the checker program
    in a sandbox; only the `program` checker needs it.

    Raises:
        CheckerError: the checker program ended in anything but acceptance (exit 0) or refusal (another exit).
    """
    expected = case.expected.encode()
    if len(output) > _TIMES_AS_LONG * len(expected) + (_ROOM_FOR_PROGRAM if tests.checker == "program" else _ROOM):
        return False
    if tests.checker == "program":
        return _program(tests, case, output, run)
    if tests.kind == "call":
        return _value(tests, expected, output)
    if tests.checker == "exact":
        return output.removesuffix(b"\n") == expected.removesuffix(b"\n")
    if output.rstrip() == expected.rstrip():
        return True
    if tests.checker == "any_order":
        return _same_multiset(_tokens(expected), _tokens(output))
    if tests.checker == "unordered_lines":
        return _same_multiset(_lines(expected), _lines(output))
    if tests.checker == "yes_no":
        expected, output = expected.lower(), output.lower()
    near = _near if tests.checker == "floats" else _same_number
    pairs = zip_longest(_tokens(expected), _tokens(output))
    return all(a == b or near(a, b, tests.tolerance) for a, b in pairs)


def _tokens(text: bytes) -> Iterator[bytes]:
    """Lazily, so that a long wrong output costs no more than what comes before its first difference."""
    return (match.group() for match in _TOKEN.finditer(text))


def _lines(text: bytes) -> Iterator[bytes]:
    """The lines that are not blank, with one space between their tokens."""
    return (line for line in (b" ".join(match.group().split()) for match in _LINE.finditer(text)) if line)


def _same_multiset(expected: Iterator[bytes], given: Iterator[bytes]) -> bool:
    missing = Counter(expected)
    for part in given:
        if not missing[part]:
            return False
        missing[part] -= 1
    return not any(missing.values())


def _same_number(expected: bytes | None, given: bytes | None, tolerance: float) -> bool:
    """Two spellings of one number, or a number near one with a decimal point, as the data sets' own judges compare.

    Digits without a point stay text: `007` may be a word.
    """
    if expected is None or given is None or not (_DECIMAL.fullmatch(expected) and _DECIMAL.fullmatch(given)):
        return False
    if _INTEGER.fullmatch(expected) and _INTEGER.fullmatch(given):
        return False
    if b"." in expected:
        return _near(expected, given, tolerance)
    return Decimal(expected.decode()) == Decimal(given.decode())


def _near(expected: bytes | None, given: bytes | None, tolerance: float) -> bool:
    """Two numbers within an absolute or relative tolerance. Two integers must be equal: nothing was rounded there."""
    if expected is None or given is None or max(len(expected), len(given)) > _LONGEST_NUMBER:
        return False
    if not (_NUMBER.fullmatch(expected) and _NUMBER.fullmatch(given)):
        return False
    if _INTEGER.fullmatch(expected) and _INTEGER.fullmatch(given):
        return int(expected) == int(given)
    return math.isclose(float(expected), float(given), rel_tol=tolerance, abs_tol=tolerance)


def _value(tests: Tests, expected: bytes, output: bytes) -> bool:
    try:
        right, returned = json.loads(expected), json.loads(output)
        if tests.checker == "any_order" and isinstance(right, list) and isinstance(returned, list):
            right, returned = sorted(right, key=_rank), sorted(returned, key=_rank)
    except (ValueError, RecursionError):
        return False
    return _same_value(right, returned, tests.tolerance)


def _same_value(expected: Any, given: Any, tolerance: float) -> bool:
    """Whether two decoded JSON values are one: numbers by value, within the tolerance where a float is expected."""
    pairs = [(expected, given)]  # a stack: the nesting is the program's to choose
    while pairs:
        a, b = pairs.pop()
        if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
            pairs.extend(zip(a, b, strict=True))
        elif isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
            pairs.extend((a[key], b[key]) for key in a)
        elif isinstance(a, float) and isinstance(b, int | float):
            if not _near_float(a, b, tolerance):
                return False
        elif isinstance(a, list | dict) or a != b:
            return False
    return True


def _near_float(expected: float, given: float, tolerance: float) -> bool:
    try:
        near = math.isclose(expected, given, rel_tol=tolerance, abs_tol=tolerance)
    except OverflowError:  # an integer beyond every float
        return False
    return near or (math.isnan(expected) and math.isnan(given))


def _rank(value: Any) -> tuple[bool, Any]:
    """Where a value stands among others of any type: numbers by size, before everything else by its JSON."""
    if isinstance(value, int | float):
        return False, value
    return True, json.dumps(value, sort_keys=True)


def _program(tests: Tests, case: Case, output: bytes, run: RunChecker | None) -> bool:
    if run is None or tests.checker_code is None:
        raise CheckerError("a checker program needs a sandbox to run in")
    verdict = run(tests.checker_code, _checker_input(case, output))
    if verdict not in ("OK", "RE"):
        raise CheckerError(f"the checker program ended with {verdict}")
    return verdict == "OK"


def _checker_input(case: Case, output: bytes) -> Iterator[bytes]:
    """The JSON of `input`, `expected` and `output`, in parts: an output may be long, and as JSON six times as long."""
    yield json.dumps({"input": case.input, "expected": case.expected}).encode()[:-1] + b', "output": "'
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for start in range(0, len(output) + 1, _PART):
        part = output[start : start + _PART]
        yield json.dumps(decoder.decode(part, final=len(part) < _PART))[1:-1].encode()
    yield b'"}'
