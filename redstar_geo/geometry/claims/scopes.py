"""How a text stands to what it says: asserts, supposes, asks or denies it."""

from __future__ import annotations

import re
from itertools import islice
from typing import Literal, NamedTuple

from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.rewriting import kinds

Standing = Literal["asserted", "defined", "denied", "supposed"]

# A claim is not asserted after one of these words in its sentence …
_BEFORE = re.compile(
    r"\b(?:if(?! (?:you|u|someone|anyone|your|needed|necessary|(?:i|we) (?:draw|join|connect|extend|drop)))"
    r"|suppos(?:e|ing)|assum(?:e|ing)|imagine|pretend|would|(?<!you )could|might|maybe|perhaps|possibly|whether|unless"
    r"|(?:needs?|needed|wants?|wish|hop(?:e|ing))(?=[^,;，]*$)|try|trying|tempting|tempted|temptation|instead of"
    r"|rather than|forget"
    r"|no reason|what about|such that|so that(?! (?:is|means|makes|gives|angle|triangle|side|segment))|to show|to prove"
    r"|show that|prove|is it|was it|nothing says|know nothing"
    r"|(?:first|initially|originally) (?:thought|assumed|took|guessed)|(?:thought|assumed) (?:at first|that))\b"
    r"|如果|假设|假如|倘若|要是|(?<![一-龥])若|是否|能否|能不能|可不可以|需要|想要|想用|想到|想知道|希望|求证|(?<!所)求"
    r"|要证|只要|没有理由|没有说|除非|可能|也许|或许|难道|别把|不要|才能|以为|那样",
    re.IGNORECASE,
)
# … nor where its clause denies it …
_DENIED_BEFORE = re.compile(
    r"\b(?:doesn't|does not|do not|don't|did not|didn't|cannot|can't|isn't|is not|are not|aren't|not that|not true"
    r"|not because|mistakenly|wrongly|(?:I|we) (?:took|take))\b[^,;，]*$"
    r"|(?:不能|不是|并非|未必|误)[^,;，；]*$|收回[^;；]*$",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"\b(?:but|however|actually|in fact|luckily|since|because|given)\b|但|可是|不过|其实|实际上|事实上|因为|由于",
    re.IGNORECASE,
)
# … or one of these follows in it.
_AFTER = re.compile(
    r"\b(?:not known|not given|unknown|not justified|doubtful|a trap|tempting|not yet|do not know|don't know|cannot"
    r"|do not see|not proven|not enough)\b|不知道|未知|没有给|不一定|吗|呢|^[^,;，；]*\bwould\b",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"^[^,，;；:：]*(?:\b(?:not true|is false|(?:is|are|was|were|be) (?:wrong|incorrect|not right|impossible)|back)\b"
    r"|不对|(?<!内)错|不成立|不可能)"
    r"|^(?:[,，、][^,，;；]*[=＝][^,，;；]*)*都不对|^.*\b(?:was|were) (?:all |both )?wrong\b|^.*\bback\s*$",
    re.IGNORECASE,
)
_TAG = re.compile(r"\b(?:right|correct|ok|okay|yes)\s*$", re.IGNORECASE)
_DEFINING = re.compile(r"\b(?:let(?! me| us|'s)|set|denote|call)\b[^.;]*$|[设令记][^。；，,则]*$", re.IGNORECASE)
_END = re.compile(r"[.!?。！？\n;；…]+")
_QUESTION = re.compile(r"[?？]")
_OR = re.compile(rf"(?!, or {kinds('number', 'expression')}[.,;])\s*(?:,\s*)?(?:or\b|或)")
_AFTER_OR = re.compile(r"(?:\bor|either|或者?)\s*$")


class _End(NamedTuple):
    """The marks that end a sentence."""

    start: int
    stop: int
    is_question: bool


class Scopes:
    """Sentences, and what their words make of the claims in them."""

    def __init__(self, text: str) -> None:
        self.text = text
        marks = _END.finditer(text)
        self.ends = [_End(mark.start(), mark.end(), bool(_QUESTION.search(mark[0]))) for mark in marks]
        self.ends.append(_End(len(text), len(text), False))
        self.at = 0
        self.begin = 0

    def standing(self, start: int, end: int, statement: Term) -> Standing:
        """For claims from left to right."""
        while self.ends[self.at].start < start:
            self.begin = self.ends[self.at].stop
            self.at += 1
        closing = next(each for each in islice(self.ends, self.at, None) if each.start >= end)
        before = self.text[max(self.begin, start - 400) : start]
        turn = max((match.end() for match in _AGAIN.finditer(before)), default=0)
        before, after = before[turn:], self.text[end : min(closing.start, end + 200)]
        tag = self.text[max(end, closing.start - 40) : closing.start]
        if (closing.is_question and not _TAG.search(tag)) or _BEFORE.search(before) or _AFTER.search(after):
            return "supposed"
        if _DENIED_BEFORE.search(before) or _DENIED_AFTER.search(after):
            return "denied"
        if _OR.match(after) or _AFTER_OR.search(before):
            return "supposed"
        if _DEFINING.search(before):
            named = any(part.head == "Name" for part in statement.terms)
            return "defined" if named and statement.head == "Equal" else "supposed"
        return "asserted"
