"""What a text asserts, claim by claim, in the order of the text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, product
from math import prod
from typing import NamedTuple

from redstar_geo.bounds import CLAIMS, TEXT
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims import expressions, notation, objects, subjects
from redstar_geo.geometry.claims.boundaries import half_read, of_another, of_one_kind
from redstar_geo.geometry.claims.certainty import Certainty
from redstar_geo.geometry.claims.cues import Cue, cues, starts_anew
from redstar_geo.geometry.claims.expressions import value_of
from redstar_geo.geometry.claims.rewriting import OBJECT, Rewriting, kinds
from redstar_geo.geometry.claims.scopes import Scopes, Standing
from redstar_geo.geometry.claims.vocabulary import words
from redstar_geo.geometry.claims.wordings import ABOUT, ASKED, EQUALS, NO_COMPARISON, NOT_EQUAL, WORDINGS


@dataclass(frozen=True)
class Claim:
    """A statement made by a text.

    Attributes:
        start, end: its place in the text.
        text: its words.
        statement: in the formal language, with a few heads more: `About` (≈), `Less`, `AtMost`, `Unequal`, and forms
            that leave open what the text leaves open (`SomeIsosceles(ABC)`: with any apex; `MeasureOfAngle(B)`).
        standing: `asserted`; `defined` (let x = AB); `denied` (it is not true that AB = 5); or `supposed`: in question,
            wished for or tried.
        unordered: triangles are said to be similar or congruent, and not which corner corresponds to which.
        plain: its sentence has only words of a derivation, and speaks of this figure, so that nobody doubts what is
            claimed.
        seen: its sentence reads it off the drawing, as a label or by eye.
        among: what its sentence puts it in or goes by: the points of a shape, a letter that is given a value.
        partial: it is the arithmetic of a quantity that was not read: "the area of the sector is π · 2² = 4π".
    """

    start: int
    end: int
    text: str
    statement: Term
    standing: Standing
    unordered: bool = False
    plain: bool = True
    seen: bool = False
    among: tuple[Term, ...] = ()
    partial: bool = False


@dataclass(frozen=True)
class Reading:
    """The claims of a text, in order.

    Attributes:
        cut: the text was longer, or had more claims, than are read.
        text: as far as it was read.
        cues: where it doubts, denies or confirms what it said, and where it says what no derivation needs.
    """

    claims: tuple[Claim, ...]
    cut: bool
    text: str = ""
    cues: tuple[Cue, ...] = ()


def read(text: str) -> Reading:
    """Every claim that the grammar reads, English or Chinese, unicode, LaTeX or words; never raises.

    The time is proportional to the length, of which at most `TEXT` characters and `CLAIMS` claims are read.
    """
    return claimed(understood(text), len(text) > TEXT)


def understood(text: str) -> Rewriting:
    """The text with an object for everything that has a name or a value, which the wordings of claims are read from."""
    rewriting = Rewriting(text[:TEXT])
    notation.plain(rewriting)
    objects.find(rewriting)
    subjects.find(rewriting)
    expressions.find(rewriting)
    subjects.list_all(rewriting)
    return rewriting


def claimed(rewriting: Rewriting, cut: bool) -> Reading:
    """The claims of a text that has been understood; `cut`: it is not the whole text."""
    text, scopes = rewriting.original, Scopes(rewriting.text)
    known, others = list(cues(text)), list(words(rewriting.text))
    anew = [bisect_left(rewriting.starts, cue.end) for cue in known if starts_anew(text, cue)]
    certainty = Certainty(rewriting.text, others, anew)
    claims: list[Claim] = []
    found = (islice(each, CLAIMS + 1) for each in _statements(rewriting))  # no wording needs more than all may have
    places = sorted(chain.from_iterable(found), key=lambda place: place[:2])
    said: dict[Term, int] = {}  # where a statement ended: two wordings may find it in one place
    for start, end, statement, unordered in places[:CLAIMS]:
        if start < said.get(statement, 0):
            continue
        said[statement] = end
        first, last = rewriting.span(start, end)
        standing = scopes.standing(start, end, statement)
        plain = scopes.plain(certainty, start, end, statement) and not certainty.loose(text[first:last])
        frame = scopes.frame(start, end)
        among = tuple(map(rewriting.term, frame.named))
        plain = plain and not frame.elsewhere
        partial = next(statement.measures(), None) is None and _UNREAD.search(rewriting.text, max(0, start - 60), start)
        claims.append(
            Claim(
                first,
                last,
                text[first:last],
                statement,
                standing,
                unordered,
                plain,
                frame.seen,
                among,
                bool(partial),
            )
        )
    hints = [
        Cue(*rewriting.span(word.start, word.end), "turn" if word.kind == "turn" else "hint")
        for word in others
        if word.kind != "modifier"
    ]
    hints += [Cue(*match.span(), "hint") for match in _TRAILING_OFF.finditer(text)]
    known = sorted([*known, *hints], key=lambda cue: cue.start)
    return Reading(tuple(claims), cut or len(places) > CLAIMS, text, tuple(known))


_VALUE = kinds("angle", "segment", "arc", "measure", "number", "expression", "corner")
_SIGN = r"\s*(?P<sign>[=≈≠<>≤≥∥⊥≅∼])\s*"
_PAIR = re.compile(
    rf"(?P<left>{OBJECT})(?:{_SIGN}|(?P<about>{ABOUT})"
    rf"|(?P<words>{EQUALS}))(?=(?P<right>{OBJECT})(?P<equal>{NO_COMPARISON})?)"
)
_CELLS = re.compile(
    rf"\|\s*(?P<left>{_VALUE})\s*\|\s*(?P<right>{kinds('number', 'expression')})\s*(?=\|(?![ \t]*{_VALUE}[ \t]*\|))"
)
_PROPORTION = re.compile(r"[:：][^=:：]{1,60}[:：][^=]*=")  # ∠A : ∠B : ∠C = 1 : 2 : 3 is no quotient of quotients
_MORE_VALUES = re.compile(rf"\s*(?:,|and|和|、)\s*{_VALUE}")
_SAME_LENGTH = re.compile("equal|same|相?等")  # as long as the diameter, and not it
_UNREAD = re.compile(  # a quantity in words, of which a claim of numbers alone gives the value
    r"\b(?:areas?|perimeters?|circumferences?|volumes?|ratio)\b[^.;,:=\n]{0,40}?(?:\b(?:is|are|equals)\b|:)\s*\Z"
    r"|\bin the ratio\s*\Z|(?:面积|周长|体积|之比|比例)[^，。；=\n]{0,6}[是为]\s*\Z"
)
_TRAILING_OFF = re.compile(r"(?<=[\w°$)}])\s?(?:\.{3,}|…+)")
_MOST_SUBJECTS = 12
_COMPARISONS = {"≈": "About", "≠": "Unequal", "<": "Less", ">": "Less", "≤": "AtMost", "≥": "AtMost", "≅": "Equal"}


class _Statement(NamedTuple):
    """A statement and its place in the rewritten text."""

    start: int
    end: int
    term: Term
    unordered: bool = False


def _statements(rewriting: Rewriting) -> Iterator[Iterator[_Statement]]:
    """The statements in each of the wordings, from left to right."""
    yield _compared(rewriting)
    yield _in_cells(rewriting)
    for pattern, template in WORDINGS:
        yield _in_words(rewriting, pattern, template)


def _compared(rewriting: Rewriting) -> Iterator[_Statement]:
    for match in _PAIR.finditer(rewriting.text):
        statement = _pair(rewriting, match)
        if statement is not None and _is_whole(rewriting, match, statement):
            for each in _each(statement):
                yield _Statement(match.start(), match.end("right"), each)


def _in_cells(rewriting: Rewriting) -> Iterator[_Statement]:
    for match in _CELLS.finditer(rewriting.text):
        left, right = (value_of(rewriting, match[side]) for side in ("left", "right"))
        if left is not None and right is not None and left.head != "Number":
            yield _Statement(match.start("left"), match.end("right"), Term("Equal", (left, right)))


def _in_words(rewriting: Rewriting, pattern: re.Pattern[str], template: str) -> Iterator[_Statement]:
    unordered = template.startswith("Unordered")
    for match in pattern.finditer(rewriting.text):
        if of_another(rewriting.text, match.start()):
            continue
        for statement in _worded(rewriting, match, template.removeprefix("Unordered")):
            for part in statement.terms if statement.head == "Pair" else (statement,):
                yield _Statement(match.start(), match.end(), part, unordered)


def _is_whole(rewriting: Rewriting, match: re.Match[str], statement: Term) -> bool:
    """Whether nothing that belongs to a comparison was left unread."""
    if statement.head not in ("Equal", "About", "Unequal", "Less", "AtMost"):
        return True
    start, end = match.start(), match.end("right")
    first, last = rewriting.span(start, end)
    if _PROPORTION.search(rewriting.original[first:last]):
        return False
    if statement.terms[0].head == "Each" and _MORE_VALUES.match(rewriting.text, end):
        return False  # ∠A and ∠B are 40° and 50°
    verb = match["words"] or match["about"]
    left, right = statement.terms
    return not half_read(rewriting.text, start, end, verb) and of_one_kind(rewriting, left, right, start, end)


def _each(statement: Term) -> Iterator[Term]:
    """A comparison for each of a list of subjects."""
    left, right = statement.args[0], statement.args[-1]
    if isinstance(left, Term) and left.head == "Each":
        yield from (Term(statement.head, (subject, right)) for subject in left.terms)
    else:
        yield statement


def _pair(rewriting: Rewriting, match: re.Match[str]) -> Term | None:
    sign = match["sign"]
    if sign in ("≅", "∼") and (shapes := _shapes(rewriting, match, sign)) is not None:
        return shapes
    left, right = (value_of(rewriting, match[side]) for side in ("left", "right"))
    if left is None or right is None:
        return None
    if sign in ("∥", "⊥"):
        if left.head != "LengthOfLine" or right.head != "LengthOfLine":
            return None
        head = "ParallelBetweenLine" if sign == "∥" else "PerpendicularBetweenLine"
        return Term(head, (left.args[0], right.args[0]))
    if sign is None:
        line, circle = (left, right) if left.head == "LengthOfLine" else (right, left)
        by_name = match["words"] is not None and _SAME_LENGTH.search(match["words"]) is None
        if line.head == "LengthOfLine" and circle.head == "DiameterOfCircle" and by_name:
            return Term("IsDiameterOfCircle", (*line.args, *circle.args))
        if match["equal"] is None or left.head == "Number":
            return None
        negated = match["words"] is not None and NOT_EQUAL.search(match["words"])
        return Term("About" if match["about"] else "Unequal" if negated else "Equal", (left, right))
    head = _COMPARISONS.get(sign, "Equal")
    return None if sign == "∼" else Term(head, (right, left) if sign in ">≥" else (left, right))


def _shapes(rewriting: Rewriting, match: re.Match[str], sign: str) -> Term | None:
    left, right = rewriting.term(match["left"]), rewriting.term(match["right"])
    corners = {len(str(term.args[0])) if term.head == "Points" else 0 for term in (left, right)}
    if corners not in ({3}, {4}):
        return None
    kind = "Congruent" if sign == "≅" else "Similar"
    return Term(f"{kind}Between{'Triangle' if corners == {3} else 'Quadrilateral'}", (left, right))


def _worded(rewriting: Rewriting, match: re.Match[str], template: str) -> Iterator[Term]:
    """The statements of a wording: `{0}` are points, `{0:t}` the whole term; one for each of a list of subjects."""
    terms = [
        None if sign is None else Term("Points", (sign,)) if len(sign) == 1 else rewriting.term(sign)
        for sign in match.groups()
    ]
    lists = [term.terms if term is not None and term.head == "Each" else (term,) for term in terms]
    for each in product(*lists) if prod(map(len, lists)) <= _MOST_SUBJECTS else ():
        yield from _arguments(template, list(each))


def _arguments(template: str, terms: list[Term | None]) -> Iterator[Term]:
    """What stands between the commas of a template."""
    for part in re.findall(r"\w+\((?:[^()]|\([^()]*\))*\)|[^,()]+", template):
        term: Term | None = None
        if "(" in part:
            head, _, inside = part.partition("(")
            term = Term(head, tuple(_arguments(inside[:-1], terms)))
        elif part.isdigit():
            term = Term("Number", (part,))
        elif part in ASKED:
            term = Term("Name", (part,))
        elif part.endswith(":t}"):
            term = terms[int(part[1:-3])]
            if term is not None and term.head == "Points":  # of a corner, ABC, the angle
                term = Term("MeasureOfAngle", term.args)
        elif names := [name for index in re.findall(r"\d+", part) if (name := terms[int(index)]) is not None]:
            term = Term("Points", ("".join(str(each.args[0]) for each in names),))
        if term is not None:
            yield term
