"""Which choices an answer names by letter: `B`, `(b)`, `B. 35°`, `option C`, `A, C`."""

from __future__ import annotations

import re

from redstar_geo.answer.notation import NARROW

_OPENED = r"[\s(（\[{*$\"'【]*"
_CLOSED = r"[\s)）\]}*$.。:：,，、;；\"'】]*"
_NAMED = r"(?:the\s+)?(?:correct\s+)?(?:option|choice|answer|选项|选)?\s*(?:is\s+)?"
_ALONE = re.compile(rf"^{_OPENED}{_NAMED}{_OPENED}([A-Ha-h]){_CLOSED}$", re.IGNORECASE)
_SEVERAL = re.compile(rf"^{_OPENED}([A-H](?:\s*(?:,|，|、|and|&|和|;)?\s*[A-H])+){_CLOSED}$")
_FIRST = re.compile(
    rf"^{_OPENED}(?:(?:option|choice|选项|选)\s*)?{_OPENED}([A-H])"
    r"(?:[)）\].:：,，、*】。]|\s*\}|\s*$|\s+[-–—]|\s*(?=[\u4e00-\u9fff])|\s+(?=\S))"
)
_ARTICLE = re.compile(r"^[\s*]*A\s+(?!because\b|is\b|since\b|as\b|and\b|[-–—])[a-z]")
_NOT_ALL = re.compile(r"\b(?:none|neither|all|both|not)\b|不是|都不|以上", re.IGNORECASE)
_EITHER = re.compile(r"\b[A-H]\b[)\s]*(?:or|或)[\s(]*[A-H]\b")
_LAST = re.compile(
    r"(?:(?<!not )\b(?:is|[Ii]t's|choose|pick|option|choice|be)|选|(?<!不)是|为)\s*[*(（]*([A-H])[*)）]*[\s.。!]*$"
)
_TEXT = re.compile(r"\\(?:text|mathrm|mathbf|textbf|mbox|bf|rm)\s*\{([^{}]*)\}")


def letters(text: str, choices: int, *, loose: bool = False) -> frozenset[str]:
    """The letters that an answer names, none when it names no choice that exists.

    `loose`: the text is the last sentence of a response in which nothing says where the answer is; a letter must then
    stand alone, before a full stop, or last behind "it is".
    """
    plain = _bare(text)
    if match := _ALONE.match(plain):
        return _existing(match[1], choices)
    if match := _SEVERAL.match(plain):
        return _existing("".join(re.findall("[A-H]", match[1])), choices)
    if _EITHER.search(plain):
        return frozenset()
    if loose:
        match = re.match(r"^[(（]?([A-H])(?:[.)）:：。]|(?=[\u4e00-\u9fff]))", plain) or _LAST.search(plain)
        return _existing(match[1], choices) if match and not _ARTICLE.match(plain) else frozenset()
    if _ARTICLE.match(plain) or _NOT_ALL.match(plain):
        return frozenset()
    if match := _FIRST.match(plain):
        return _existing(match[1], choices)
    match = _LAST.search(plain)
    return _existing(match[1], choices) if match else frozenset()


def gold_letters(text: str, choices: int) -> frozenset[str]:
    """The letters that a gold answer is: alone, or before a full stop or bracket (`B. 35°`)."""
    plain = _bare(text)
    match = _ALONE.match(plain) or _SEVERAL.match(plain) or re.match(r"^[(（]?([A-H])[.)）、]\s*\S", plain)
    return _existing("".join(re.findall("[A-H]", match[1])), choices) if match else frozenset()


def behind_letter(text: str) -> str:
    """What an answer says behind its letter: 35° of `B. 35°`; nothing when it begins with no letter."""
    plain = _bare(text)
    match = re.match(rf"^{_OPENED}[A-H]\s*[)）\].:：*,，】]+\s*", plain)
    return plain[match.end() :].strip() if match else ""


def _bare(text: str) -> str:
    plain = _TEXT.sub(r"\1", text[:400].translate(NARROW))
    return plain.replace("\\(", "(").replace("\\)", ")").strip()


def _existing(named: str, choices: int) -> frozenset[str]:
    found = frozenset(named.upper())
    return found if all(ord(letter) - ord("A") < choices for letter in found) else frozenset()
