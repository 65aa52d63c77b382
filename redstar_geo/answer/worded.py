"""Answers that are no values: numbers of statements (①③), what a figure is said to be, what stands for no answer."""

from __future__ import annotations

import re

from redstar_geo.answer.extract import Declared
from redstar_geo.answer.reading import written
from redstar_geo.notation import words

_CIRCLED = re.compile(r"[①-⑳]")
_ONLY_CIRCLED = re.compile(r"(?:[①-⑳]|[\s,，、;；.。()（）$]|和|与|及|\\(?:text\w*|[,;])|[{}]|and)+")
_ROW_OF_CIRCLED = re.compile(r"(?:是|为|有|选|[:：]|\b(?:is|are))\s*((?:[①-⑳][\s,，、和与及]*)+)[.。]?\s*$")
_DENIED = re.compile(r"(?:[不没未勿非错]|\b(?:not|wrong|false|incorrect)\b)[^,，;；。]*$", re.IGNORECASE)
_PREDICATE = re.compile(r"(?:(?<!不)[是为]|\b(?:is|are)\b(?:\s+an?\b)?)\s*(?:一[个条种])?([^,，;；。是为]{1,60})$")
_PLACEHOLDERS = words("n/a na nil null nan tbd todo tba error ? ?? - -- . #n/a #ref! #value! \\n 略")


def circled_numbers(text: str, *, within: bool = False) -> frozenset[str]:
    """The statements that an answer is the circled numbers of; `within`: or that a sentence ends with."""
    if text.isascii():
        return frozenset()
    if _ONLY_CIRCLED.fullmatch(text):
        return frozenset(_CIRCLED.findall(text))
    row = _ROW_OF_CIRCLED.search(text) if within else None
    denied = row and _DENIED.search(text[: row.start(1)])
    return frozenset(_CIRCLED.findall(row[1])) if row and not denied else frozenset()


def is_predicate(gold: str, answer: Declared) -> bool:
    """Whether a sentence says of something that it is what the gold answer's words say: `△ABC是等腰三角形`."""
    if answer.by not in ("ending", "whole", "said"):
        return False
    said = _PREDICATE.search(answer.text.rstrip(" .。!！*"))
    return said is not None and len(written(gold)) > 1 and written(said[1]) == written(gold)


def is_placeholder(gold: str) -> bool:
    """Whether a gold answer only stands where one is missing: N/A, null, TODO, 略."""
    return gold.strip().lower() in _PLACEHOLDERS


def is_truth_mark(gold: str) -> bool:
    """Whether a gold answer may stand for true or false, yes or no, or for what does not exist."""
    return gold.strip() in ("T", "F", "Y", "N", "YES", "NO", "DNE")
