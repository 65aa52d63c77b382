"""Choices that stand inside the text of a question: `(A) 3 (B) 5`, `A. 3  B. 5`, `$\\textbf{(A)}\\ 3\\qquad …$`."""

from __future__ import annotations

import re

_MARK = re.compile(
    r"(?:(?<=\s)|(?<=\$)|(?<=quad)|^)(?:\\(?:textbf|text|textrm|mathrm|mathbf|bf)\s*\{\s*)?"
    r"(?:\(([A-H])\)|([A-H])\s?[.．:：、)])(?:[.:]?\s*\})?",
    re.MULTILINE,
)
_SPACE = r"(?:\s|\\(?:q?quad(?![A-Za-z])|[ ,;:!]|\\(?![A-Za-z]))|~|[,;，；、])"
_HEAD, _TAIL, _LONGEST_SPACE = re.compile(f"{_SPACE}+"), re.compile(rf"{_SPACE}\Z"), len(r"\qquad")


def split_choices(question: str) -> tuple[str, tuple[str, ...]]:
    """The question without the choices at its end, and these in order; none where that is not sure."""
    marks = list(_MARK.finditer(question))
    starts = [place for place, mark in enumerate(marks) if _letter(mark) == "A"]
    if not starts:
        return question, ()
    marks = marks[starts[-1] :]
    letters = "".join(map(_letter, marks))
    if len(letters) < 3 or not "ABCDEFGH".startswith(letters):
        return question, ()
    ends = [*(mark.start() for mark in marks[1:]), len(question)]
    choices = tuple(_choice(question[mark.end() : end], mark, question) for mark, end in zip(marks, ends, strict=True))
    stem = _trimmed(question[: marks[0].start()])
    if stem.count("$") % 2:  # one formula holds all choices
        stem = _trimmed(stem.removesuffix("$"))
    closed = not any(part.count("$") % 2 for part in (stem, *choices))
    sound = stem and closed and all(choice and "\n\n" not in choice and "?" not in choice for choice in choices)
    return (stem, choices) if sound else (question, ())


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
