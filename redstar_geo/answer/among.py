"""Verdicts where there are choices: a choice's letter, its text and its value are the same answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from redstar_geo.answer.choice import Named, gold_letters, labelled, named, small_letter
from redstar_geo.answer.compare import any_same
from redstar_geo.answer.extract import Declared
from redstar_geo.answer.notation import has_short_words
from redstar_geo.answer.reading import read_declared, readings, written
from redstar_geo.answer.worded import circled_numbers, is_predicate
from redstar_geo.verdict import Verdict

LETTERS = "ABCDEFGHIJ"
_DIGIT = re.compile(r"[\dπ√∞]|\\(?:pi|sqrt)")
_VALUE_END = re.compile(r"[,，;；。]|\.(?!\d)|\s(?=[(（])")


def judged(right: bool, answer: Declared) -> Verdict:
    return Verdict("correct", "match", answer.text) if right else Verdict("wrong", "different", answer.text)


def verify_choice(gold: Declared, answer: Declared, choices: Sequence[str]) -> Verdict:
    """The verdict on an answer when choices were shown; reasons as in `redstar_geo.answer.verify`."""
    right = _gold_choices(gold.text, choices)
    if not right and gold_letters(gold.text, len(LETTERS)) and not _places(gold, choices):
        return Verdict("undecided", "gold", answer.text)
    claimed = _claimed(answer, choices)
    if isinstance(claimed, Verdict):
        return claimed
    if len(right) > 1 or len(claimed) > 1:
        return judged(right == claimed, answer) if claimed else Verdict("undecided", "unreadable", answer.text)
    if right and right == claimed:
        return judged(True, answer)
    expected = choices[_place(right)] if right else gold.text
    if sum(_equal(choice, expected) for choice in choices) > 1:
        return Verdict("undecided", "ambiguous_choice", answer.text)
    if claimed:
        return judged(_equal(choices[_place(claimed)], expected), answer)
    if not read_declared(answer):
        return Verdict("undecided", "unreadable", answer.text)
    return judged(_says(answer, expected), answer)


def _gold_choices(text: str, choices: Sequence[str]) -> frozenset[str]:
    """The letters that a gold answer is: a capital, or what is no choice's text (a, AB)."""
    small = small_letter(text)
    letters = gold_letters(small or text, len(choices))
    is_text = any(written(choice) == written(text) for choice in choices)
    if not letters and (label := labelled(text, choices)):
        return frozenset(label)
    return frozenset() if is_text and (small or len(letters) > 1) else letters


def _claimed(answer: Declared, choices: Sequence[str]) -> frozenset[str] | Verdict:
    """The letters of the choices that an answer claims, by letter, text or value; none when it claims no choice.

    A single capital is always a letter; what may be a choice's text as well (AB, a) is that text.
    """
    name = named(answer.text, choices, loose=answer.loose)
    lone = len(name.letters) == 1
    if lone and not name.beside and not small_letter(answer.text):
        return _checked(name, answer, choices)
    said = _places(answer, choices)
    if len(said) > 1 or (said and lone and not name.beside and said != name.letters):
        return Verdict("undecided", "ambiguous_choice", answer.text)
    if said:
        return said
    if name.open:
        return Verdict("undecided", "unreadable", answer.text)
    return _checked(name, answer, choices)


def _checked(name: Named, answer: Declared, choices: Sequence[str]) -> frozenset[str] | Verdict:
    """The letter, unless the value beside it is another choice's, or is not there where it must be."""
    if not name.rest:
        return name.letters
    beside = _places(Declared(name.rest, answer.by), choices)
    if (beside and not name.letters <= beside) or (not beside and name.letters and _is_other(name, choices)):
        return Verdict("undecided", "contradictory", answer.text)
    if name.beside and not beside:
        return Verdict("undecided", "unreadable", answer.text)
    return name.letters


def _is_other(name: Named, choices: Sequence[str]) -> bool:
    """Whether what stands beside a letter is a value, and that of no choice: `(D) 34 cm`, where D is 20 cm."""
    value = _VALUE_END.split(name.rest.strip("()（） "), maxsplit=1)[0]
    own = choices[_place(name.letters)] if len(name.letters) == 1 else ""
    return not has_short_words(value) and bool(
        _DIGIT.search(value) and _DIGIT.search(own) and readings(own) and readings(value)
    )


def _places(answer: Declared, choices: Sequence[str]) -> frozenset[str]:
    """The letters of the choices whose text or value an answer is."""
    return frozenset(chr(ord("A") + place) for place, choice in enumerate(choices) if _says(answer, choice))


def _place(letters: frozenset[str]) -> int:
    return ord(next(iter(letters))) - ord("A")


def _equal(a: str, b: str) -> bool:
    return _says(Declared(b), a)


def _says(answer: Declared, choice: str) -> bool:
    """Whether an answer is a choice's text or value."""
    if written(answer.text) == written(choice) or is_predicate(choice, answer):
        return True
    if circled := circled_numbers(choice):
        return circled_numbers(answer.text, within=answer.prose) == circled
    return any_same(readings(choice), read_declared(answer)) is True
