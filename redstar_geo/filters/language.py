"""Language: the trace is in the language asked for, all of it; formulas, code, names and quoted words do not count.

Scripts are told apart by their letters, over the whole text. Languages of one script are told apart by py3langid
(the identifier of Lui & Baldwin, ACL 2012) on pieces of the prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from redstar_geo.filters.rejection import Asked, Rejection, excerpt
from redstar_geo.records import Trace

OTHER = "other language"
MIXED = "mixed languages"

_SCRIPTS = {
    "han": "\u3400-\u4dbf\u4e00-\u9fff",
    "kana": "\u3041-\u3096\u30a1-\u30fa",
    "hangul": "\u1100-\u11ff\uac00-\ud7af",
    "cyrillic": "\u0400-\u052f",
    "arabic": "\u0600-\u06ff",
    "hebrew": "\u05d0-\u05ea",
    "thai": "\u0e00-\u0e5b",
    "devanagari": "\u0900-\u097f",
}
_WRITTEN_IN = {
    "zh": ("han",),
    "ja": ("han", "kana"),
    "ko": ("hangul", "han"),
    **dict.fromkeys(("ru", "uk", "bg", "sr", "mk", "be", "kk"), ("cyrillic",)),
    **dict.fromkeys(("ar", "fa", "ur"), ("arabic",)),
    "he": ("hebrew",),
    "th": ("thai",),
    **dict.fromkeys(("hi", "mr", "ne"), ("devanagari",)),
}  # all others in Latin or Greek letters, which formulas of every language have

_STRAY = 6  # foreign characters (or words of an alphabet) beyond names and quotes: a clause of Chinese is no shorter
_LETTERS_A_WORD = 5  # letters of an alphabet weigh as much as one Chinese character
_ENGLISH_WORDS = 6  # English function words in a text in another script
_PIECE = 180  # characters of a piece before formulas are taken out
_PROSE = 60  # characters of prose below which the identifier guesses
_UNLIKELY = 0.05  # probability of the language asked for; sister languages share the rest

_CODE = re.compile(r"`[^`\n]*`|https?://\S+")
_FORMULA = re.compile(
    r"\$[^$]{0,400}\$|\\\[(?:(?!\\\[)[\s\S])*?\\\]|\\\((?:(?!\\\()[\s\S])*?\\\)|\\[A-Za-z]+"
    r"|(?<![A-Za-z])(?:[A-Z]{2,}|[A-Za-z])(?![A-Za-z'’])|[^\w\s'’]|[\d_²³¹\u2070-\u209f]"
)
_ENGLISH = re.compile(
    r"(?<![A-Za-z])(?:[Tt]he|of|to|[Ww]e|[Ss]o|[Tt]hat|[Tt]his|[Tt]hen|[Bb]ecause|[Ww]ait|[Bb]ut|which|have|need|from"
    r"|with|are|be|[Ii]t|can|[Nn]ow|[Tt]herefore|[Hh]ence|[Ll]et|must|should|would|[Ff]irst|[Aa]lso|[Ss]ince)(?![A-Za-z])"
)
_QUOTED_ENGLISH = re.compile(r"""["“「《(（‘'][A-Za-z][A-Za-z ,.'’-]{0,80}["”」》)）’']""")


def check_language(trace: Trace, asked: Asked) -> Iterator[Rejection]:
    """The trace is in another language than asked, or changes the language on the way."""
    reasoning, response = _without_code(trace.reasoning), _without_code(trace.response)
    if wrong := _identified(reasoning, response, asked.language):
        yield wrong
        return
    text = f"{reasoning}\n{response}"
    if strays := _strays(text, asked):
        yield Rejection(MIXED, excerpt(text, strays - 30))


def _identified(reasoning: str, response: str, target: str) -> Rejection | None:
    """The first of three pieces that is surely in another language: begin and middle of the thoughts, and the end."""
    ending = response[:_PIECE] if len(_prose(response[:_PIECE])) >= _PROSE else reasoning[-_PIECE:]
    for piece in (reasoning[:_PIECE], reasoning[len(reasoning) // 2 :][:_PIECE], ending):
        prose = _prose(piece)
        if len(prose) >= _PROSE:
            code, _ = _identifier().classify(prose)
            if code != target and dict(_identifier().rank(prose)).get(target, 0.0) < _UNLIKELY:
                return Rejection(OTHER, excerpt(f"{code}: {piece}"))
    return None


def _prose(piece: str) -> str:
    return " ".join(_FORMULA.sub(" ", piece).split())


def _strays(text: str, asked: Asked) -> int | None:
    """Where the first foreign words stand, if there are too many of them."""
    quoted, foreign = _foreign(asked.language)
    if not text.isascii() and foreign.search(text):
        runs = {run[0]: run.start() for run in reversed(list(foreign.finditer(quoted.sub(_blank, text))))}
        runs = {run: at for run, at in runs.items() if run not in asked.question}
        weight = sum(len(run) if run[0] >= "\u3041" else -(-len(run) // _LETTERS_A_WORD) for run in runs)
        if weight >= _STRAY:
            return min(runs.values())
    if asked.language in _WRITTEN_IN:
        prose = _FORMULA.sub(_blank_but_words, _QUOTED_ENGLISH.sub(_blank, text))
        words = [match.start() for match in _ENGLISH.finditer(prose)]
        if len(words) >= _ENGLISH_WORDS:
            return words[0]
    return None


def _without_code(text: str) -> str:
    if "`" not in text and "://" not in text:
        return text
    return _CODE.sub(" ", "\n".join(text.split("```")[::2]))


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _blank_but_words(match: re.Match[str]) -> str:
    return match[0] if match[0].isalpha() else _blank(match)


@cache
def _foreign(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns of foreign letters in quotes or brackets, and of runs of foreign letters."""
    own = _WRITTEN_IN.get(language, ())
    letters = "".join(ranges for script, ranges in _SCRIPTS.items() if script not in own)
    quoted = rf"""["“「『《<(（‘'][{letters}][{letters}\s\d,.;:，、：·—-]{{0,40}}["”」』》>)）’']"""
    return re.compile(quoted), re.compile(rf"[{letters}]+")


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
