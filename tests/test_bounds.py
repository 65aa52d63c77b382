"""Numbers and texts without an end: one bound for all who read them, no pattern that takes the square of a length."""

from __future__ import annotations

from fractions import Fraction

import pytest

from redstar_geo.answer import verify
from redstar_geo.answer.choice import named
from redstar_geo.bounds import BITS, DEPTH, DIGITS, OPERATIONS, STATEMENT, OutOfBounds, fraction
from redstar_geo.errors import InputError
from redstar_geo.filters import reject
from redstar_geo.geometry import cdl
from redstar_geo.jsonl import read_object, why_unreadable
from redstar_geo.overlap.text import normalise, signature
from redstar_geo.records import Trace
from redstar_geo.sources.choices import listed_choices, split_choices
from redstar_geo.sources.geo170k import _QUESTION
from redstar_geo.sources.gold import _HASHES, _has_parts

WRITTEN = {"12": 12, "0.5": Fraction(1, 2), ".5": Fraction(1, 2), "3.": 3, "3e2": 300, "٣": 3}
EDGE = {"9" * DIGITS: 10**DIGITS - 1, f"1e-{DIGITS}": Fraction(1, 10**DIGITS)}
BEYOND = ["9" * (DIGITS + 1), "0." + "3" * DIGITS, f"1e{DIGITS + 1}", "1e-9999"]


def test_a_number_is_what_it_says() -> None:
    for text, value in (WRITTEN | EDGE).items():
        assert fraction(text) == value


@pytest.mark.parametrize("text", BEYOND)
def test_a_number_beyond_the_bound_is_none(text: str) -> None:
    with pytest.raises(OutOfBounds):
        fraction(text)
    assert verify("5", f"\\boxed{{{text}}}").status == verify(text, "\\boxed{5}").status == "undecided"


@pytest.mark.parametrize("gold", [10**5_000, Fraction(10**5_000, 3)], ids=["int", "Fraction"])
def test_a_number_that_cannot_be_written_down_is_the_callers_mistake(gold: int | Fraction) -> None:
    with pytest.raises(InputError, match="digits"):
        verify(gold, "5")


STATEMENTS = {
    "digits": "9" * (DIGITS + 1),
    "a root": f"sqrt({'9' * 3_900})",
    "decimals": "0." + "3" * DIGITS,
    "a tower": "2^2^2^2^2^2",
    "a power of a power": "((2^64)^64)^64",
    "a power of π": "sin((((pi^64)^64)^64)^64)",
    "a power of a sum": f"(1+sqrt(2))^{BITS}",
    "a product": "*".join(["9" * 200] * 19),
    "a root of a product": f"sqrt({'*'.join(['9' * 200] * 19)})",
    "operators": "1" + "+1" * (OPERATIONS + 1),
    "signs": "-" * 3_000 + "1",
    "brackets": "(" * (DEPTH + 2) + "1" + ")" * (DEPTH + 2),
    "arguments": "f(" * 1_000,
    "characters": "1" + " " * STATEMENT,
    "spaces": " " * (STATEMENT - 1),
}


@pytest.mark.parametrize("text", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_a_statement_beyond_the_bounds_is_not_in_the_language(text: str) -> None:
    with pytest.raises(cdl.CDLError):
        cdl.value(text)


def test_a_statement_within_them_is() -> None:
    assert cdl.value("9" * DIGITS) == 10**DIGITS - 1
    assert cdl.value("1" + "+1" * OPERATIONS) == OPERATIONS + 1
    assert str(cdl.value("(1+sqrt(2))^64")) == "(1 + sqrt(2))**64"


def test_filters_end_on_a_box_of_spaces() -> None:
    response = "\\boxed{answer" + " " * 19_000 + "x} \\boxed{5}"
    assert reject(Trace("", 0, "", "", "", response, "stop"), question="", language="en") is not None


def test_a_text_of_accents_is_compared() -> None:
    accents = "a" + "\u0300\u0316" * 50_000
    assert normalise(accents) == "à" and len(signature(accents)) > 0
    assert normalise("cafe\u0301") == normalise("café")


@pytest.mark.parametrize("space", [" ", "\n", "\t"])
def test_choices_are_found_amid_any_space(space: str) -> None:
    wide = space * 20_000
    assert listed_choices(f"A. 3{wide}; B. 4{wide}x{wide};{wide}") == ("3", f"4{wide}x")
    assert _HASHES.findall(f"{wide}\n#### 5") == ["5"] and _has_parts("(1)" * 50_000 + "(2)")
    assert not _has_parts("(1)" * 50_000) and not _has_parts("(2) (1)")
    narrow = "(" + space * 398 + "x"
    assert not any(named(narrow, ("1", "2", str(each))).letters for each in range(2_000))
    assert verify(f"\\boxed{{{'A' + (space + 'A') * 190}x}}", "A", choices=("1", "2")).status != "correct"
    question = _QUESTION.search(f"Question: what{wide}is it?{wide}\nChoices:\nA:{wide}3\nB: 4")
    assert question is not None and listed_choices(question[2]) == ("3", "4")
    assert split_choices(f"What{wide}is it?{wide}(A) 3{wide}(B) 4{wide}(C) 5{wide}")[1] == ("3", "4", "5")


@pytest.mark.parametrize(
    "line, why",
    [
        ('{"a": NaN}', "NaN"),
        ('{"cpu_s": Infinity}', "Infinity"),
        ('{"cpu_s": -Infinity}', "-Infinity"),
        ('{"gold": 1, "gold": 2}', "'gold' twice"),
        ('{"a": {"b": 1, "b": 1}}', "'b' twice"),
        ('{"a": ' + "9" * 5_000 + "}", "digits"),
        ('{"a": ' + "[" * 100_000, "nested too deeply"),
        ("[]", "not a JSON object"),
    ],
)
def test_a_line_that_is_not_what_json_is_says_why(line: str, why: str) -> None:
    with pytest.raises((ValueError, TypeError, RecursionError)) as error:
        read_object(line)
    assert why in why_unreadable(error.value)  # type: ignore[arg-type]
