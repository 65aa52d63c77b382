"""Numbers in words: English ones up to ninety, Chinese ones (三百零五, 二分之一, 百分之三十, 一点五) in digits."""

from __future__ import annotations

import re

_ENGLISH = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
ONES, TENS = tuple(_ENGLISH.split()[:19]), tuple(_ENGLISH.split()[19:])
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_NUMERAL = "[零〇一二两三四五六七八九十百千万亿]{1,20}"
_SCALED = re.compile(r"(\d)\s*([百千万亿]{1,2})(?![米克瓦\d零〇一二两三四五六七八九十百千万亿])")
_HAN = re.compile(r"[\u4e00-\u9fff〇]")
_PERCENT = re.compile(rf"百分之\s*({_NUMERAL}|\d+(?:\.\d+)?)(?:点({_NUMERAL}))?")
_FRACTION = re.compile(rf"({_NUMERAL}|\d+)\s*分之\s*({_NUMERAL}|\d+)")
_NUMBER = re.compile(
    rf"(?<![\d\u4e00-\u9fff])(负)?(?!两(?![个倍百千万亿]|[^\u4e00-\u9fff]|$))({_NUMERAL})(?:点({_NUMERAL}))?(?![米克共定样般起致直旦些])"
)


_WORDS = {name: n for n, name in enumerate(ONES, 1)} | {name: 10 * n for n, name in enumerate(TENS, 2)} | {"zero": 0}
_PARTS = {
    "half": 2,
    "halves": 2,
    "third": 3,
    "quarter": 4,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "eighth": 8,
    "tenth": 10,
}
_SPELLED = re.compile(
    rf"\s*({'|'.join(sorted(_WORDS, key=len, reverse=True))})(?:-({'|'.join(ONES[:9])}))?"
    rf"(?:[\s-]({'|'.join(_PARTS)})s?)?(?=\s*(?:$|[.°%]|degrees?|percent|[cmk]?m\b|units?))",
    re.IGNORECASE,
)


def numeral(text: str) -> str:
    """A text that is an English number (`ten`, `twenty-five degrees`, `two thirds`) with it in digits."""
    if not text[:1].isalpha() or not text.isascii() or not (match := _SPELLED.match(text)):
        return text
    first, unit, part = (word and word.lower() for word in match.groups())
    value = _WORDS[first]
    if unit and (value < 20 or value % 10):
        return text
    digits = str(value + (_WORDS[unit] if unit else 0))
    return (rf"\frac{{{digits}}}{{{_PARTS[part]}}}" if part else digits) + text[match.end() :]


def arabic(text: str) -> str:
    """The text with its Chinese numbers in digits; other words stay."""
    if not _HAN.search(text):
        return text
    text = text.replace("根号", "√").replace("派", "π").replace("负", "-")
    text = _PERCENT.sub(lambda m: _decimal(m[1], m[2]) + "%", text)
    text = _FRACTION.sub(lambda m: rf"\frac{{{_decimal(m[2], None)}}}{{{_decimal(m[1], None)}}}", text)
    text = _NUMBER.sub(lambda m: ("-" if m[1] else "") + _decimal(m[2], m[3]), text)
    text = re.sub(r"(\d)\s*又\s*(?=\\frac)", r"\1 ", text)
    return _SCALED.sub(lambda m: f"{m[1]}*{chinese('一' + m[2])}", text)


def _decimal(whole: str, fraction: str | None) -> str:
    digits = whole if whole[0].isdigit() else str(chinese(whole))
    return digits if fraction is None else digits + "." + "".join(str(_DIGITS.get(c, 0)) for c in fraction)


def chinese(numeral: str) -> int:
    """三百零五 is 305; a row of digits such as 二〇二四 is read digit by digit."""
    if not any(c in _SCALES for c in numeral):
        return int("".join(str(_DIGITS[c]) for c in numeral))
    total = section = digit = 0
    for c in numeral:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif _SCALES[c] < 10_000:
            section += (digit or 1) * _SCALES[c]
            digit = 0
        else:
            total = (total + section + digit) * _SCALES[c]
            section = digit = 0
    return total + section + digit
