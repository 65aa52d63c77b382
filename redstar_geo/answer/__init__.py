"""The only answer verifier: extract the declared answer, read it, compare it with the gold one.

Curation, rewards, evaluation and the app all ask this function. It is total: any input gives a verdict with a reason,
and what cannot be decided is `undecided`, never wrong or right. No string is ever evaluated as code.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from numbers import Real

from redstar_geo.answer.among import LETTERS, judged, verify_choice
from redstar_geo.answer.choice import gold_letters, named
from redstar_geo.answer.compare import any_same
from redstar_geo.answer.extract import LONGEST as LONGEST_TEXT
from redstar_geo.answer.extract import Declared, after_thoughts, conclusion, declared
from redstar_geo.answer.notation import LONGEST
from redstar_geo.answer.reading import read_declared, readings, retracted, written
from redstar_geo.errors import InputError
from redstar_geo.finish_reason import is_truncated
from redstar_geo.thinking import has_unknown_block
from redstar_geo.verdict import Verdict

Answer = str | float | Fraction  # a float stands for an int too
_HOLDS_VALUE = re.compile(r"[\dπ√]|\\(?:pi|sqrt)")  # words without one are passed over for what stands before them


def verify(
    gold: Answer, response: Answer, choices: Sequence[Answer] | None = None, *, finish_reason: str = "stop"
) -> Verdict:
    """Whether a response declares the gold answer; a response that is nothing but an answer declares it too.

    Args:
        gold: the gold answer as the source gives it: a value, or a letter when there are choices.
        response: the model's text, thoughts included; nothing inside them counts as the answer. Or a number.
        choices: the choices shown, in order A, B, C …; the letter and its value are then the same answer.
        finish_reason: as the server gave it; all but `stop` and its kin mean that the response was cut.

    Returns:
        correct `match`, wrong `different`, or undecided: `truncated`, `no_answer`, `gold` (cannot be read),
        `unreadable` (the answer cannot be read), `unknown_tags` (a block that may be thoughts stands before it),
        `ambiguous_choice` (the letter's choice stands twice), `contradictory` (the letter of one choice and the value
        of another).

    Raises:
        InputError: an answer or a choice is neither a text nor a finite number.
    """
    expected = _gold(as_text(gold, "gold"))
    response = as_text(response, "response")
    shown = tuple(as_text(choice, "a choice") for choice in choices or ())
    if not expected.text:
        return Verdict("undecided", "gold")
    cut, verdict = is_truncated(finish_reason), None
    text = after_thoughts(response)
    if has_unknown_block(text):
        return Verdict("undecided", "unknown_tags")
    for answer in _answers(text, cut):
        if retracted(answer):
            break
        verdict = verify_choice(expected, answer, shown) if shown else _verify_value(expected, answer)
        if verdict.reason != "unreadable" or answer.by in ("box", "tag", "whole") or _HOLDS_VALUE.search(answer.text):
            return verdict
    if verdict is not None and not cut:
        return verdict
    return Verdict("undecided", "truncated" if cut else "no_answer")


def as_text(answer: Answer, name: str) -> str:
    """An answer as it is read: a text as it is, a number in digits; `name` is what an error calls it.

    Raises:
        InputError: it is neither, or the number is not finite.
    """
    if isinstance(answer, str):
        return answer
    if isinstance(answer, Real) and not isinstance(answer, bool) and abs(answer) < math.inf:
        try:
            return str(answer)
        except ValueError:
            raise InputError(f"{name} is a number with too many digits to write down. Give it as a text.") from None
    raise InputError(
        f"{name} is {answer!r}, neither a text nor a finite number. Give a str, an int, a float or a Fraction."
    )


def _gold(gold: str) -> Declared:
    if len(gold) > LONGEST_TEXT:
        return Declared("")
    return next(iter(declared(gold, unclosed=True)), Declared(gold.strip()))


def _answers(text: str, truncated: bool) -> list[Declared]:
    """The answers of a response, the one that counts first; where none is declared all of it, or how it ends."""
    answers = declared(text)
    if truncated:
        return [answer for answer in answers if not (answer.by == "said" and text.endswith(answer.text))]
    if answers or not text:
        return answers
    endings = conclusion(text)
    if len(text) <= LONGEST and (readings(text) or ("\n" not in text and len(endings) < 2)):
        return [Declared(text)]
    return endings


def _verify_value(gold: Declared, answer: Declared) -> Verdict:
    letter = gold_letters(gold.text, len(LETTERS))
    claimed = named(answer.text, LETTERS, loose=answer.loose).letters if len(letter) == 1 else None
    if claimed:
        return judged(claimed == letter, answer)
    if written(gold.text) == written(answer.text):
        return judged(True, answer)
    expected = readings(gold.text) if gold.by == "whole" else read_declared(gold)
    if not expected or letter:
        return Verdict("undecided", "gold" if not expected else "unreadable", answer.text)
    same = any_same(expected, read_declared(answer))
    return Verdict("undecided", "unreadable", answer.text) if same is None else judged(same, answer)
