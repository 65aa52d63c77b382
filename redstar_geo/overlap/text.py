"""A text as overlap sees it: one spelling, its numbers, and a MinHash signature of its word n-grams.

MinHash after Broder, "On the resemblance and containment of documents" (1997). The signature is plain integer
arithmetic on CRC-32 of the words, so that it is the same in every process, on every machine and under every version
of numpy; a file of signatures can be compared with one made a year later.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from redstar_geo.notation import COMMANDS, FONTS, FRACTION, LAYOUT, SAME
from redstar_geo.numerals import ONES

PERMUTATIONS = 128
TRACE = (3,)  # shingles of three words: unrelated long traces share few of them
QUESTION = (1, 2)  # words and pairs: of ten words, with two of them changed, more than half are still the same
SHORTEST = 8  # words; a text below this is one shingle: it is near to nothing but its equal


def _mixed(count: int, stream: int) -> NDArray[np.uint32]:
    """Well-spread constants from their place alone (splitmix64), not from a generator that a release may change."""
    state = (np.arange(count, dtype=np.uint64) + np.uint64(stream * count + 1)) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((state ^ (state >> np.uint64(31))) >> np.uint64(32)).astype(np.uint32)


_FLIPS = _mixed(PERMUTATIONS, 0)
_FACTORS = _mixed(PERMUTATIONS, 1) | np.uint32(1)
_ODD = np.uint64(0x9E3779B97F4A7C15)
_NOTHING = np.empty(0, np.uint32)
_BLOCK = 1024  # shingles at a time: half a megabyte, which a core's own cache holds

_WORDS = {sign: name for name, sign in reversed(COMMANDS.items()) if not sign.isascii() and sign != "…"} | {
    "°": "degrees", "⊙": "circle", "⌒": "arc", "√": "sqrt",
}  # fmt: skip
_SIGNS = {
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff’′", ""),
    **{"，": " ", "、": " ", "。": ". "},  # 3，100 are two numbers, and a number may begin the next sentence
    **{sign: f" {word} " for sign, word in _WORDS.items()},
}
_MARKS = re.compile(r"[^\w\s\x00-\x7f]{31,}")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_RAISED = re.compile("[⁰¹²³⁴-⁹₀-₉¼-¾⅐-⅞]+")

_DRESSING = f"{FONTS}|{LAYOUT}|frac|dfrac|tfrac|cfrac|overline|boxed|cdot|times|ast|dots|ldots|cdots".split("|")
_COMMANDS = {
    **{f"\\{name}".lower(): _WORDS.get(sign, sign).lower() for name, sign in COMMANDS.items()},
    **dict.fromkeys((f"\\{name}".lower() for name in _DRESSING), ""),
    **{"\\circ": "degrees", "degree": "degrees", "\\overparen": "arc", "\\": ""},
}

_UNUSUAL = re.compile(r"[^\x00-\x7f]+")
_THOUSANDS = re.compile(r",(?:(?<=[0-9],)|(?<=[0-9]\\,))(?=[0-9]{3}(?![0-9]))")  # found by its comma: few places to try
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[^{}]*\}")
_BARE_FRACTION = re.compile(FRACTION + r"\s*([0-9])(?=\s*[0-9{\\])")
_NEXT_ARGUMENT = re.compile(r"\}\s*\{")
_DECIMAL = re.compile(r"\.[0-9]")
_END = re.compile(r"[.?!](?![0-9])")
_COUNTS = {word: str(count) for count, word in enumerate(ONES[1:12], start=2)}  # one is a pronoun too
_QUANTITIES = (  # of one figure, each is another problem
    *("area", "perimeter", "circumference", "volume", "sin", "cos", "tan"),
    *(r"面\s*积", r"周\s*长", r"体\s*积"),
)
_PARTICULAR = re.compile(
    r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
    rf"|(?<![A-Za-z])(?:[A-Z]{{2,8}}|[b-hj-zB-HJ-Z]|{'|'.join((*_COUNTS, *_QUANTITIES))})(?![A-Za-z])"  # not a, not I
)
_TOKEN = re.compile(r"[a-z\\\x80-\U0010ffff]+|[0-9]+(?:\.[0-9]+)?|[+/=<>%]|\.[0-9]+|-(?<![a-z]{2}-)(?![a-z]{2})")


def tokens(text: str) -> list[str]:
    """The words, numbers and signs of a text in their one spelling; Chinese and Japanese by character.

    Gone: case, white space, punctuation, brackets, think tags, Unicode forms, and LaTeX that only dresses (`$`,
    `\\left`, `\\text{}`); signs of multiplication and powers, which are written in too many ways (2x, 2*x, 2×x).
    `\\frac{a}{b}` is a / b, 1,000 is 1000 and 0.50 is 0.5. Time is linear in the length, whatever the text.
    """
    text = _plain(text).lower()
    spelled: list[str] = _TOKEN.findall(text)
    if "\\" in text or "degree" in text:
        spelled = [_COMMANDS.get(token, token) for token in spelled]
        spelled = [token.lstrip("\\") for token in spelled if token]
    if _DECIMAL.search(text):
        return [_number(token) if "." in token else token for token in spelled]
    return spelled


def normalise(text: str) -> str:
    """The `tokens` of a text, a space between them. Normalising twice changes nothing more."""
    return " ".join(tokens(text))


def particulars(text: str) -> list[tuple[str, ...]]:
    """The numbers, the names (x, AB) and the quantities asked (area, …) in order, by sentence; those with any.

    They are what tells two problems of one template apart. Names are known by their case: a text that is all in
    capitals, or all in small letters, has other particulars than the same text in ordinary type.
    """
    sentences = (_PARTICULAR.findall(sentence) for sentence in _END.split(_plain(text)))
    return [tuple(map(_particular, sentence)) for sentence in sentences if sentence]


def particulars_key(sentences: Iterable[tuple[str, ...]]) -> int:
    """64 bits, equal for equal `particulars` with the sentences in any order; `near_duplicates` takes them."""
    return int.from_bytes(blake2b(repr(sorted(sentences)).encode(), digest_size=8).digest(), "little")


def _particular(text: str) -> str:
    return _number(text) if "." in text else _COUNTS.get(text, "".join(text.lower().split()))


def shingles(words: Sequence[str], widths: Sequence[int]) -> NDArray[np.uint32]:
    """One hash for every run of `width` tokens for each of the widths; a text below `SHORTEST` tokens is one run."""
    hashed = np.fromiter(map(crc32, map(str.encode, words)), np.uint64, len(words))
    widths = widths if len(words) >= SHORTEST else (len(words),)
    return np.concatenate([_runs(hashed, width) for width in widths if width] or [_NOTHING])


def _runs(hashed: NDArray[np.uint64], width: int) -> NDArray[np.uint32]:
    runs = np.zeros(len(hashed) - width + 1, np.uint64)
    for offset in range(width):
        runs *= _ODD
        runs += hashed[offset : offset + len(runs)]
    runs ^= runs >> np.uint64(32)
    return ((runs * _ODD) >> np.uint64(32)).astype(np.uint32)


def minhash(hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The signature [PERMUTATIONS] of a set of shingles: equal entries of two signatures estimate their Jaccard index.

    A permutation is h → (h xor a) · b modulo 2³² with b odd. The empty set has the largest value everywhere.
    """
    least = np.full(PERMUTATIONS, np.iinfo(np.uint32).max, np.uint32)
    for start in range(0, len(hashes), _BLOCK):
        block = hashes[start : start + _BLOCK, None] ^ _FLIPS
        block *= _FACTORS
        np.minimum(least, block.min(axis=0), out=least)
    return least


