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
from redstar_geo.answer.choice import gold_letters, named, unlabelled
from redstar_geo.answer.closing import refuses
from redstar_geo.answer.compare import any_same
from redstar_geo.answer.extract import LONGEST as LONGEST_TEXT
from redstar_geo.answer.extract import Declared, after_thoughts, conclusion, declared, is_refused, kept, unwrapped
from redstar_geo.answer.notation import LONGEST, restored
from redstar_geo.answer.reading import read_declared, readings, retracted, written
from redstar_geo.answer.worded import circled_numbers, is_placeholder, is_predicate, is_truth_mark
from redstar_geo.errors import InputError
from redstar_geo.finish_reason import is_truncated
from redstar_geo.thinking import has_unknown_block
from redstar_geo.verdict import Verdict

Answer = str | float | Fraction  # a float stands for an int too
_QUOTED = re.compile(r"^[ \t]*>[ \t]+(?=[*$\\A-Za-z])", re.MULTILINE)  # Markdown's sign of a quotation, and no bound
_LINES = re.compile(r"^.*\w.*$", re.MULTILINE)
_UNSHOWN = LETTERS[:8]  # which letters name choices that are not shown
_MOST_BOXES = 8
_LETTER = re.compile(r"[\s(*$\\]*[A-Za-z][\s)*$.\\]*")
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
        of another), `several_boxes` (which are the gold answer together, and far apart).

    Raises:
        InputError: an answer or a choice is neither a text nor a finite number.
    """
    expected = _gold(restored(as_text(gold, "gold")))
    response = as_text(response, "response")
    shown = unlabelled([restored(as_text(choice, "a choice")) for choice in choices or ()])
    if not expected.text or (not shown and is_placeholder(expected.text)):
        return Verdict("undecided", "gold")
    cut, verdict = is_truncated(finish_reason), None
    text = after_thoughts(response)
    if has_unknown_block(text):
        return Verdict("undecided", "unknown_tags")
    text = _QUOTED.sub("", kept(restored(unwrapped(text))))
    answers = _answers(text, cut)
    for answer in answers:
        if retracted(answer) or (answer.prose and is_refused(text) and not _is_such(expected, shown)):
            break
        verdict = verify_choice(expected, answer, shown) if shown else _verify_value(expected, answer)
        if verdict.status == "wrong" and not shown and _are_together(expected, answers):
            return Verdict("undecided", "several_boxes", answer.text)
        if (
            verdict.reason != "unreadable"
            or not answer.prose
            or answer.by == "whole"
            or _HOLDS_VALUE.search(answer.text)
        ):
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
    if len(text) <= LONGEST and len(_LINES.findall(text)) < 2 and readings(text):
        return [Declared(text)]
    return endings if len(endings) > 1 else [ending._replace(by="whole") for ending in endings]


def _are_together(gold: Declared, answers: Sequence[Declared]) -> bool:
    """Whether boxes far apart are the gold answer together, of which the last is a part."""
    boxed = [answer.text for answer in answers if answer.by == "box"]
    together = Declared(" , ".join(reversed(boxed)), "box")
    return 1 < len(boxed) <= _MOST_BOXES and _verify_value(gold, together).status == "correct"


def _is_such(gold: Declared, choices: Sequence[str]) -> bool:
    """Whether that no answer can be given is an answer here."""
    return any(map(refuses, (gold.text, *choices)))


def _verify_value(gold: Declared, answer: Declared) -> Verdict:
    letter = gold_letters(gold.text, len(_UNSHOWN))
    claimed = named(answer.text, _UNSHOWN, loose=answer.loose).letters if len(letter) == 1 else None
    if claimed:
        return judged(claimed == letter, answer)
    if written(gold.text) == written(answer.text):
        return judged(True, answer)
    if answer.by == "ending" and _LETTER.fullmatch(answer.text):  # the letter of a choice that is not known here
        return Verdict("undecided", "no_answer", answer.text)
    if is_truth_mark(gold.text):
        return Verdict("undecided", "unreadable", answer.text)
    if circled := circled_numbers(gold.text):
        named_ = circled_numbers(answer.text, within=answer.by != "box")
        return judged(named_ == circled, answer) if named_ else Verdict("undecided", "unreadable", answer.text)
    expected = readings(gold.text) if gold.by == "whole" else read_declared(gold)
    if not expected and is_predicate(gold.text, answer):
        return judged(True, answer)
    if not expected or letter:
        return Verdict("undecided", "gold" if not expected else "unreadable", answer.text)
    same = any_same(expected, read_declared(answer))
    return Verdict("undecided", "unreadable", answer.text) if same is None else judged(same, answer)
