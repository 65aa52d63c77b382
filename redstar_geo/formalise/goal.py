"""What a question asks for: an expression of the formal language, or by name why it is none.

A refusal is a finding, not a failure: the area of a shaded part has no name in the language, and what moves or is
folded is another figure than the one that is told.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from redstar_geo.formalise.units import OTHER_UNITS, other_units
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.boundaries import half_read
from redstar_geo.geometry.claims.expressions import value_of
from redstar_geo.geometry.claims.meaning import flaw
from redstar_geo.geometry.claims.rewriting import Rewriting, kinds

_VALUE = f"(?P<value>{kinds('angle', 'segment', 'arc', 'measure', 'expression')})"
_LETTER = r"(?P<letter>(?<![A-Za-z])[a-zα-ω](?![A-Za-z'’]))"
_ASK = (
    r"(?:\b(?:[Ff]ind|[Dd]etermine|[Cc]alculate|[Cc]ompute|[Ee]valuate|[Ww]ork out|[Ss]olve for|[Gg]ive|[Ss]tate"
    r"|[Ww]hat(?:'s| is| are| will be| must be| would be)"
    r"|[Hh]ow (?:long|large|big|wide|tall|high|far|many degrees|many units)(?: is| are)?)"
    r"|(?:试求|则求|求出|计算|[求算]))\s?"
)
_FILL = (
    r"(?:(?:the|exact|numerical|degree|length|measure|measurement|value|size|magnitude|distance|number|degrees|of|in"
    r"|for|units)\s+){0,8}"
)
_LENGTH = r"(?:的?(?:值|大小|度数|长度?|角度))?"
_UNKNOWN = r"(?:\?|？|_{1,}|…|\(\s*\)|（\s*）|多少|几度|what|which)"
_IS = r"\s?(?:is equal to|is|equals|measures|=|等于|[是为])\s?"
_END = r"\s*[.,。，:：]?\s*$"
_GOALS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_ASK}{_FILL}{_VALUE}{_LENGTH}",
        rf"{_ASK}{_FILL}{_LETTER}{_LENGTH}",
        rf"{_VALUE}{_LENGTH}{_IS}{_UNKNOWN}",
        rf"{_LETTER}{_LENGTH}{_IS}{_UNKNOWN}",
        rf"{_VALUE}{_LENGTH}\s?(?:=|等于|[是为]|is equal to|is|equals){_END}",
        rf"{_LETTER}{_LENGTH}\s?(?:=|等于|[是为]|is equal to|is|equals){_END}",
    )
)
_MORE = re.compile(rf"\s?(?:,|and|、|[和与])+\s?(?:the )?{kinds('angle', 'segment', 'arc', 'measure', 'expression')}")
_REFUSED = tuple(  # by the words of the sentence that asks
    (name, re.compile(words, re.IGNORECASE))
    for name, words in (
        ("a proof", r"\bprove\b|\bshow that\b|求证|证明"),
        ("an area that has no name", r"\bshaded\b|\bunshaded\b|阴影"),
        (
            "a greatest or least value",
            r"\b(?:maximum|minimum|greatest|least|smallest|largest|shortest)\b|最[大小短长多少]",
        ),
        ("a range of values", r"\brange of\b|取值范围"),
        ("which of several statements holds", r"\bwhich (?:of|one)\b|下列|正确的是|错误的是"),
        ("a relation between quantities", r"\brelation(?:ship)? between\b|(?:数量|位置)关系"),
        ("the coordinates of a point", r"\bcoordinates\b(?! (?:system|plane|ax))|(?<![横纵])坐标(?![系轴平])"),
        ("an equation or a function", r"\bequation of\b|\bfunction\b|解析式|函数"),
        ("a path", r"\blocus\b|\btrajectory\b|\bpath\b|轨迹|路径"),
        ("a solid", r"\bvolume\b|\bsurface area\b|\b(?:cone|cylinder|sphere|prism|pyramid|cube)\b|体积|圆锥|圆柱|球"),
        ("a number of things", r"\bhow many (?!degrees|units|cm|mm|inches|feet|met)|多少[个条对种]|[几][个条对种]"),
    )
)
_CHANGED = re.compile(  # the figure of the question is not the one that is told
    r"\b(?:fold|rotat|translat|reflect|unfold|slid|mov)(?:s|es|ed|ing|e)?\b|折叠|翻折|旋转|平移|对折|沿.{1,6}折|运动|移动",
    re.IGNORECASE,
)
_UNREAD = "what the grammar does not read"
_SENTENCE = re.compile(r"[.!?。！？\n]")


class Goal(NamedTuple):
    """What is asked for.

    Attributes:
        term: the expression; None where none was read.
        refusal: by name, why there is none.
        spans: the parts of the rewritten text that ask.
    """

    term: Term | None
    refusal: str
    spans: tuple[tuple[int, int], ...] = ()


def find(rewriting: Rewriting) -> Goal:
    """The goal of a question whose text has been understood."""
    if _CHANGED.search(rewriting.original):
        return Goal(None, "a figure that is moved or folded")
    if other_units(rewriting.original):
        return Goal(None, OTHER_UNITS)
    found: dict[Term, tuple[int, int]] = {}
    several = half = False
    for pattern in _GOALS:
        names = pattern.groupindex
        for match in pattern.finditer(rewriting.text):
            term = _asked(rewriting, match)
            span = match.span()
            if term is None or any(start < span[1] and span[0] < end for start, end in found.values()):
                continue
            found[term] = span
            several = several or bool(_MORE.match(rewriting.text, span[1]))
            start = match.start("value" if "value" in names else "letter")
            half = half or bool(flaw(term)) or half_read(rewriting.text, start, span[1], None)
    spans = tuple(found.values())
    asking = _asking(rewriting, spans)
    for name, words in _REFUSED:
        if words.search(asking):
            return Goal(None, name, spans)
    if half:
        return Goal(None, _UNREAD, spans)
    if len(found) > 1 or several:
        return Goal(None, "several things at once", spans)
    return Goal(next(iter(found)), "", spans) if found else Goal(None, _UNREAD)


def _asked(rewriting: Rewriting, match: re.Match[str]) -> Term | None:
    groups = match.groupdict()
    if groups.get("letter"):
        return Term("Name", (groups["letter"],))
    term = value_of(rewriting, match["value"])
    return None if term is None or not any(True for _ in term.measures()) else term


def _asking(rewriting: Rewriting, spans: tuple[tuple[int, int], ...]) -> str:
    """The sentences that ask, in the original words; all of the text where none does."""
    text = rewriting.original
    if not spans:
        return text
    sentences = []
    for first, last in (rewriting.span(*span) for span in spans):
        begin = max((mark.end() for mark in _SENTENCE.finditer(text, 0, first)), default=0)
        end = _SENTENCE.search(text, last)
        sentences.append(text[begin : end.start() if end else len(text)])
    return " ".join(sentences)
