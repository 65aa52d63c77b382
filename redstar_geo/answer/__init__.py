"""The only answer verifier: extract the declared answer, parse it, compare it with the gold one.

Curation, rewards, evaluation and the app all ask this function. It is total: any input gives a verdict with a reason,
and what cannot be decided is `undecided`, never wrong or right. No string is ever evaluated as code.
"""

from __future__ import annotations

from collections.abc import Sequence

from redstar_geo.answer.compare import same
from redstar_geo.answer.extract import after_thoughts, choice_letter, declared
from redstar_geo.answer.parse import parse
from redstar_geo.records import Verdict


def verify(gold: str, response: str, *, choices: Sequence[str] = (), finish_reason: str = "stop") -> Verdict:
    """Whether a response declares the gold answer; a response that is nothing but an answer declares it too.

    Args:
        gold: the gold answer as the source gives it: a value, or a letter when there are choices.
        response: the model's text, thoughts included; nothing inside them counts as the answer.
        choices: the choices shown, in order A, B, C …; the letter and its value are then the same answer.
        finish_reason: `length` when the response was cut.

    Returns:
        correct `match`, wrong `different`, or undecided: `truncated`, `no_answer`, `gold` (cannot be read),
        `unreadable` (the answer cannot be read), `ambiguous_choice` (the letter's choice stands twice).
    """
    answer = declared(response)
    if answer is None and finish_reason != "length":
        alone = after_thoughts(response)
        readable = parse(alone) is not None or (choices and choice_letter(alone, len(choices)) is not None)
        answer = alone if readable else None
    if answer is None:
        return Verdict("undecided", "truncated" if finish_reason == "length" else "no_answer")
    if choices:
        return _verify_choice(gold, answer, choices)
    return _verify_value(gold, answer)


def _verify_value(gold: str, answer: str) -> Verdict:
    expected, found = parse(gold), parse(answer)
    if expected is None:
        verbatim = gold.strip() == answer.strip()
        return Verdict("correct", "match", answer) if verbatim else Verdict("undecided", "gold", answer)
    if found is None:
        return Verdict("undecided", "unreadable", answer)
    if same(expected, found):
        return Verdict("correct", "match", answer)
    return Verdict("wrong", "different", answer)


def _verify_choice(gold: str, answer: str, choices: Sequence[str]) -> Verdict:
    gold_letter = choice_letter(gold, len(choices))
    expected = choices[ord(gold_letter) - ord("A")] if gold_letter else gold
    if sum(_equal(choice, expected) for choice in choices) > 1:
        return Verdict("undecided", "ambiguous_choice", answer)
    letter = choice_letter(answer, len(choices))
    found = choices[ord(letter) - ord("A")] if letter else answer
    if _equal(found, expected):
        return Verdict("correct", "match", answer)
    if letter is None and parse(found) is None:
        return Verdict("undecided", "unreadable", answer)
    return Verdict("wrong", "different", answer)


def _equal(a: str, b: str) -> bool:
    left, right = parse(a), parse(b)
    if left is None or right is None:
        return a.strip().casefold() == b.strip().casefold()
    return same(left, right)