def signature(text: str, widths: Sequence[int] = TRACE) -> NDArray[np.uint32]:
    """uint32 [PERMUTATIONS] of a text's runs of words; for a question take the widths of `QUESTION`."""
    return minhash(shingles(tokens(text), widths))


def signatures(texts: Iterable[str], widths: Sequence[int] = TRACE) -> NDArray[np.uint32]:
    """uint32 [n, PERMUTATIONS], one row a text, in order."""
    row = np.dtype((np.uint32, PERMUTATIONS))
    return np.fromiter((signature(text, widths) for text in texts), row)


def _plain(text: str) -> str:
    """The text with signs as words and numbers without commas; case, LaTeX commands and sentence ends remain."""
    if not text.isascii():
        text = _UNUSUAL.sub(lambda run: _spelled(run[0]), unicodedata.normalize("NFC", _MARKS.sub(_parted, text)))
    text = text.replace("'", "")
    if "think>" in text:
        text = text.replace("<think>", " ").replace("</think>", " ")
    if "," in text:
        text = _THOUSANDS.sub("", text.replace("{,}", ",")).replace("\\,", " ")
    if "\\" in text:
        text = _BARE_FRACTION.sub(r"\1/", _ENVIRONMENT.sub(" ", text)).replace("\\", " \\")
        text = _NEXT_ARGUMENT.sub("/", text)  # the two halves of a fraction, however deep they nest
    return text


def _parted(marks: re.Match[str]) -> str:
    """A run of marks with a joiner behind every 30th, since bringing a run into order takes the square of its length.

    The Stream-Safe Text Format of Unicode Standard Annex #15.
    """
    return "\u034f".join(marks[0][start : start + 30] for start in range(0, len(marks[0]), 30))


def _spelled(run: str) -> str:
    """A run of non-ASCII characters with signs as words, digits as ASCII and a space for what is no letter."""
    return "".join(map(_sign, _RAISED.sub(r"^\g<0>", run)))  # 10² is not one hundred and two


@lru_cache(maxsize=65_536)
def _sign(sign: str) -> str:
    if sign in _SIGNS:
        return _SIGNS[sign]
    compatible = unicodedata.normalize("NFKC", sign.translate(SAME)).translate(SAME)  # ½ is 1⁄2
    known = "".join(_SIGNS.get(one, one) for one in compatible)
    plain = "".join(one if one.isascii() else one.lower() for one in known)
    letters = "".join(one if one.isascii() or one.isalpha() else " " for one in plain)
    return f" {letters} " if _CJK.match(letters) else letters


def _number(token: str) -> str:
    return ("0" + token if token[0] == "." else token).rstrip("0").rstrip(".")
