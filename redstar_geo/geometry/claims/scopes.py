"""How a text stands to what it says: asserts, supposes, asks or denies it."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Literal, NamedTuple

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.certainty import Certainty
from redstar_geo.geometry.claims.frames import Frame, frame
from redstar_geo.geometry.claims.rewriting import OBJECT, kinds

Standing = Literal["asserted", "defined", "denied", "supposed"]
_LAST = 120  # characters in which a text gives its answer
_BEFORE, _AFTER = 400, 200  # characters of a sentence around a claim that are looked at

# A claim is not asserted after one of these words in its sentence, or of the next in its clause …
_SUPPOSING = re.compile(
    r"\b(?:if(?! (?:needed|necessary|(?:i|we|you|u|one|someone|anyone|your \w+) (?:draw|join|connect|extend|drop"
    r"|look|wants?"
    r"|needs?|asks?|like|prefer|recall|remember|consider|let|call|write|denote|use|apply|check|is|are)))"
    r"|suppos(?:e|ing)|assum(?:e|ing)|imagine|pretend|would|(?<!you )could|might|maybe|perhaps|possibly|whether|unless"
    r"|try|trying|tempting|tempted|temptation|instead of|rather than|forget"
    rf"|(?:had|were)(?= {OBJECT})"
    r"|(?:first|initially|originally|earlier|previously|before) (?:wrote|had|got|put|said|tried|used|computed|found)"
    r"|(?:wrote|had|got|put) (?:first|at first|before|earlier|initially)"
    r"|looks? (?:like|as)|seems?|appears?|suggests?"
    r"|no reason|what about|such that|(?<!, )so that(?! (?:is|means|makes|gives|angle|triangle|side|segment))"
    r"|to show|to prove|show that|prove|is it|was it|nothing says|know nothing"
    r"|(?:first|initially|originally) (?:thought|assumed|took|guessed)|(?:thought|assumed) (?:at first|that))\b"
    r"|如果|假设|假如|倘若|要是|(?<![一-龥])若|是否|能否|能不能|可不可以|需要|想要|想用|想到|想知道|希望|求证"
    r"|要证|只要|没有理由|没有说|除非|可能|也许|或许|难道|别把|不要|才能|以为|那样",
    re.IGNORECASE,
)
_WISHING = re.compile(
    r"\b(?:(?<!if you )(?<!if u )needs?|needed"
    r"|(?<!if you )(?<!if u )wants?|wish|hop(?:e|ing)|when(?:ever)?(?! (?:we|you|i|one)\b))\b"
    r"|当(?=[^，。]{0,40}时)|(?<!所)求(?!证|得|出|[^，。；：]{1,10}[：:])",
    re.IGNORECASE,
)
# … nor where its clause denies it …
_DENYING = re.compile(
    r"\b(?:doesn't|does not|do not|don't|did not|didn't|cannot|can't|isn't|is not|are not|aren't|not that|not true"
    rf"|not(?= {OBJECT})"
    r"|no (?:way|chance)|far from|hardly|not because|mistakenly|wrongly|(?:I|we) (?:took|take))\b"
    r"|不能|不是|并非|未必|误",
    re.IGNORECASE,
)
_TAKING_BACK = re.compile("收回")
_TURN = re.compile(
    rf"\b(?:but|however|actually|in fact|luckily|since|because|given|fine)\b|(?<=[,，])可(?=\s?{OBJECT})"
    r"|\b(?:see|check|verify|test|confirm) (?:if|whether)\b[^.:;\n]*:"
    r"|但|可是|不过|其实|实际上|事实上|因为|由于",
    re.IGNORECASE,
)
# … or one of these follows in it.
_DOUBTED = re.compile(
    r"\b(?:not known|not given|unknown|not justified|doubtful|a trap|tempting|not yet|do not know|don't know|cannot"
    r"|do not see|not proven|not enough"
    r"|(?:if|unless|provided|assuming|supposing)(?! (?:we|you|u|i|one|needed|necessary|someone|your)\b))\b"
    r"|不知道|未知|没有给|不一定|吗|呢",
    re.IGNORECASE,
)
_WOULD = re.compile(r"\bwould\b", re.IGNORECASE)
_DENIED = re.compile(
    r"\b(?:not true|is not the case|(?:does not|doesn't) hold|fails|is ruled out|is false"
    r"|(?:is|are|was|were|be) (?:wrong|incorrect|not right|impossible)|back)\b"
    r"|不对|(?<!内)错|不成立|不可能",
    re.IGNORECASE,
)
_ALL_DENIED = re.compile(r"\b(?:was|were) (?:all |both )?wrong\b|\bback(?=\s*(?:[.!?;。\n]|$))|都不对", re.IGNORECASE)
_CLAUSE_BEFORE, _CLAUSE_AFTER = re.compile("[,;，；则]"), re.compile("[,;，；:：]")
_TAG = re.compile(r"\b(?:right|correct|ok|okay|yes)\s*$", re.IGNORECASE)
_DEFINING = re.compile(r"\b(?:let(?! me| us|'s)|set|denote|call)\b", re.IGNORECASE)
_ZH_DEFINING = re.compile("[设令记]")
_GOT = re.compile(
    r"\b(?:gets?|giv(?:es|ing)|so|then|thus|hence|therefore|yields?|obtain|find|solving)\b", re.IGNORECASE
)
_END = re.compile(r"[.!?。！？\n;；…]+")
_QUESTION = re.compile(r"[?？]")
_OR = re.compile(rf"(?!, or {kinds('number', 'expression')}[.,;])\s*(?:,\s*)?(?:or\b|或)")
_AFTER_OR = re.compile(r"(?:\bor|either|或者?)\s*$")
_RESTATED, _RESTATING = re.compile(r"\s*, (?:or|或)\b"), re.compile(r", (?:or|或) $")
_OPTION = re.compile(
    r"\s*\(?[A-E][.)．、:：]\s|.*\b[Ii]n an? [a-z0-9 -]{3,40}, $|.*\b[Ff]or an? [a-z0-9 -]{3,40}, $"
)  # or any such shape


class _End(NamedTuple):
    """The marks that end a sentence."""

    start: int
    stop: int
    is_question: bool


class _Places:
    """Where a pattern matches, found once for the whole text."""

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self.spans = [match.span() for match in pattern.finditer(text)]

    def within(self, start: int, end: int) -> bool:
        return self.first(start, end) < end

    def first(self, start: int, end: int) -> int:
        """The beginning of the first one in a part of the text, or the end of the part."""
        at = bisect_left(self.spans, (start,))
        return self.spans[at][0] if at < len(self.spans) and self.spans[at][1] <= end else end

    def last(self, start: int, end: int) -> int:
        """The end of the last one in a part of the text, or the start of the part."""
        at = bisect_left(self.spans, (end,)) - 1
        while at >= 0 and self.spans[at][1] > end:
            at -= 1
        return max(start, self.spans[at][1]) if at >= 0 else start


class Scopes:
    """Sentences, and what their words make of the claims in them."""

    def __init__(self, text: str) -> None:
        self.text = text
        marks = _END.finditer(text)
        self.ends = [_End(mark.start(), mark.end(), bool(_QUESTION.search(mark[0]))) for mark in marks]
        self.ends.append(_End(len(text), len(text), False))
        self.at = 0
        self.begin = 0
        self.supposing, self.wishing, self.turns = (_Places(p, text) for p in (_SUPPOSING, _WISHING, _TURN))
        self.denying, self.taking_back = _Places(_DENYING, text), _Places(_TAKING_BACK, text)
        self.doubted, self.would = _Places(_DOUBTED, text), _Places(_WOULD, text)
        self.denied, self.all_denied = _Places(_DENIED, text), _Places(_ALL_DENIED, text)
        self.got = _Places(_GOT, text)
        self.defining, self.zh_defining = _Places(_DEFINING, text), _Places(_ZH_DEFINING, text)
        self.clauses_before, self.clauses_after = _Places(_CLAUSE_BEFORE, text), _Places(_CLAUSE_AFTER, text)

    def plain(self, certainty: Certainty, start: int, end: int, statement: Term) -> bool:
        """Whether the sentence of a claim is a plain one; after its `standing`."""
        at = self.at
        while self.ends[at].start < end:
            at += 1
        stop = min(self.ends[at].start, end + _AFTER)
        named = {str(part) for part in statement.measures()}
        if named & {"perimeter", "area", "height"} and len(self.text) - end > _LAST:
            return False  # of another shape, perhaps
        arithmetic = next(statement.measures(), None) is None and statement.head in ("Equal", "About")
        return certainty.plain(self.begin, start, end, self.clauses_after.first(end, stop), arithmetic)

    def frame(self, start: int, end: int) -> Frame:
        """What its sentence speaks of; after its `standing`."""
        return frame(self.text, self.begin, start, end)

    def standing(self, start: int, end: int, statement: Term) -> Standing:
        """For claims from left to right."""
        while self.ends[self.at].start < start:
            self.begin = self.ends[self.at].stop
            self.at += 1
        at = self.at
        while self.ends[at].start < end:
            at += 1
        closing = self.ends[at]
        first = self.turns.last(max(self.begin, start - _BEFORE), start)
        clause = self.clauses_before.last(first, start)
        last = min(closing.start, end + _AFTER)
        clause_end = self.clauses_after.first(end, last)
        if (
            (closing.is_question and not _TAG.search(self.text, max(end, closing.start - 40), closing.start))
            or self.supposing.within(first, start)
            or self.wishing.within(clause, start)
            or self.doubted.within(end, last)
            or self.would.within(end, clause_end)
        ):
            return "supposed"
        if (
            self.denying.within(clause, start)
            or self.taking_back.within(first, start)
            or self.denied.within(end, clause_end)
            or self.all_denied.within(end, last)
        ):
            return "denied"
        if _OPTION.match(self.text[max(self.text.rfind("\n", 0, start) + 1, start - _BEFORE) : start]):
            return "supposed"
        if self._is_choice(start, end, first, statement):
            return "supposed"
        if self.defining.within(self.got.last(first, start), start) or self.zh_defining.within(clause, start):
            if statement.head == "Equal" and any(part.head == "Name" for part in statement.terms):
                return "defined"
            equation = statement.head == "Equal" and any(part.head == "Name" for part in statement.measures())
            return "asserted" if equation else "supposed"
        return "asserted"

    def _is_choice(self, start: int, end: int, first: int, statement: Term) -> bool:
        """Whether it is one of several: x = 3 or x = 5. An equation may be told twice: 3x + 2 = 8, or 3x = 6."""
        left = statement.terms[0]
        worked = statement.head == "Equal" and bool(left.terms) and left.head not in cdl.MEASURES
        before = max(first, start - 12)
        if worked and (_RESTATED.match(self.text, end) or _RESTATING.search(self.text, before, start)):
            return False
        return bool(_OR.match(self.text, end) or _AFTER_OR.search(self.text, before, start))
