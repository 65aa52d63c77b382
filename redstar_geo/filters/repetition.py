"""Repetition: loops, above all at the end, repeated paragraphs, and text that says little in many words.

All from one list of tokens and, for every n-gram of it, the distance to its last earlier occurrence: a loop is a run
of equal distances. Numbers are read twice, as they are and masked, so that a loop that counts is still a loop.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from redstar_geo.filters.rejection import Asked, Rejection, excerpt
from redstar_geo.records import Trace

LOOP_AT_END = "loop at the end"
LOOP = "loop inside"
COUNTING = "counting loop"
PARAGRAPHS = "repeated paragraphs"
REPETITIVE = "repetitive text"

_TOKEN = re.compile(r"[A-Za-z\u00c0-\u024f\u0400-\u04ff]+|[0-9]+|\\[A-Za-z]+|\S")
# words of alphabets, LaTeX commands, numbers, and single characters of everything else: Chinese has no spaces

_FENCE = "```"  # programs repeat themselves by nature: of them only exact loops count
_GRAM = 8  # tokens (a power of two): longer than the set phrases of a proof
_COVERED = 60  # tokens that a loop fills at least: two or three sentences
_AT_END = 3  # verbatim repeats at the end; twice is a restated conclusion
_INSIDE = 5  # verbatim repeats elsewhere: who comes out of it has lost little
_COUNTED = 10  # repeats with other numbers at the end of a trace; a table of cases is followed by its conclusion
_SYMBOLS = 200  # tokens of a loop without a word: rows of zeros and sums of equal terms are shorter
_SLACK = 40  # tokens after a loop that do not make it a loop inside

_TAIL = 300  # tokens in which a varying loop is looked for
_TAIL_SHARE = 0.4  # of them in n-grams met at least twice before
_SHARE = 0.3  # the same, of all tokens
_SHORTEST = 120  # tokens below which shares mean nothing
_SPOKEN = 3  # words in an n-gram that counts for the shares: terms of a product look alike

_LINE = 40  # characters of a line that is no mere "Wait, let me check again"
_LINES = 4  # times that it is said
_LINE_SHARE = 0.2  # of the characters in such lines

_PACKED = 2_000  # characters at the end that are compressed
_PACKED_SHARE = 0.12  # of their bytes; tables of arithmetic stay above 0.2
_LONG_ENOUGH = 800  # characters

_BASE = 0x9E3779B97F4A7C15  # any large odd number


@dataclass(frozen=True)
class _Loop:
    start: int  # token
    end: int
    period: int

    @property
    def repeats(self) -> float:
        return (self.end - self.start) / self.period


def check_repetition(trace: Trace, asked: Asked) -> Iterator[Rejection]:
    """The thoughts or the response repeat themselves."""
    for part, last in ((trace.reasoning, not trace.response.strip()), (trace.response, True)):
        if rejection := _repetition(part, last):
            yield rejection
            return


def _repetition(text: str, last: bool) -> Rejection | None:
    """The reason in one part; `last` when nothing follows it."""
    words = _TOKEN.findall(text)
    if len(words) >= _COVERED and (rejection := _repeated(text, words, last)):
        return rejection
    return (None if _FENCE in text else _lines(text)) or _packed(text)


def _repeated(text: str, words: list[str], last: bool) -> Rejection | None:
    ids = np.fromiter(map(hash, words), dtype=np.int64, count=len(words))  # only compared, within this process
    distance, before = _earlier(ids)
    for loop in _loops(distance):
        at_end = loop.end >= len(ids) - max(_SLACK, loop.period)
        if loop.repeats >= (_AT_END if at_end else _INSIDE) and _worth(loop, words):
            return Rejection(LOOP_AT_END if at_end else LOOP, _from(text, loop.start))
    if last:
        is_number = np.fromiter(map(str.isdigit, words), dtype=bool, count=len(words))
        counting = _counting(np.where(is_number, 0, ids))
        if counting and counting.repeats >= _COUNTED and _worth(counting, words):
            return Rejection(COUNTING, _from(text, counting.start))
    again = before >= 2
    return _varied(text, words, again) if again.any() and _FENCE not in text else None


def _varied(text: str, words: list[str], again: NDArray[np.bool_]) -> Rejection | None:
    """Loops that vary, by the share of n-grams that were there twice before."""
    if len(again) < _SHORTEST or max(again.mean() / _SHARE, again[-_TAIL:].mean() / _TAIL_SHARE) < 1:
        return None
    heard = np.concatenate([[0], np.cumsum([_is_word(word) for word in words])])
    again = again & (heard[_GRAM:] - heard[:-_GRAM] >= _SPOKEN)
    if again[-_TAIL:].mean() >= _TAIL_SHARE:
        return Rejection(LOOP_AT_END, _from(text, max(len(again) - _TAIL, 0)))
    if again.mean() >= _SHARE:
        return Rejection(REPETITIVE, _from(text, int(again.argmax())))
    return None


def _earlier(ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For every n-gram the distance back to its last occurrence (0: none), and how many there were before it."""
    grams, width = ids.astype(np.uint64), 1
    while width < _GRAM:  # a polynomial of the n-gram's ids, wrapping around, its width doubled at each step
        grams = grams[:-width] * np.uint64(pow(_BASE, width, 1 << 64)) + grams[width:]
        width *= 2
    count = len(grams)
    place = np.arange(count)
    low = np.uint64(count.bit_length())  # bits for the place, under the hash: equal n-grams sort by place
    ordered = np.sort(grams >> low << low | place.astype(np.uint64))
    order = (ordered & ((np.uint64(1) << low) - np.uint64(1))).astype(np.int64)
    ordered >>= low
    again = np.concatenate([[False], ordered[1:] == ordered[:-1]])
    first = np.maximum.accumulate(np.where(again, 0, place))
    distance, before = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    distance[order] = np.where(again, np.diff(order, prepend=0), 0)
    before[order] = place - first
    return distance, before


