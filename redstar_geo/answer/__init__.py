"""The only answer verifier: extract the declared answer, read it, compare it with the gold one.

Curation, rewards, evaluation and the app all ask this function. It is total: any input gives a verdict with a reason,
and what cannot be decided is `undecided`, never wrong or right. No string is ever evaluated as code.
"""

from __future__ import annotations

from collections.abc import Sequence

from redstar_geo.answer.choice import behind_letter, gold_letters, letters
from redstar_geo.answer.compare import same
from redstar_geo.answer.extract import LONGEST as LONGEST_TEXT
from redstar_geo.answer.extract import Declared, after_thoughts, conclusion, declared
from redstar_geo.answer.notation import LONGEST
from redstar_geo.answer.reading import read_declared, readings, retracted, written
from redstar_geo.answer.tree import Node, UnreadableError
from redstar_geo.records import Verdict

_LETTERS = 8  # A to H


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
        verdict = _verify_choice(expected, answer, choices) if choices else _verify_value(expected, answer)
        if verdict.reason != "unreadable" or answer.by in ("box", "tag", "whole"):
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
    letter = gold_letters(gold.text, _LETTERS)
    named = letters(answer.text, _LETTERS, loose=answer.loose) if len(letter) == 1 else frozenset()
    if named:
        return _verdict(named == letter, answer)
    if written(gold.text) == written(answer.text):
        return _verdict(True, answer)
    expected = readings(gold.text) if gold.by == "whole" else read_declared(gold)
    if not expected or letter:
        return Verdict("undecided", "gold" if not expected else "unreadable", answer.text)
    found = read_declared(answer)
    if not found:
        return Verdict("undecided", "unreadable", answer.text)
    return _compared(expected, found, answer)


def _compared(expected: Sequence[Node], found: Sequence[Node], answer: Declared) -> Verdict:
    try:
        return _verdict(any(same(a, b) for a in expected for b in found), answer)
    except (UnreadableError, RecursionError):  # the second: asked from deep in a stack
        return Verdict("undecided", "unreadable", answer.text)


def _verdict(right: bool, answer: Declared) -> Verdict:
    return Verdict("correct", "match", answer.text) if right else Verdict("wrong", "different", answer.text)


def _verify_choice(gold: Declared, answer: Declared, choices: Sequence[str]) -> Verdict:
    right = gold_letters(gold.text, len(choices))
    if not right and gold_letters(gold.text, _LETTERS):
        return Verdict("undecided", "gold", answer.text)
    named = letters(answer.text, len(choices), loose=answer.loose)
    if len(right) > 1 or len(named) > 1:
        return _verdict(right == named, answer) if named else Verdict("undecided", "unreadable", answer.text)
    expected = choices[_place(right)] if right else gold.text
    if sum(_equal(choice, expected) for choice in choices) > 1:
        return Verdict("undecided", "ambiguous_choice", answer.text)
    if not named:
        return _verify_choice_value(expected, answer, choices)
    claimed = behind_letter(answer.text)
    others = [place for place, choice in enumerate(choices) if claimed and _equal(choice, claimed)]
    if others and _place(named) not in others:
        return Verdict("undecided", "contradictory", answer.text)
    return _verdict(_equal(choices[_place(named)], expected), answer)


def _verify_choice_value(expected: str, answer: Declared, choices: Sequence[str]) -> Verdict:
    """An answer that names no letter: the value or the text of a choice."""
    said = [place for place, choice in enumerate(choices) if _says(answer, choice)]
    if len(said) > 1:
        return Verdict("undecided", "ambiguous_choice", answer.text)
    if said:
        return _verdict(_equal(choices[said[0]], expected), answer)
    if not read_declared(answer):
        return Verdict("undecided", "unreadable", answer.text)
    return _verdict(_says(answer, expected), answer)


def _place(named: frozenset[str]) -> int:
    return ord(next(iter(named))) - ord("A")


def _equal(a: str, b: str) -> bool:
    return _says(Declared(b), a)


def _says(answer: Declared, choice: str) -> bool:
    """Whether an answer is a choice's text or value."""
    if written(answer.text) == written(choice):
        return True
    try:
        return any(same(a, b) for a in readings(choice) for b in read_declared(answer))
    except (UnreadableError, RecursionError):  # the second: asked from deep in a stack
        return False
