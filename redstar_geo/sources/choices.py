"""The choices of a question, wherever they stand: at the end of its text or in a column, in whatever form.

In a text: `(A) 3 (B) 5`, `A. 3  B. 5`, `$\\textbf{(A)}\\ 3\\qquad …$`. In a column: a list with or without letters, an
object by letter, or one text with letters, semicolons or lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from redstar_geo.answer import verify
from redstar_geo.answer.choice import gold_letters
from redstar_geo.sources.eaten import mended_answer
from redstar_geo.sources.multiple_choice import LETTERS
from redstar_geo.sources.row import as_text

_MARK = re.compile(
    r"(?:(?<=\s)|(?<=\$)|(?<=quad)|^)(?:\\(?:textbf|text|textrm|mathrm|mathbf|bf)\s*\{\s*)?"
    r"(?:[(（]([A-H])[)）]|([A-H])\s?[.．:：、)])(?:[.:]?\s*\})?",
    re.MULTILINE,
)
_SPACE = r"(?:\s|\\(?:q?quad(?![A-Za-z])|[ ,;:!]|\\(?![A-Za-z]))|~|[,;，；、])"
_HEAD, _TAIL, _LONGEST_SPACE = re.compile(f"{_SPACE}+"), re.compile(rf"{_SPACE}\Z"), len(r"\qquad")
_ANNOUNCED = re.compile(r"(?:choices?|options?)\s*[:：]\s*$", re.IGNORECASE)  # then two of them are sure as well
_LABEL = r"(?:[(（]\s{{0,3}})?{}\s{{0,3}}[)）.．:：、]\s*+"
_TEXTS = ("text", "content", "value", "option")  # of an object that is a choice


def split_choices(question: str) -> tuple[str, tuple[str, ...]]:
    """The question without the choices at its end, and these in order; none where that is not sure."""
    marks = list(_MARK.finditer(question))
    starts = [place for place, mark in enumerate(marks) if _letter(mark) == "A"]
    if not starts:
        return question, ()
    marks = marks[starts[-1] :]
    letters = "".join(map(_letter, marks))
    announced = _ANNOUNCED.search(question[: marks[0].start()])
    if len(letters) < (2 if announced else 3) or not LETTERS.startswith(letters):
        return question, ()
    ends = [*(mark.start() for mark in marks[1:]), len(question)]
    parts = [question[mark.end() : end] for mark, end in zip(marks, ends, strict=True)]
    if "$" in "".join(parts) and all(map(_is_money, parts)):
        return _trimmed(question[: announced.start() if announced else marks[0].start()]), tuple(map(_trimmed, parts))
    choices = tuple(_choice(part, mark, question) for part, mark in zip(parts, marks, strict=True))
    stem = _trimmed(question[: announced.start() if announced else marks[0].start()])
    if stem.count("$") % 2:  # one formula holds all choices
        stem = _trimmed(stem.removesuffix("$"))
    closed = not any(part.count("$") % 2 for part in (stem, *choices))
    sound = stem and closed and all(choice and "\n\n" not in choice and "?" not in choice for choice in choices)
    return (stem, choices) if sound else (question, ())


def listed_choices(column: Any) -> tuple[str, ...]:
    """The texts of a column of choices in the order A, B, C …; none where they cannot be told apart."""
    if isinstance(column, str):
        return _of_text(mended_answer(column).strip())
    if isinstance(column, Mapping):
        return _of_object({str(key).strip(): value for key, value in column.items()})
    if not isinstance(column, list | tuple):
        return ()
    texts = [as_text(_of_part(part)) for part in column]
    marks = [re.match(_LABEL.format(letter), text) for letter, text in zip(LETTERS, texts, strict=False)]
    if len(texts) <= len(marks) and all(mark and mark.end() < len(mark.string) for mark in marks):
        texts = [mark.string[mark.end() :] for mark in marks if mark]
    return tuple(texts)


def right_choices(answer: str, choices: Sequence[str]) -> frozenset[str]:
    """The letters of the choices that a gold answer names, by letter or as the value of one; none if it names none."""
    if letters := gold_letters(answer, len(choices)):
        return letters
    same = [letter for letter, choice in zip(LETTERS, choices, strict=False) if choice == answer]
    if not same and answer:
        right = (verify(answer, f"\\boxed{{{choice}}}").status == "correct" for choice in choices)
        same = [letter for letter, is_right in zip(LETTERS, right, strict=False) if is_right]
    return frozenset(same) if len(same) == 1 else frozenset()


def _of_text(text: str) -> tuple[str, ...]:
    if text[:1] in ("[", "{"):
        try:
            return listed_choices(json.loads(text))
        except (ValueError, RecursionError):
            pass
    marks, end = [], 0
    for letter in LETTERS:
        mark = re.compile(rf"(?:^|(?<=[\s;；,，.。])){_LABEL.format(letter)}").search(text, end)
        if mark is None or (letter == "A" and mark.start()):
            break
        marks.append(mark)
        end = mark.end()
    if re.compile(rf"(?:^|[\n;；])[^\S\n]*+{_LABEL.format('[A-H]')}").search(text, end):  # a letter is left out
        return ()
    if len(marks) > 1:
        ends = [*(mark.start() for mark in marks[1:]), len(text)]
        return tuple(_trimmed(text[mark.end() : end]) for mark, end in zip(marks, ends, strict=True))
    parts = next((parts for by in ";；\n|" if len(parts := text.split(by)) > 1), [])
    return tuple(filter(None, map(str.strip, parts)))


def _of_object(column: Mapping[str, Any]) -> tuple[str, ...]:
    if texts := next((column[name] for name in _TEXTS if isinstance(column.get(name), list)), None):
        return listed_choices(texts)
    there = {key.upper(): as_text(value) for key, value in column.items() if value is not None}
    return tuple(there[letter] for letter in LETTERS[: len(there)]) if set(there) == set(LETTERS[: len(there)]) else ()


def _of_part(part: Any) -> Any:
    return next((part[name] for name in _TEXTS if name in part), None) if isinstance(part, Mapping) else part


def _is_money(part: str) -> bool:
    """Whether a choice is a sum in dollars, or words beside such: its `$` opens no formula."""
    return bool(re.fullmatch(r"\s*(?:-?\$\s?\d[\d,.]*[^$\\]*|[^$\d\\]*[^\W\d][^$\d\\]*)", part))


def _letter(mark: re.Match[str]) -> str:
    return mark[1] or mark[2]


def _choice(text: str, mark: re.Match[str], question: str) -> str:
    """A choice on its own: a part of a formula becomes a formula."""
    choice = _trimmed(text)
    if question.count("$", 0, mark.start()) % 2 == 0:
        return choice
    choice = _trimmed(choice.removesuffix("$"))
    return f"${choice}$" if choice else ""


def _trimmed(text: str) -> str:
    head, end = _HEAD.match(text), len(text)
    start = head.end() if head else 0
    while tail := _TAIL.search(text, max(start, end - _LONGEST_SPACE), end):
        end = tail.start()
    return text[start:end]