def _loops(distance: NDArray[np.int64]) -> list[_Loop]:
    """Stretches that fill enough and repeat themselves at one distance at least thrice, the last first."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(distance)) + 1])
    ends = np.append(starts[1:], len(distance))
    period = distance[starts]
    covered = ends - starts + _GRAM - 1 + period
    kept = np.flatnonzero((period > 0) & (covered >= _COVERED) & (covered >= _AT_END * period))
    return [_Loop(int(starts[k] - period[k]), int(ends[k]) + _GRAM - 1, int(period[k])) for k in kept[::-1]]


def _counting(ids: NDArray[np.int64]) -> _Loop | None:
    """The stretch at the end that repeats its last n-gram's distance, if it fills enough."""
    count = len(ids) - _GRAM
    same = np.ones(count, dtype=bool)
    for place in range(_GRAM):
        same &= ids[place : place + count] == ids[count + place]
    earlier = np.flatnonzero(same)
    if not len(earlier):
        return None
    period = count - int(earlier[-1])
    broken = np.flatnonzero(ids[:-period] != ids[period:])
    start = int(broken[-1]) + 1 if len(broken) else 0
    return _Loop(start, len(ids), period) if len(ids) - start >= _COVERED else None


def _worth(loop: _Loop, words: list[str]) -> bool:
    """Whether a loop says a word, or is a very long one of numbers and names; a ruled line is neither."""
    period = words[loop.start : loop.start + loop.period]
    long = loop.end - loop.start >= _SYMBOLS
    return any(map(_is_word, period)) or (long and any(word.strip("\\").isalnum() for word in period))


def _is_word(token: str) -> bool:
    """More than one letter, or a letter of a script that has no spaces."""
    return token.isalpha() and (len(token) > 1 or token >= "\u3041")


def _from(text: str, place: int) -> str:
    """What stands at the token of that number."""
    return excerpt(text, next(islice(_TOKEN.finditer(text), place, None)).start())


def _lines(text: str) -> Rejection | None:
    lines = Counter(line for line in map(str.strip, text.split("\n")) if len(line) >= _LINE)
    said = [(line, count) for line, count in lines.items() if count >= _LINES]
    if sum(len(line) * count for line, count in said) >= _LINE_SHARE * max(len(text), 1) and said:
        line, count = max(said, key=lambda item: item[1])
        return Rejection(PARAGRAPHS, excerpt(f"{count} times: {line}"))
    return None


def _packed(text: str) -> Rejection | None:
    if len(text) < _LONG_ENOUGH:
        return None
    tail = text[-_PACKED:].encode("utf-8", "surrogatepass")
    share = len(zlib.compress(tail, 1)) / len(tail)
    return Rejection(REPETITIVE, excerpt(f"packs to {share:.0%}: {text[-80:]}")) if share < _PACKED_SHARE else None
