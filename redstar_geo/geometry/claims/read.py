"""What a text asserts, claim by claim, in the order of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from redstar_geo.bounds import CLAIMS, TEXT
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims import expressions, notation, objects
from redstar_geo.geometry.claims.rewriting import OBJECT, Rewriting, kinds
from redstar_geo.geometry.claims.wordings import EQUALS, NO_COMPARISON, WORDINGS

Standing = Literal["asserted", "defined", "supposed"]


@dataclass(frozen=True)
class Claim:
    """A statement made by a text.

    Attributes:
        start, end: its place in the text.
        text: its words.
        statement: in the formal language, with a few heads more: `About` (≈), `Less`, `AtMost`, `Unequal`, and forms
            that leave open what the text leaves open (`SomeIsosceles(ABC)`: with any apex; `MeasureOfAngle(B)`).
        standing: `asserted`; `defined` (let x = AB); or `supposed`: in question, wished for, tried or dismissed.
    """

    start: int
    end: int
    text: str
    statement: Term
    standing: Standing


@dataclass(frozen=True)
class Reading:
    """The claims of a text, and whether it was longer, or had more claims, than are read."""

    claims: tuple[Claim, ...]
    cut: bool


def read(text: str) -> Reading:
    """Every claim that the grammar reads, English or Chinese, unicode, LaTeX or words; never raises.

    The time is proportional to the length, of which at most `TEXT` characters and `CLAIMS` claims are read.
    """
    rewriting = Rewriting(text[:TEXT])
    notation.plain(rewriting)
    objects.find(rewriting)
    expressions.find(rewriting)
    scopes = _Scopes(rewriting.text)
    claims: list[Claim] = []
    places = sorted(_statements(rewriting), key=lambda place: place[:2])
    for start, end, statement in places[:CLAIMS]:
        first, last = rewriting.span(start, end)
        claims.append(Claim(first, last, text[first:last], statement, scopes.standing(start, end, statement)))
    return Reading(tuple(claims), len(text) > TEXT or len(places) > CLAIMS)


_VALUE = kinds("angle", "segment", "arc", "measure", "number", "expression")
_SIGN = r"\s*(?P<sign>[=≈≠<>≤≥∥⊥≅∼])\s*"
_PAIR = re.compile(
    rf"(?P<left>{OBJECT})(?:{_SIGN}|(?P<words>{EQUALS}))(?=(?P<right>{OBJECT})(?P<equal>{NO_COMPARISON})?)"
)
_IS_VALUE = re.compile(_VALUE)
_COMPARISONS = {"≈": "About", "≠": "Unequal", "<": "Less", ">": "Less", "≤": "AtMost", "≥": "AtMost", "≅": "Equal"}


def _statements(rewriting: Rewriting) -> Iterator[tuple[int, int, Term]]:
    for match in _PAIR.finditer(rewriting.text):
        statement = _pair(rewriting, match)
        if statement is not None:
            yield match.start(), match.end("right"), statement
    for pattern, template in WORDINGS:
        for match in pattern.finditer(rewriting.text):
            statement = _worded(rewriting, match, template)
            for part in statement.terms if statement.head == "Pair" else (statement,):
                yield match.start(), match.end(), part


def _pair(rewriting: Rewriting, match: re.Match[str]) -> Term | None:
    left, right = rewriting.term(match["left"]), rewriting.term(match["right"])
    valued = all(_IS_VALUE.match(match[side]) for side in ("left", "right"))
    if match["words"] is not None:
        if left.head == "LengthOfLine" and right.head == "DiameterOfCircle":
            return Term("IsDiameterOfCircle", (*left.args, *right.args))
        worth = valued and match["equal"] is not None and left.head != "Number"
        return Term("Equal", (left, right)) if worth else None
    sign = match["sign"]
    if sign == "=" or (sign in _COMPARISONS and valued):
        head = _COMPARISONS.get(sign, "Equal")
        return Term(head, (right, left) if sign in ">≥" else (left, right)) if valued else None
    if sign in "∥⊥":
        if left.head != "LengthOfLine" or right.head != "LengthOfLine":
            return None
        head = "ParallelBetweenLine" if sign == "∥" else "PerpendicularBetweenLine"
        return Term(head, (left.args[0], right.args[0]))
    corners = {len(str(term.args[0])) if term.head == "Points" else 0 for term in (left, right)}
    if corners not in ({3}, {4}):
        return None
    kind = "Congruent" if sign == "≅" else "Similar"
    return Term(f"{kind}Between{'Triangle' if corners == {3} else 'Quadrilateral'}", (left, right))


def _worded(rewriting: Rewriting, match: re.Match[str], template: str) -> Term:
    """The statement of a wording: `{0}` are points, `{0:t}` the whole term."""
    terms = [
        None if sign is None else Term("Points", (sign,)) if len(sign) == 1 else rewriting.term(sign)
        for sign in match.groups()
    ]
    return next(_arguments(template, terms))


def _arguments(template: str, terms: list[Term | None]) -> Iterator[Term]:
    """What stands between the commas of a template."""
    for part in re.findall(r"\w+\((?:[^()]|\([^()]*\))*\)|[^,()]+", template):
        term: Term | None = None
        if "(" in part:
            head, _, inside = part.partition("(")
            term = Term(head, tuple(_arguments(inside[:-1], terms)))
        elif part.isdigit():
            term = Term("Number", (part,))
        elif part.endswith(":t}"):
            term = terms[int(part[1:-3])]
        elif names := [name for index in re.findall(r"\d+", part) if (name := terms[int(index)]) is not None]:
            term = Term("Points", ("".join(str(each.args[0]) for each in names),))
        if term is not None:
            yield term


# A claim is not asserted after one of these words in its sentence …
_BEFORE = re.compile(
    r"\b(?:if|suppos(?:e|ing)|assum(?:e|ing)|imagine|pretend|would|could|might|maybe|perhaps|possibly|whether|unless"
    r"|needs?|needed|wants?|hop(?:e|ing)|wish|try|trying|tempting|tempted|temptation|instead of|rather than|forget"
    r"|doesn't|does not|do not|don't|did not|cannot|can't|isn't|is not|are not|aren't|not that|not because|no reason"
    r"|what about|such that|so that|to show|to prove|show that|prove|mistakenly|wrongly|is it|was it|nothing says"
    r"|know nothing)\b"
    r"|如果|假设|假如|倘若|要是|(?<![一-龥])若|是否|能否|能不能|可不可以|需要|想要|想用|想到|想知道|希望|求证|(?<!所)求|误"
    r"|不能|不是|并非|未必|要证|只要|没有理由|没有说|除非|可能|也许|或许|难道|别把|不要|才能",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"\b(?:but|however|actually|in fact|luckily|since|because|given)\b|但|可是|不过|其实|实际上|事实上|因为|由于",
    re.IGNORECASE,
)
# … nor when one of these follows in it.
_AFTER = re.compile(
    r"\b(?:not known|not given|unknown|not true|is false|is wrong|are wrong|be wrong|would|not justified|doubtful"
    r"|a trap|tempting|not yet|do not know|don't know|cannot|do not see|not proven|not enough)\b"
    r"|不知道|未知|没有给|不对|(?<!内)错|不成立|不一定|吗|呢",
    re.IGNORECASE,
)
_RETRACTED = re.compile(r"\s{0,20}(?:wait,? (?:no|that)|no, (?:that|wait)|不对|不，|等等，不对)", re.IGNORECASE)
_TAG = re.compile(r"\b(?:right|correct|ok|okay|yes)\s*$", re.IGNORECASE)
_DEFINING = re.compile(r"\b(?:let(?! me| us|'s)|set|denote|call)\b[^.;]*$|[设令记][^。；，,则]*$", re.IGNORECASE)
_END = re.compile(r"[.!?。！？\n;；…]+")
_QUESTION = re.compile(r"[?？]")
_OR = re.compile(r"\s*(?:,\s*)?(?:or\b|或)")
_AFTER_OR = re.compile(r"(?:\bor|either|或者?)\s*$")


class _End(NamedTuple):
    """The marks that end a sentence."""

    start: int
    stop: int
    is_question: bool


class _Scopes:
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
        questioned = closing.is_question and not _TAG.search(tag)
        if _RETRACTED.match(self.text, closing.stop):
            return "supposed"
        if questioned or _BEFORE.search(before) or _AFTER.search(after):
            return "supposed"
        if _OR.match(after) or _AFTER_OR.search(before):
            return "supposed"
        if _DEFINING.search(before):
            named = any(part.head == "Name" for part in statement.terms)
            return "defined" if named and statement.head == "Equal" else "supposed"
        return "asserted"
