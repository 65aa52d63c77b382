"""What every page shows in the same way: a problem, what a model wrote with its thoughts apart, an answer, a reason."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from string import ascii_uppercase
from typing import Any, NamedTuple

from markupsafe import Markup

from redstar_geo.records import Problem
from redstar_geo.report import names
from redstar_geo.report.text import to_html
from redstar_geo.thinking import split_thinking

_LONGEST = 20_000  # characters
_DEGREES = re.compile(r"\^\{?\\circ\}?|\\degree\b")
_SQRT = re.compile(r"\bsqrt\((\w+)\)")


class Told(NamedTuple):
    """What a model wrote, as HTML without any element of its own; `length` of the thoughts in characters."""

    thought: Markup
    answer: Markup
    length: str


def told(text: str) -> Told:
    """Thoughts and answer apart, formulas drawn."""
    thought, answer = split_thinking(text)
    return Told(said(thought), said(answer), f"{len(thought):,}")


def picture(data: bytes) -> str:
    """A PNG or JPEG as a data address for `src`."""
    kind = "png" if data.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def shortened(text: str) -> str:
    """A text, of a very long one its two ends."""
    if len(text) <= _LONGEST:
        return text
    left_out = len(text) - _LONGEST
    return f"{text[: _LONGEST // 2]}\n\n[… {left_out:,} characters left out …]\n\n{text[-_LONGEST // 2 :]}"


def said(text: str) -> Markup:
    """A text from a person or a model; of a very long one its two ends."""
    return Markup(to_html(shortened(text.strip())))


def value(text: str) -> Markup:
    """An answer: what is written like a program's (`8*sqrt(3)`) as people write it."""
    text = _SQRT.sub(r"√\1", _DEGREES.sub("°", text.strip().strip("$"))).replace("*", "")
    text = re.sub(r"\bpi\b", "π", text)
    return Markup(to_html(f"${text}$" if "\\" in text else text))


def right_answer(problem: Problem) -> Markup:
    """The known answer; of a letter also the choice that it stands for."""
    gold = problem.answer.strip()
    letter = str(problem.meta.get("choice_letter") or (gold if len(gold) == 1 and gold.isalpha() else ""))
    at = ascii_uppercase.find(letter.upper()) if letter else -1
    if not 0 <= at < len(problem.choices):
        return value(gold)
    choice = value(problem.choices[at])
    return choice if gold != letter else Markup(f"{letter}. ") + choice


def problem_card(problem: Problem) -> dict[str, Any]:
    """A problem for the macro `asked`."""
    family = problem.meta.get("family")
    about = [names.family(str(family), "en") if family else problem.source]
    about += [] if problem.difficulty is None else [f"difficulty {problem.difficulty:g} of 10"]
    return {
        "id": problem.id,
        "about": " · ".join(about),
        "language": problem.language,
        "question": problem.question,
        "choices": problem.choices,
        "answer": right_answer(problem) if problem.answer_kind != "tests" else "by its tests",
        "pictures": [picture(image.data) for image in problem.images],
    }


def word(status: str) -> str:
    """A verdict in one word; what is decided of a step too."""
    known = names.facet("verdict", status, "en")
    return known if known != status else names.status(status, "en").lower()


def reason(name: str) -> str:
    """Why a verdict is what it is, or why something was left out."""
    return names.reason(name, "en") or word(name)


def unbroken(text: str) -> str:
    """Numbers stay with their per cent signs, and intervals on one line."""
    return text.replace(" %", "\u00a0%").replace(" – ", "\u00a0–\u2060\u00a0")


def plain(name: str) -> str:
    """A name of a column, a group or a setting without its underscores."""
    return name.replace("_", " ")


def group_name(name: str) -> str:
    """A group of problems: a family of built-in ones by its name for people."""
    return names.family(name, "en")


def share_bar(name: str, scores: Mapping[str, Any]) -> tuple[str, float, float | None, float | None]:
    """A bar for the macro `bars`, in per cent; `scores` hold accuracy, low and high."""
    low, high = scores["low"], scores["high"]
    ends = (None, None) if low is None or high is None else (100 * low, 100 * high)
    return name, 100 * (scores["accuracy"] or 0.0), *ends
