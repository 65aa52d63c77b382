"""Verdicts where there are choices: a choice's letter, its text and its value are the same answer."""

from __future__ import annotations

from collections.abc import Sequence

from redstar_geo.answer.choice import Named, gold_letters, named, small_letter
from redstar_geo.answer.compare import same
from redstar_geo.answer.extract import Declared
from redstar_geo.answer.reading import read_declared, readings, written
from redstar_geo.answer.tree import UnreadableError
from redstar_geo.verdict import Verdict

LETTERS = "ABCDEFGH"


def judged(right: bool, answer: Declared) -> Verdict:
    return Verdict("correct", "match", answer.text) if right else Verdict("wrong", "different", answer.text)


def verify_choice(gold: Declared, answer: Declared, choices: Sequence[str]) -> Verdict:
    """The verdict on an answer when choices were shown; reasons as in `redstar_geo.answer.verify`."""
    right = _gold_choices(gold.text, choices)
    if not right and gold_letters(gold.text, len(LETTERS)) and not _places(gold, choices):
        return Verdict("undecided", "gold", answer.text)
    found = _claimed(answer, choices)
    if isinstance(found, Verdict):
        return found
    if len(right) > 1 or len(found) > 1:
        return judged(right == found, answer) if found else Verdict("undecided", "unreadable", answer.text)
    if right and right == found:
        return judged(True, answer)
    expected = choices[_place(right)] if right else gold.text
    if sum(_equal(choice, expected) for choice in choices) > 1:
        return Verdict("undecided", "ambiguous_choice", answer.text)
    if found:
        return judged(_equal(choices[_place(found)], expected), answer)
    if not read_declared(answer):
        return Verdict("undecided", "unreadable", answer.text)
    return judged(_says(answer, expected), answer)


def _gold_choices(text: str, choices: Sequence[str]) -> frozenset[str]:
    """The letters that a gold answer is: a capital, or what is no choice's text (a, AB)."""
    small = small_letter(text)
    found = gold_letters(small or text, len(choices))
    is_text = any(written(choice) == written(text) for choice in choices)
    return frozenset() if is_text and (small or len(found) > 1) else found


def _claimed(answer: Declared, choices: Sequence[str]) -> frozenset[str] | Verdict:
    """The letters of the choices that an answer claims, by letter, text or value; none when it claims no choice.

    A single capital is always a letter; what may be a choice's text as well (AB, a) is that text.
    """
    found = named(answer.text, choices, loose=answer.loose)
    lone = len(found.letters) == 1
    if lone and not found.beside and not small_letter(answer.text):
        return _checked(found, answer, choices)
    said = _places(answer, choices)
    if len(said) > 1 or (said and lone and not found.beside and said != found.letters):
        return Verdict("undecided", "ambiguous_choice", answer.text)
    if said:
        return said
    if found.open:
        return Verdict("undecided", "unreadable", answer.text)
    return _checked(found, answer, choices)


def _checked(found: Named, answer: Declared, choices: Sequence[str]) -> frozenset[str] | Verdict:
    """The letter, unless the value beside it is another choice's, or is not there where it must be."""
    if not found.rest:
        return found.letters
    beside = _places(Declared(found.rest, answer.by), choices)
    if beside and not found.letters <= beside:
        return Verdict("undecided", "contradictory", answer.text)
    if found.beside and not beside:
        return Verdict("undecided", "unreadable", answer.text)
    return found.letters


def _places(answer: Declared, choices: Sequence[str]) -> frozenset[str]:
    """The letters of the choices whose text or value an answer is."""
    return frozenset(chr(ord("A") + place) for place, choice in enumerate(choices) if _says(answer, choice))


def _place(letters: frozenset[str]) -> int:
    return ord(next(iter(letters))) - ord("A")


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
