"""The only answer verifier: extract the declared answer, read it, compare it with the gold one.

Curation, rewards, evaluation and the app all ask this function. It is total: any input gives a verdict with a reason,
and what cannot be decided is `undecided`, never wrong or right. No string is ever evaluated as code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from redstar_geo.answer.among import LETTERS, judged, verify_choice
from redstar_geo.answer.choice import Named, gold_letters, named
from redstar_geo.answer.compare import same
from redstar_geo.answer.extract import LONGEST as LONGEST_TEXT
from redstar_geo.answer.extract import Declared, after_thoughts, conclusion, declared
from redstar_geo.answer.notation import LONGEST
from redstar_geo.answer.reading import read_declared, readings, retracted, written
from redstar_geo.answer.tree import Node, UnreadableError
from redstar_geo.verdict import Verdict

_HOLDS_VALUE = re.compile(r"[\dπ√]|\\(?:pi|sqrt)")  # words without one are passed over for what stands before them


def verify(gold: str, response: str, *, choices: Sequence[str] = (), finish_reason: str = "stop") -> Verdict:
    """Whether a response declares the gold answer; a response that is nothing but an answer declares it too.

    Args:
        gold: the gold answer as the source gives it: a value, or a letter when there are choices.
        response: the model's text, thoughts included; nothing inside them counts as the answer.
        choices: the choices shown, in order A, B, C …; the letter and its value are then the same answer.
        finish_reason: `length` when the response was cut.

    Returns:
        correct `match`, wrong `different`, or undecided: `truncated`, `no_answer`, `gold` (cannot be read),
        `unreadable` (the answer cannot be read), `ambiguous_choice` (the letter's choice stands twice),
        `contradictory` (the letter of one choice and the value of another).
    """
    expected = _gold(gold)
    if not expected.text:
        return Verdict("undecided", "gold")
    cut = finish_reason == "length"
    verdict = None
    for answer in _answers(after_thoughts(response), cut):
        if retracted(answer):
            break
        verdict = verify_choice(expected, answer, choices) if choices else _verify_value(expected, answer)
        if verdict.reason != "unreadable" or answer.by in ("box", "tag", "whole") or _HOLDS_VALUE.search(answer.text):
            return verdict
    if verdict is not None and not cut:
        return verdict
    return Verdict("undecided", "truncated" if cut else "no_answer")


def _gold(gold: str) -> Declared:
    if len(gold) > LONGEST_TEXT:
        return Declared("")
    found = declared(gold, unclosed=True)
    return found[0] if found else Declared(gold.strip())


def _answers(text: str, cut: bool) -> list[Declared]:
    """The answers of a response, the one that counts first; where none is declared all of it, or how it ends."""
    found = declared(text)
    if cut:
        return [answer for answer in found if not (answer.by == "said" and text.endswith(answer.text))]
    if found or not text:
        return found
    endings = conclusion(text)
    if len(text) <= LONGEST and (readings(text) or ("\n" not in text and len(endings) < 2)):
        return [Declared(text)]
    return endings


def _verify_value(gold: Declared, answer: Declared) -> Verdict:
    letter = gold_letters(gold.text, len(LETTERS))
    found = named(answer.text, LETTERS, loose=answer.loose) if len(letter) == 1 else Named()
    if found.letters:
        return judged(found.letters == letter, answer)
    if written(gold.text) == written(answer.text):
        return judged(True, answer)
    expected = readings(gold.text) if gold.by == "whole" else read_declared(gold)
    if not expected or letter:
        return Verdict("undecided", "gold" if not expected else "unreadable", answer.text)
    said = read_declared(answer)
    if not said:
        return Verdict("undecided", "unreadable", answer.text)
    return _compared(expected, said, answer)


def _compared(expected: Sequence[Node], found: Sequence[Node], answer: Declared) -> Verdict:
    try:
        return judged(any(same(a, b) for a in expected for b in found), answer)
    except (UnreadableError, RecursionError):  # the second: asked from deep in a stack
        return Verdict("undecided", "unreadable", answer.text)
