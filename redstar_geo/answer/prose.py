"""The value that a sentence states.

Words leave a value as it is when they name or count it ("the area is 5 cm", "there are 5 apples"). Words that compute
with it, bound it, deny it or set it beside another value change it: such a sentence is not read. So a value is taken
only where the phrase that it stands in is free of them, and only where it is the one value that is stated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby, takewhile
from typing import NamedTuple

from redstar_geo.answer import phrases
from redstar_geo.answer.extract import Declared, is_torn
from redstar_geo.answer.grammar import Parser
from redstar_geo.answer.notation import CALLS, FUNCTIONS, Token, plain, tokens
from redstar_geo.answer.tree import Node, UnreadableError
from redstar_geo.notation import words

SENTENCE_END = re.compile(r"(?<=[.!?])\s|[。！？]")
_PUNCTUATION = words('. , ; ； : ! ? * # ( ) " \\"')
_LEADING = _PUNCTUATION | words("= ≈")
_BOLD = re.compile(r"(?<![A-Za-z0-9)])\*\*([^*\n]{1,200})\*\*(?![A-Za-z0-9(])")
_DENIAL = re.compile(r"\b[A-Za-z]+n't\b")
_CONTRACTED = re.compile(r"\b(?:it|that|there|here|what|he|she|we|they|you|i)'(?:s|re|ve|ll|d|m)\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?<=[a-z]{2})'s\b|(?<=[a-z]s)'(?=\s)")
_ROUNDED = re.compile(
    r"\(?\b(?:(?:rounded|correct|accurate)\s+)?to\s+(?:the\s+nearest\s+\w+|\w+\s+(?:decimal\s+places?|significant\s+\w+))\)?"
)
_TIMES = re.compile(r"(?<=[\d)])\s+x\s+(?=\(?\d)")
_CODE = re.compile(
    r"\w\s*\((?:['\"]|\))|__|\blambda\b|\bimport\b"
    rf"|(?<![\\A-Za-z])(?!(?:{'|'.join(sorted(FUNCTIONS | CALLS.keys()))})\d*\()[a-z]{{3,}}\d*\((?!e?s\)|[A-Z△∠])"
)


class _Part(NamedTuple):
    """A stretch of a sentence: a `word`, a `value`, a `name` (symbols without a number), `and`, `or` or a `break`."""

    kind: str
    text: str
    tokens: Sequence[Token] = ()


def sentence(declared: Declared) -> str:
    """The sentence in which a declared answer stands, in plain notation; empty where no value can be told from it."""
    text = declared.text if declared.loose else SENTENCE_END.split(declared.text, maxsplit=1)[0]
    if is_torn(text) or _CODE.search(text) or text.rstrip().endswith(("..", "…")):
        return ""
    said = _DENIAL.sub(" not ", _BOLD.sub(r" \1 ", text.replace("’", "'")))
    said = _ROUNDED.sub(" ", said)
    for han, word in phrases.HAN_LINKS:
        said = said.replace(han, f" {word} ")
    return _TIMES.sub(" * ", plain(_POSSESSIVE.sub(" ", _CONTRACTED.sub(" is ", said))))


def stated(text: str, declared: Declared) -> Node:
    """The value that a sentence in plain notation states.

    Raises:
        UnreadableError: none, several, one that words change, or one that cannot be read to its end.
    """
    spoken = _parts(tokens(text, prose=True))
    parts = _statement(spoken, loose=declared.loose)
    place = _place(parts, loose=declared.loose)
    if declared.loose and parts[place] is spoken[0] and not _is_subject(spoken[1:]):
        raise UnreadableError("A number that a sentence begins with.")
    before, behind = _from_end(parts[:place], lambda part: part.kind == "value"), parts[place + 1 :]
    if declared.loose and behind and "\\" in declared.text and not re.search(r"\$|\\[(\[]", declared.text):
        raise UnreadableError("Mathematics amid words, with no sign where it begins and ends.")
    _check_before(before, counted=_is_counted(parts, place))
    _check_behind(parts[place], behind)
    if not declared.loose and any(part.text in phrases.EXCLUDING for part in parts if part.kind == "word"):
        raise UnreadableError("The value is excluded, or holds under a condition.")
    return Parser(list(parts[place].tokens)).answer()


def _parts(tokens: Sequence[Token]) -> list[_Part]:
    parts: list[_Part] = []
    for wordy, run in groupby(tokens, key=_is_word):
        if wordy:
            parts.extend(_Part("word", token.text.lower()) for token in run)
        else:
            parts.extend(_split(list(run)))
    return parts


def _is_word(token: Token) -> bool:
    return token.kind == "word" and token.text not in ("and", "or")


def _split(run: list[Token]) -> list[_Part]:
    """What a run of signs holds: the punctuation around it, and between them a value or a name."""
    start, end = 0, len(run)
    texts = [token.text for token in run]
    while start < end and texts[start] in _LEADING | {"and"} and not (texts[start] == "(" and ")" in texts):
        start += 1
    while end > start and texts[end - 1] in _PUNCTUATION | {"and"} and not (texts[end - 1] == ")" and "(" in texts):
        end -= 1
    comma = max((place for place in range(start, end) if texts[place] == ","), default=-1)
    if comma > start and not _is_value(run[comma:end]) and ")" not in texts[comma:end]:  # "3, BC is 5"
        return [*_split(run[:comma]), *_split(run[comma:])]
    inside = run[start:end]
    parts = [_around(token) for token in run[:start]]
    if inside:
        parts.append(_Part("value" if _is_value(inside) else "name", "", inside))
    return parts + [_around(token) for token in run[end:]]


def _is_value(run: Sequence[Token]) -> bool:
    return any(token.kind == "number" or token.text in ("π", "√", "∞") for token in run)


def _around(token: Token) -> _Part:
    return _Part("and", "and") if token.text == "and" else _Part("break", token.text)


def _statement(parts: Sequence[_Part], *, loose: bool) -> list[_Part]:
    """The part of a sentence that states a value: without what it follows from, before or behind."""
    values = [place for place, part in enumerate(parts) if part.kind == "value"]
    if not values:
        raise UnreadableError("No value in this sentence.")
    support = phrases.SUPPORTING if loose or values[0] > 0 else phrases.SUPPORTING | phrases.FOLLOWING
    concluding = [place for place in range(values[-1]) if parts[place].text in phrases.CONCLUDING]
    start = concluding[-1] + 1 if concluding and (loose or values[0] > 0) else 0
    if parts[start].text in phrases.SUPPORTING:
        start = next((place for place in range(start, values[-1]) if parts[place].kind == "break"), values[-1] + 1)
    if start > values[-1]:
        raise UnreadableError("No value but what another follows from.")
    first = next(place for place in values if place >= start)
    supported = next((place for place in range(first + 1, len(parts)) if parts[place].text in phrases.SUPPORTING), None)
    if supported and _goes_on(parts[supported : values[-1] + 1]):
        raise UnreadableError("A value, what it or the next one follows from, and a next one.")
    ends = [place for place in range(first + 1, len(parts)) if parts[place].text in support]
    return list(parts[start : ends[0]] if ends else parts[start:])


def _goes_on(supporting: Sequence[_Part]) -> bool:
    """Whether an equation stands behind a comma in what a value follows from: `since x > 0, x = 5`."""
    texts = [text for part in supporting for text in ([token.text for token in part.tokens] or [part.text])]
    comma = next((place for place, text in enumerate(texts) if text in (",", ";")), len(texts))
    return "=" in texts[comma:]


def _place(parts: Sequence[_Part], *, loose: bool) -> int:
    """Where the one value of a statement stands: of several the last, when the others belong to what it is said of.

    In a last sentence the others may also make statements of their own before it.
    """
    places = [place for place, part in enumerate(parts) if part.kind == "value"]
    if len(places) == 1:
        return places[0]
    between = parts[places[-2] + 1 : places[-1]]
    said_of = any(part.text in phrases.COPULAS or part.text == "equals" for part in between)
    reckoned = any(token.text == "=" for token in parts[places[-1]].tokens)
    parted = reckoned or any(part.kind == "break" or part.text in phrases.STATING for part in between)
    if places[0] == 0 and parts[1].text in phrases.COPULAS and places[1] == places[-1]:
        raise UnreadableError("A value that is said to be another.")
    if loose and parted and between[-1].kind != "and" and between[-1].text not in (",", ";"):
        return places[-1]
    subject = parts[places[0] : places[-1]]
    if said_of and all(part.kind not in ("break", "and") for part in subject):
        return places[-1]
    raise UnreadableError("A value in a row with others.")


def _is_subject(behind: Sequence[_Part]) -> bool:
    """Whether a sentence that begins with a value says what it is, or why, or nothing more."""
    first = next((part.text for part in behind if part.kind == "word"), "is")
    return first in phrases.COPULAS | phrases.SUPPORTING | phrases.FOLLOWING


def _is_counted(parts: Sequence[_Part], place: int) -> bool:
    """Whether a value has a unit, or a noun behind it."""
    measured = any(token.kind == "unit" or token.text == "%" for token in parts[place].tokens)
    return measured or (place + 1 < len(parts) and parts[place + 1].kind == "word")


def _check_before(before: Sequence[_Part], *, counted: bool) -> None:
    """Raises UnreadableError when the words before a value deny it, bound it or compute with it."""
    clause = _from_end(before, lambda part: part.kind == "break")
    spoken = [part.text for part in clause if part.kind == "word"]
    after_copula = [part.text for part in _from_end(clause, lambda part: part.text in phrases.COPULAS)]
    denied = phrases.DENIALS.intersection(spoken) or phrases.HAN_DENIED.search("".join(spoken)[-8:])
    if denied or spoken[-2:] == ["could", "be"] or phrases.BOUNDS.intersection(after_copula):
        raise UnreadableError("The value is denied, doubted, or is a bound.")
    phrase = _from_end(clause, lambda part: part.text in phrases.STATING)
    linked = [part.text for part in phrase]
    if phrases.CHANGING.intersection(linked) or phrases.ROOT.search(" ".join(linked)):
        raise UnreadableError("A calculation in words, or a condition.")
    while linked and linked[-1] in phrases.PLAIN:
        linked.pop()
    link, governor = (linked[-1] if linked else ""), (linked[-2] if len(linked) > 1 else "")
    if governor == "up" and len(linked) > 2:
        governor = linked[-3]
    if (
        link in phrases.ARGUMENT | phrases.NUMBERS
        or (link == "of" and governor.removesuffix("s") not in phrases.QUANTITIES)
        or (link == "to" and governor not in phrases.LEADING)
        or (link in phrases.SETTING and not counted)
    ):
        raise UnreadableError(f"What the value is to {link!r} is not read.")


def _check_behind(value: _Part, behind: Sequence[_Part]) -> None:
    """Raises UnreadableError when the words behind a value go on with it, bound it or set a condition."""
    clause = [part.text for part in takewhile(lambda part: part.kind != "break", behind)]
    nearest = next((text for text in clause if text not in phrases.PLAIN and text != "and"), "")
    goes_on = value.tokens[-1].kind != "unit" and nearest in phrases.GOING_ON
    onto = phrases.NUMBERS.intersection(clause) or clause[1:2] == [""] or nearest == "的"
    if (goes_on and onto) or nearest in phrases.NUMBERS or phrases.HAN_BEHIND.match("".join(clause)):
        raise UnreadableError("The number goes on in words.")
    denied = clause if nearest in phrases.COPULAS else clause[:2]
    refuted = clause if nearest in phrases.COPULAS else clause[-1:]
    if phrases.DENIALS.intersection(denied) or phrases.REFUTED.intersection(refuted):
        raise UnreadableError("The value is denied, or is a bound.")
    if phrases.BEHIND.intersection(clause) or (nearest in phrases.COMPARED and "than" in clause):
        raise UnreadableError("A calculation in words, a bound or a condition.")


def _from_end(parts: Sequence[_Part], ends: Callable[[_Part], bool]) -> list[_Part]:
    """The parts at the end, behind the last that ends them."""
    last = max((place for place, part in enumerate(parts) if ends(part)), default=-1)
    return list(parts[last + 1 :])
