"""An answer as declared → what it may say: one tree, or several where the writing is ambiguous."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import groupby

from redstar_geo.answer.extract import Declared
from redstar_geo.answer.grammar import Parser, read
from redstar_geo.answer.notation import LONGEST, Token, has_short_words, plain, tokens
from redstar_geo.answer.tree import Node, UnreadableError
from redstar_geo.answer.words import words

_GROUPS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])|(?<![\d.,])[1-9]\d{0,2}(?: \d{3})+(?![\d/ ])")
_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d+)(?![\d,.])")
_NEGATIONS = words(
    "not cannot isn't never wrong incorrect neither nor unlike except than least most exceed exceeds above below"
    " between under over"
)
_DENIED = re.compile(r"(?:不是|不等于|不为|并非|大于|小于|超过|至少|至多|不足)$")
_OPERATIONS = words("plus minus times divided multiplied more less over squared cubed 加 减 乘 除 倍")
_REASONS = words("is because since as so which thus 因 是")
_PUNCTUATION = words(". , ; : ! ? * #")
_BOLD = re.compile(r"(?<![A-Za-z0-9)])\*\*([^*\n]{1,200})\*\*(?![A-Za-z0-9(])")
_CONTRACTED = re.compile(r"\b[A-Za-z]+'(?:s|re|ve|ll|d|m)\b|\b[A-Za-z]+n't\b")
_RETRACTED = re.compile(r"\b(?:wait|no,|actually|sorry|mistake|hmm)|不对|错了", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s|[。！？]")
_CODE = re.compile(r"\w\s*\((?:['\"]|\))|__|\blambda\b|\bimport\b")
_TORN = re.compile(r"(?<![$\\])\$[ \t]*\n|\\\([ \t]*\n")


@lru_cache(maxsize=16_384)
def readings(text: str) -> tuple[Node, ...]:
    """What a text says when all of it is an answer; a comma between digits may group, part or begin decimals."""
    return _distinct(read, text)


@lru_cache(maxsize=4_096)
def read_declared(declared: Declared) -> tuple[Node, ...]:
    """What a declared answer says; of prose, its first value when it begins with one, else the last of its sentence."""
    found = () if declared.loose and has_short_words(declared.text) else readings(declared.text)
    if found:
        return found
    return _distinct(lambda text: _in_prose(text, declared.loose), declared.text)


def _distinct(reader: Callable[[str], Node], text: str) -> tuple[Node, ...]:
    found: list[Node] = []
    if len(text) > LONGEST:
        return ()
    for written in _commas(text):
        try:
            node = reader(written)
        except (UnreadableError, RecursionError):  # the second: asked from deep in a stack
            continue
        if node not in found:
            found.append(node)
    return tuple(found)


def _commas(text: str) -> list[str]:
    """The text with its commas between digits as separators of thousands, as they stand, and as decimal commas."""
    if not re.search(r"\d[, ]\d", text):
        return [text]
    outside = _mask(text)
    grouped = _GROUPS.sub(lambda m: re.sub("[, ]", "", m[0]) if outside[m.start()] else m[0], text)
    forms = [grouped, text]
    decimal = [match for match in _COMMA.finditer(text) if outside[match.start()]]
    if len(decimal) == 1 and not (len(decimal[0][2]) == 3 and decimal[0][1][0] != "0"):
        forms.append(text[: decimal[0].start()] + f"{decimal[0][1]}.{decimal[0][2]}" + text[decimal[0].end() :])
    return list(dict.fromkeys(forms))


def _mask(text: str) -> list[bool]:
    """For each character whether no bracket is open there."""
    depth, outside = 0, []
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        outside.append(depth <= 0)
    return outside


def _in_prose(text: str, loose: bool) -> Node:
    """The value that a sentence states.

    Raises:
        UnreadableError: none, one that is denied, or one that cannot be read to its end.
    """
    sentence = text if loose else _SENTENCE_END.split(text, maxsplit=1)[0]
    if _TORN.search(sentence) or _CODE.search(sentence):
        raise UnreadableError("Mathematics that is torn over lines, or a program.")
    said = _BOLD.sub(r" \1 ", sentence)
    said = _CONTRACTED.sub(lambda m: " not " if m[0].endswith("n't") else " thus ", said)
    found = tokens(plain(said), prose=True)
    runs = [(wordy, list(run)) for wordy, run in groupby(found, key=_is_word)]
    values = [(place, _trimmed(run)) for place, (wordy, run) in enumerate(runs) if not wordy]
    values = [(place, run) for place, run in values if any(t.kind == "number" or t.text in "π√∞" for t in run)]
    if not values:
        raise UnreadableError("No value in this sentence.")
    place, run = values[0] if not loose and values[0][0] == 0 else values[-1]
    before = {token.text.lower() for _, words in runs[max(place - 1, 0) : place] for token in words}
    behind = runs[place + 1][1] if place + 1 < len(runs) else []
    if before & _NEGATIONS or _DENIED.search("".join(token.text for _, words in runs[:place] for token in words)[-8:]):
        raise UnreadableError("The value is denied, or is a bound.")
    if behind and behind[0].text.lower() in _OPERATIONS:
        raise UnreadableError("A calculation in words.")
    if loose and behind and place == 0 and behind[0].text.lower() not in _REASONS:
        raise UnreadableError("A number that a sentence begins with.")
    if loose and behind and "\\" in sentence and not re.search(r"\$|\\[(\[]", sentence):
        raise UnreadableError("Mathematics amid words, with no sign where it begins and ends.")
    if re.search(r"\.\.\s*$|…\s*$", sentence):
        raise UnreadableError("A value that goes on.")
    return Parser(run).answer()


def _is_word(token: Token) -> bool:
    return token.kind == "word" and token.text not in ("and", "or")


def retracted(declared: Declared) -> bool:
    """Whether the words behind a declared answer, or a question mark, take it back."""
    sentence, *rest = _SENTENCE_END.split(declared.text, maxsplit=1)
    return declared.by not in ("box", "tag") and (sentence.endswith("?") or bool(rest and _RETRACTED.search(rest[0])))


def _trimmed(run: list[Token]) -> list[Token]:
    """The tokens without the punctuation of the sentence around them."""
    start, end = 0, len(run)
    while end > start and (run[end - 1].text in _PUNCTUATION or run[end - 1].text == "and"):
        end -= 1
    while start < end and (run[start].text in _PUNCTUATION or run[start].text in ("and", "=", "≈")):
        start += 1
    return run[start:end]


def written(text: str) -> str:
    """What answers that are words are compared by: their letters; a text with a digit or a sign only by all of it."""
    words = plain(text[: 4 * LONGEST])
    bare = re.sub(r"[\s{}]+", "", words)
    if not bare.isalpha():
        return " ".join(words.split())
    return bare.casefold() if len(bare) > 2 else bare
