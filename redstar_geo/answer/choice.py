"""Which choices an answer names by letter: `B`, `(b)`, `B. 35°`, `35° (B)`, `option C`, `A, C`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from redstar_geo.answer.notation import NARROW, TEXT
from redstar_geo.answer.reading import written

_OPENED = r"[\s(（\[{*$\"'【]*+"  # nothing that may follow begins so: given back, 400 spaces would take half a second
_CLOSED = r"[\s)）\]}*$.。:：,，、;；\"'】]*+"
_KIND = r"(?:(?i:option|choice)|选项|选|選択肢)\s*"
_NAMED = r"(?:the\s+)?(?:correct\s+)?(?:option|choice|answer|选项|选)?\s*(?:is\s+)?"
_LABEL = re.compile(  # A. 8, A) 8, (A) 8, A：8, 【A】8, **A** 8, A 8
    r"^[\s$*]*(?:[(（\[【]\s*([A-Ja-j])\s*[)）\]】]|([A-Ja-j])\s*[*]*[.．)）\]:：、,，]|([A-J])(?=\s))[\s*:：.]*"
)
_ALONE = re.compile(rf"^{_OPENED}{_NAMED}{_OPENED}([A-Ja-j]){_CLOSED}$", re.IGNORECASE)
_SEVERAL = re.compile(
    rf"^{_OPENED}(?:(?i:options?|choices?)\s+|选项\s*)?([A-J](?:[)）]?\s*(?:(?:,\s*and|,|，|、|and|&|和|;)\s*)?[(（]?[A-J])+){_CLOSED}$"
)
_FIRST = re.compile(
    rf"^{_OPENED}(?:{_KIND})?{_OPENED}([A-J])"
    r"(?:[)）\].:：,，、;；*$】。]|\s*(?=[(（])|\s*\}|\s*$|\s+[-–—]|\s*(?=[\u4e00-\u9fff])|\s+(?=[^\s=≈≠<>≤≥+*/^_&|]))"
)
_FIRST_LOOSE = re.compile(
    rf"^[*(（$]*(?:{_KIND})?([A-J])(?:[.)）:：。;；]|(?:,|\s+[-–—])(?=\s*[\d$\\√π])|(?=[\u4e00-\u9fff]|,?\s+(?:because|since)\b))"
)
_ARTICLE = re.compile(r"^[\s*]*[AI]\s+(?!because\b|is\b|since\b|as\b|and\b|[-–—])[a-z]")
_CHOOSING = re.compile(r"^\W*I\s+(?=(?:(?:would|will)\s+)?(?:choose|pick|select|go with)\b)")
_NOT_ALL = re.compile(r"\b(?:none|neither|all|both|not)\b|不是|都不|以上", re.IGNORECASE)
_LETTER = r"(?<![A-Za-z])[A-J](?![A-Za-z])"
_HEDGE = r"(?:maybe|possibly|perhaps|even|else|also|可能)"
_EITHER = re.compile(rf"{_LETTER}[)）\s,，.]*(?:\bor\b|或者?|/)[\s(（]*(?:{_HEDGE}\s*|{_KIND}|[(（])*{_LETTER}")
_WITH = re.compile(rf"^[\s)）,，.]*(?:and|&|和|与|及|、|,|，)\s*(?:{_HEDGE}\s*|{_KIND}|[(（])*{_LETTER}")
_OF_OTHERS = re.compile(rf"[.。,，;；]\s*(?:{_KIND})?{_LETTER}\s*(?:is|are|was|不|错)")
_REJECTED = re.compile(
    r"\b(?:neither|nor|none|wrong|incorrect|false|not|cannot|\w+n't|exclud\w+|eliminat(?!ion)\w+|reject\w+|rul(?:e|ed|ing)"
    r"(?: \w+)? out|discard\w*|too|fails?|rather than|instead of"
    r"|except|besides|other than|(?:every\w*|all|any\w*) but)\b"
    r"|不(?:[选对是行符合]|一定|正确|成立|可能)|错|排除|并非|而非|では?[なあ]|じゃ[なあ]|かも|[이가]\s*아[니닙]",
    re.IGNORECASE,
)
_DOUBTED = re.compile(
    r"\b(?:if|unless|assuming|supposing|provided|could|might|may|maybe|possibly|perhaps|otherwise)\b|否则|(?<!不)可能|也许|或许|大概"
    r"|(?<!即)若(?!干)|如果|假[如设定]|倘若|要是|除非|只有当",
    re.IGNORECASE,
)
_NOT_OTHERS = re.compile(rf"[\s,，(（]*(?:(?<!is )\bnot|rather than|instead of|而?不是|而非)\s*(?:{_KIND})?{_LETTER}")
_REASON = re.compile(r"\b(?:because|since|as|while|whereas)\b|因为|由于|因", re.IGNORECASE)
_CONCLUSION = re.compile(
    r"\b(?:therefore|thus|hence|(?<![Ii]f )so(?! (?:is|are|was|does)\b))\b|所以|因此|故", re.IGNORECASE
)
_AFFIRMED = re.compile(
    rf"({_LETTER})[)）*]*(?:\s+(?:is|was)\s+(?:\w+\s+)?(?:correct|right|best|true|left"
    r"|(?:the|our|my)\s+(?:\w+\s+)?(?:answer|choice|option|one))\b|\s+(?:matches|fits|works|holds|remains)\b"
    r"|\s*(?:选?项)?(?:是?正确|是?对的|符合))"
)
_SURELY = r"(?:for sure|surely|certainly|definitely|clearly|obviously|indeed|only|just|with)"
_ARROW = r"(?:→|⇒|=>|->|\\(?:[Rr]ightarrow|implies|to)\b)"
_CHOSEN = r"(?<![不未勿别误])(?<!不[能应该可会要])(?<!不应该)[选選]"
_LAST = re.compile(
    r"(?:(?<![Nn]ot )(?<![Ii]f )\b(?:is|[Gg]o with|[Ii]t's|choose|pick|select|option|choice|be|leaving|leaves"
    r"|left with|remains|[Ss]o|[Tt]hus|[Hh]ence|[Tt]herefore)"
    rf"(?:\s+{_SURELY})?|{_CHOSEN}|(?<!不)是|为|只[有剩]下?|{_ARROW})\s*[:：]?\s*[*(（$]*([A-J])[*)）$]*[\s.。!]*$"
)
_OF_PEOPLE = re.compile(
    r"\b(?:students|people|tempting|often|never)\b|同学|学生|有人|容易", re.IGNORECASE
)  # who choose it
_BRACKETED = re.compile(rf"(?<![A-Za-z])[(（]\s*(?:{_KIND})?([A-Ja-j])\s*[)）]")


_IN_A_ROW = rf"(?:\s*[,，、]\s*(?:(?:and|or|nor)\s+)?|\s+(?:and|or|nor|&)\s+|\s*[和与或及]\s*)(?:{_KIND})?"
_ROW = re.compile(rf"{_LETTER}(?:{_IN_A_ROW}{_LETTER})+")
_ALL_RIGHT = re.compile(
    rf"({_LETTER}(?:{_IN_A_ROW}{_LETTER})+|(?<![A-Za-z])[A-J]{{2,6}}(?=选?项?[均都]?是?正确))\s*(?:选?项)?(?:[均都]?是?(?:正确|对的)|\s+are\s+(?:all\s+|both\s+)?(?:correct|right|true))"
)
_TOGETHER, _APART = str.maketrans(" ,，、", "\x1c\x1d\x1e\x1f"), str.maketrans("\x1c\x1d\x1e\x1f", " ,，、")
_CLAUSE = re.compile(
    r"\b(?=(?:rather than|instead of)\b)|[,，;；。]|\.\s|\bbut\b|\band(?=\s+(?:options?|choices?)\b)|而(?=不|非)|但"
)
_LIKEWISE = re.compile(r"\s*(?:and\s+)?(?:so|neither|nor|as|and)\s+(?:is|are|does|do)\b|\s*[也亦]")


class Named(NamedTuple):
    """The letters that an answer names, and what it says besides.

    `beside`: that must be the letter's own choice; `open`: it names several letters and leaves open which is meant.
    """

    letters: frozenset[str] = frozenset()
    rest: str = ""
    beside: bool = False
    open: bool = False


def named(text: str, choices: Sequence[str], *, loose: bool = False) -> Named:
    """What an answer names; no letter when it names no choice that exists, rejects it, or leaves open which.

    `loose`: the text is the last sentence of a response in which nothing says where the answer is; a letter must then
    stand alone, before a full stop, in brackets, or last behind "it is".
    """
    plain = _CHOOSING.sub("", _bare(text))
    if match := _ALONE.match(plain):
        return Named(_existing(match[1], len(choices)))
    found = _named(plain, choices, loose)
    if found.letters or not (left := _not_rejected(plain)):
        return found
    return _named(left, choices, loose)


def _not_rejected(plain: str) -> str:
    """What is left of a sentence without the clauses that reject letters; nothing where none does, or one doubts."""
    if _DOUBTED.search(plain):
        return ""
    kept, rejected = _clauses(plain)
    out = set(re.findall(_LETTER, " ".join(rejected)))
    if not out or out & set(re.findall(_LETTER, " ".join(kept))) or any(map(_LIKEWISE.match, kept)):
        return ""
    return ", ".join(clause.strip() for clause in kept if re.search(_LETTER, clause))


def _clauses(plain: str) -> tuple[list[str], list[str]]:
    """The clauses of a sentence that reject nothing, and those that do; letters in a row are in one clause."""
    together = _ROW.sub(lambda row: row[0].translate(_TOGETHER), plain)
    kept, rejected = list[str](), list[str]()
    for clause in _CLAUSE.split(together):
        (rejected if _REJECTED.search(clause) else kept).append(clause.translate(_APART))
    return kept, rejected


def _all_right(plain: str) -> str:
    """The letters that a sentence calls right, in a row or one by one: `B、D正确，A、C错误`, `A正确，B错误，C正确`.

    None if it rejects one of them as well, doubts, or calls but one letter right.
    """
    kept, rejected = _clauses(plain)
    right = ", ".join(kept)
    one_by_one = [] if _DOUBTED.search(plain) else _AFFIRMED.findall(right)
    row = _ALL_RIGHT.search(right)
    letters = {*(re.findall("[A-J]", row[1]) if row else ()), *one_by_one}
    doubted = (rejected and _DOUBTED.search(plain)) or any(map(_LIKEWISE.match, kept))
    out = letters.intersection("".join(rejected))
    return "" if doubted or out or len(letters) < 2 else "".join(letters)


def _named(plain: str, choices: Sequence[str], loose: bool) -> Named:
    if match := _SEVERAL.match(plain):
        return Named(_existing("".join(re.findall("[A-J]", match[1])), len(choices)))
    if right := _all_right(plain):
        return Named(_existing(right, len(choices)))
    if _ARTICLE.match(plain):
        return Named()
    opening = _OF_OTHERS.split(_REASON.split(plain, maxsplit=1)[0], maxsplit=1)[0]
    closing = _CONCLUSION.split(plain)[-1]
    closing = _REASON.split(closing, maxsplit=1)[0].strip() or closing
    if _EITHER.search(opening):
        return Named(open=True)
    if first := (_FIRST_LOOSE if loose else _FIRST).match(plain):
        letters = _existing(first[1], len(choices))
        if _WITH.match(plain[first.end(1) :]):
            return Named(open=True)
        behind = plain[first.end() :].lstrip(" )）]}*$.:：,，】").rstrip(" *.。")
        own = bool(letters and behind) and written(behind) == written(choices[ord(first[1]) - ord("A")])
        if own or not (letters and _is_rejected(_NOT_OTHERS.sub("", opening), loose)):
            return Named(letters, "" if own else behind)
    return Named() if _is_rejected(closing, loose) else _named_within(plain, len(choices), loose)


def _named_within(plain: str, choices: int, loose: bool) -> Named:
    """The letter that a sentence ends with, calls right, or has in brackets."""
    if (last := _LAST.search(plain)) and not _OF_PEOPLE.search(plain[: last.end()]):
        checked = not loose or re.match(_ARROW, last[0])
        return Named(_existing(last[1], choices), plain[: last.start()].strip(" ,，;；") if checked else "")
    if affirmed := _AFFIRMED.search(plain):
        return Named(_existing(affirmed[1], choices))
    bracketed = list(_BRACKETED.finditer(plain))
    if len(bracketed) != 1:
        return Named()
    start, end = bracketed[0].span()
    rest = f"{plain[:start].rstrip(' ,，')} {plain[end:]}".strip()
    return Named(_existing(bracketed[0][1], choices), rest, beside=True)


def _is_rejected(text: str, loose: bool) -> bool:
    return bool(_REJECTED.search(text) or _DOUBTED.search(text) or (not loose and _NOT_ALL.search(text)))


def unlabelled(choices: Sequence[str]) -> tuple[str, ...]:
    """The choices without their own labels: `A. 8`, `(B) 10`; as they are unless every one has its own."""
    if len(choices) < 2:
        return tuple(choices)
    labels = [_LABEL.match(_bare(choice)) for choice in choices]
    own = [label and next(filter(None, label.groups())).upper() == chr(ord("A") + n) for n, label in enumerate(labels)]
    if not all(own):
        return tuple(choices)
    bare = tuple(
        _bare(choice)[label.end() :].strip(" *") for choice, label in zip(choices, labels, strict=True) if label
    )
    return bare if all(bare) else tuple(choices)


def labelled(text: str, choices: Sequence[str]) -> str:
    """The letter of the choice that a text is with its own label: `B: 45°`, `[B] 45°`; empty where it is none."""
    if not (label := _LABEL.match(_bare(text))):
        return ""
    letter = next(filter(None, label.groups())).upper()
    place = ord(letter) - ord("A")
    rest = _bare(text)[label.end() :].strip(" *")
    return letter if rest and any(written(choice) == written(rest) for choice in choices[place : place + 1]) else ""


def gold_letters(text: str, choices: int) -> frozenset[str]:
    """The letters that a gold answer is: alone, or before a full stop or bracket (`B. 35°`)."""
    plain = _bare(text)
    match = _ALONE.match(plain) or _SEVERAL.match(plain) or re.match(r"^[(（]?([A-J])[.)）、]\s*\S", plain)
    return _existing("".join(re.findall("[A-J]", match[1])), choices) if match else frozenset()


def small_letter(text: str) -> str:
    """The letter that a text is when it is nothing but a small one: `b`, `(b)`; it may be a symbol as well."""
    match = _ALONE.match(_bare(text))
    return match[1].upper() if match and match[1].islower() else ""


def _bare(text: str) -> str:
    plain = text[:400] if text.isascii() else text[:400].translate(NARROW)
    return TEXT.sub(r"\1", plain).replace("\\(", "$").replace("\\)", "$").strip() if "\\" in plain else plain.strip()


def _existing(text: str, choices: int) -> frozenset[str]:
    letters = frozenset(text.upper())
    return letters if all(ord(letter) - ord("A") < choices for letter in letters) else frozenset()
