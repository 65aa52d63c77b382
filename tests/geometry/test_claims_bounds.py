"""Texts that would blind the judge or keep it busy: what is beyond the bounds is unproven, and the rest is judged."""

from __future__ import annotations

import sys
from collections import Counter
from types import FrameType
from typing import Any

import pytest

from redstar_geo.bounds import CLAIMS, DEPTH, DIGITS, EXPRESSION, OPERATIONS, READINGS
from redstar_geo.geometry.claims import Facts, judge, read
from redstar_geo.geometry.claims.fidelity import fidelity
from redstar_geo.geometry.proof import Proof

FACTS = Facts(Proof(("Equal(LengthOfLine(AB),5)", "Equal(MeasureOfAngle(ABC),50)"), "LengthOfLine(AB)", "5", ()))
BEYOND = {
    "as many digits as Python does not read": "AB = " + "9" * 4_301,
    "one digit too many": "AB = " + "9" * (DIGITS + 1),
    "90,000 digits": "AB = " + "9" * 90_000,
    "decimals": "AB = 0." + "3" * 4_301,
    "thousands": "AB = 9" + ",999" * 2_000,
    "Arabic digits": "AB = " + "٣" * 4_301,
    "bold digits": "AB = " + "𝟗" * 4_301,
    "a fraction": rf"AB = \frac{{{'9' * 4_301}}}{{{'7' * 4_301}}}",
    "a root": f"AB = sqrt({'9' * 3_900})",
    "a factor": f"AB = 2 · {'9' * 4_301}",
    "digits before a word": f"{'9' * 90_000} times AB = 5",
    "a tower": "9^9^9 = AB",
    "a tall tower": "10^10^10^10^10 = AB",
    "a power of a power": "((10^64)^64)^64 = AB",
    "the sine of a tower": "sin ((((π^64)^64)^64)^64) = AB",
    "a negative power of a power": "((10^(-64))^64)^64 = AB",
    "a sum of many": "1" + "+1" * (OPERATIONS + 1) + " = AB",
    "a sum longer than an expression": "1" + "+1" * EXPRESSION + " = AB",
    "a sum as long as the text": "1" + "+1" * 40_000 + " = AB",
    "brackets": "(" * (DEPTH + 1) + "5" + ")" * (DEPTH + 1) + " = AB",
    "roots of roots": "√" * 5_000 + "5 = AB",
    "functions of functions": "sin " * 5_000 + "5 = AB",
}


@pytest.mark.parametrize("text", BEYOND.values(), ids=BEYOND.keys())
def test_what_is_beyond_the_bounds_is_unproven_and_the_rest_is_judged(text: str) -> None:
    decisions = [decision for _, decision in judge(f"AB = 5. {text}. So AB = 6.", FACTS).claims]
    assert [decision.status for decision in decisions] == ["true", "unproven", "false"]


def test_what_is_just_within_is_judged() -> None:
    digits, half = "9" * DIGITS, DEPTH // 2
    within = [
        f"{digits} = {digits}",
        f"sqrt({digits}) = 5",
        "1" + "+1" * (OPERATIONS - 1) + f" = {OPERATIONS}",
        "(" * half + "5" + ")" * half + " = 5",
        "2^64 = 18446744073709551616",
    ]
    found = [decision.status for text in within for _, decision in judge(text, FACTS).claims]
    assert found == ["true", "false", "true", "true", "true"]


@pytest.mark.parametrize("numeral", ["九" * 5_000, "万" * 5_000, "一百" * 3_000])
def test_a_numeral_without_an_end_is_none(numeral: str) -> None:
    assert [decision.status for _, decision in judge(f"∠ABC={numeral}度。AB=6。", FACTS).claims] == ["false"]


def test_a_rule_of_dashes_is_no_sign() -> None:
    assert [decision.status for _, decision in judge("---5 = 5 and ----------5 = 5", FACTS).claims] == ["true", "true"]


def test_so_many_claims_and_readings_are_tried_and_no_more() -> None:
    judged = judge("1=1 " * (CLAIMS + 1), FACTS)
    assert judged.cut and len(judged.claims) == CLAIMS
    three_lines = Proof(
        ("Line(AB)", "Line(BC)", "Line(CA)", "Line(AX)", "Line(BY)", "Line(CZ)"), "LengthOfLine(AB)", "", ()
    )
    judged = judge("".join(f"∠A+∠B=∠C+{i}. " for i in range(READINGS // 10)), Facts(three_lines))
    reasons = Counter(decision.reason.startswith("beyond") for _, decision in judged.claims)
    assert reasons[True] > reasons[False] > 0 and not judged.cut


LONG = {
    "claims": "1=1 ", "a chain of letters": "x=", "claims of one sentence": "1=1 , ", "vulgar fractions": "½",
    "open brackets": "(", "open brackets of names": "(AB", "brackets that mean nothing": "((((5 x)))) ", "minus": "-",
    "roots": "√(", "digits": "7", "Chinese digits": "九", "definitions": "let x=", "spaces": " \n",
    "commands": r"\frac{", "sums of one": "x+y = x+y, ", "angles": "∠A=", "questions": "AB=5? ",
}  # fmt: skip


@pytest.mark.parametrize("unit", LONG.values(), ids=LONG.keys())
def test_the_work_grows_as_the_text(unit: str) -> None:
    once, twice = (_calls(unit * (length // len(unit))) for length in (1_500, 3_000))
    assert twice <= 2.2 * once + 500


@pytest.mark.parametrize("opening", ["(", "[", "-(", "sqrt(", "x+(", "sin("])
def test_brackets_that_mean_nothing_are_read_once(opening: str) -> None:
    chain = "1" + "+1" * (OPERATIONS - DEPTH) + " z "
    once, often = (_calls((opening * depth + chain) * 3) for depth in (1, DEPTH // 2 - 1))
    assert often <= 3 * once


def _calls(text: str) -> int:
    """How many functions are called to read and judge a text."""
    count = 0

    def called(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        judged = judge(text + "?" * (len(text) % 2), FACTS)
        fidelity(judged, FACTS)
    finally:
        sys.setprofile(None)
    return count


def test_reading_never_raises_on_what_no_one_writes() -> None:
    for text in ("\ud800 AB = 5", "AB\x00 = 5", "\ue000\U000f0000 = 5", "\ue008\U000ffffd=\ue000\U000f0000", "٣" * 9):
        read(text)
