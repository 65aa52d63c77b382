"""What a mathematician would strike out of a trace: empty, circular and repeated steps, values out of nowhere, …

The claims of a text are those that the judge reads; whether they are true is the judge's business, not this one's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

import sympy

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims import Claim, read
from redstar_geo.geometry.narrate.say import number, say
from redstar_geo.geometry.narrate.story import same_name
from redstar_geo.geometry.proof import Proof, Step

_STOP = re.compile(r"\.(?!\d)|[!?。！？\n]")
_CONSTANTS = ("0", "1", "2", "4", "45", "60", "90", "180", "270", "360", "pi")  # of theorems
_TOGETHER = re.compile(
    r"hold at once, and|solving (?:all|them)|taking .* together, I find|put .* together: \S+ = "
    r"|eliminate one unknown after|work through these|联立|解方程组|逐个消元",
    re.IGNORECASE,
)
_SHARED = re.compile(r"common|share|belongs to both|side of both|公共|共用")
_INVERSE = re.compile(r"\\?(?:sin|cos|tan)\s*[({][^=]*\\?arc(?:sin|cos|tan)")
_PARTS = {"sss": 3, "sas": 3, "aas": 3, "hl": 3, "aa": 2}


@dataclass(frozen=True)
class Finding:
    kind: str
    text: str


def lint(proof: Proof, reasoning: str, response: str, language: str = "en", *, short: bool = False) -> list[Finding]:
    """Everything found, in no order that matters.

    Args:
        short: the short form has neither arithmetic nor reasons; a value has to be one that the proof works out.
    """
    claims = _chained([claim for claim in read(reasoning).claims if claim.standing == "asserted"])
    return [
        *_empty(claims),
        *_circular(claims, reasoning),
        *_repeated(proof, claims, reasoning, language),
        *_from_nowhere(proof, claims, reasoning, short),
        *([] if short else _parts_not_shown(proof, claims, reasoning)),
        *(Finding("unsimplified", text) for text in (reasoning, response) if _INVERSE.search(text)),
    ]


def _chained(claims: list[Claim]) -> list[Claim]:
    """With what a chain says of its ends: `BC = EF = 13` says that BC = 13."""
    found: list[Claim] = []
    first: Claim | None = None
    for claim in claims:
        found.append(claim)
        if claim.statement.head != "Equal":
            first = None
        elif first is not None and first.start < claim.start < found[-2].end and "=" in claim.text:
            whole = Term("Equal", (first.statement.terms[0], claim.statement.terms[1]))
            found.append(Claim(first.start, claim.end, "", whole, "asserted"))
        else:
            first = claim
    return found


def _name(claim: Claim) -> str:
    return same_name(str(claim.statement))


def _sentences(text: str) -> list[tuple[int, int]]:
    ends = [0, *(match.end() for match in _STOP.finditer(text)), len(text)]
    return [(start, end) for start, end in pairwise(ends) if text[start:end].strip()]


def _empty(claims: list[Claim]) -> Iterator[Finding]:
    for claim in claims:
        sides = claim.statement.terms
        if "=" not in claim.text and not list(claim.statement.measures()):
            continue  # a rule: the angles of a triangle add up to 180°
        if claim.statement.head == "Equal" and same_name(str(sides[0])) == same_name(str(sides[1])):
            yield Finding("empty", claim.text)


def _circular(claims: list[Claim], text: str) -> Iterator[Finding]:
    """A statement that is its own reason."""
    for start, end in _sentences(text):
        inside = [claim for claim in claims if start <= claim.start < end]
        for one, other in combinations(inside, 2):
            said = "=" in one.text and "=" in other.text and list(one.statement.measures())
            if said and _name(one) == _name(other) and one.end <= other.start:
                yield Finding("circular", text[start:end].strip())


def _repeated(proof: Proof, claims: list[Claim], text: str, language: str) -> Iterator[Finding]:
    """Arithmetic done twice, and a paragraph that ends in what was known, before the goal is reached."""
    head, answer = cdl.parse(proof.goal).head, _worth(proof.answer)
    found = [c for step in proof.steps for c in step.conclusions if step.needed and not c.startswith("Equal(")]
    relations = [say(statement, language) for statement in found]
    ends = [c for c in claims if c.statement.head == "Equal" and c.statement.terms[0].head == head]
    reached = next((c.start for c in ends if _worth(str(c.statement.terms[1])) == answer), len(text))
    paragraph_end = text.find("\n", reached)
    seen: set[str] = set()
    done: set[str] = set()
    opening = text.find("\n")
    for start, end in _sentences(text[: paragraph_end if paragraph_end >= 0 else len(text)]):
        inside = [claim for claim in claims if start <= claim.start < end]
        names = {_name(claim) for claim in inside}
        for before, claim in zip([None, *inside], inside, strict=False):
            alone = "=" in claim.text and (before is None or before.end <= claim.start)
            if alone and claim.statement.head == "Equal" and not list(claim.statement.measures()):
                if claim.text in done:  # a rule may be a reason twice
                    yield Finding("repeated", claim.text)
                done.add(claim.text)
        last = end >= len(text) or text[end : end + 1] == "\n" or text[end - 1] == "\n"
        answered = text[:start].rstrip()[-1:] in ("?", "？")  # "…. Why? Because …"
        values = all(_worth(str(claim.statement.terms[-1])) for claim in inside)
        refuted = re.search(r"\bbut\b|\btempted\b|可是", text[start:end])  # "That would need …, but …"
        recap = answered or refuted or (text[start - 1 : start] == "\n" and len(inside) > 1 and values)
        news = any(fact in text[start:end].replace("$", "") for fact in relations)  # not read by everyone
        if names and last and names <= seen and not recap and not news and start > opening:
            yield Finding("repeated", text[start:end].strip())
        seen |= {_name(claim) for claim in inside if not claim.text or re.search("=|equal to|equals", claim.text)}


@lru_cache(maxsize=65_536)
def _worth(text: str) -> float | None:
    try:
        value = sympy.N(cdl.value(text))
    except (cdl.CDLError, TypeError, ValueError):
        return None
    return round(float(value), 9) if value.is_real and value.is_finite else None


def _numbers(term: Term) -> set[float]:
    """The values of all that is closed in an expression."""
    worths = {_worth(str(part)) for part in term.walk() if not list(part.measures()) and part.head != "Points"}
    return {worth for worth in worths if worth is not None}


def _from_nowhere(proof: Proof, claims: list[Claim], text: str, short: bool) -> Iterator[Finding]:
    pool = {worth for text in _CONSTANTS if (worth := _worth(text)) is not None}
    for asked in (*proof.givens, proof.goal):
        pool |= _numbers(cdl.parse(asked))
    for step in proof.steps:
        for conclusion in step.conclusions if step.needed else ():
            pool |= _numbers(cdl.parse(conclusion))
    for solve in proof.solves if short else ():
        pool |= _numbers(cdl.parse(solve.value))
    previous: Claim | None = None
    for claim in claims:
        if claim.statement.head != "Equal":
            continue
        left, right = claim.statement.terms
        if not list(claim.statement.measures()):
            strange = _strange(left, pool)
            computed = left.head not in ("Number", "Name") and right.head in ("Number", "Name", "Div", "Mul", "sqrt")
            if strange and computed:
                yield Finding("nowhere", f"{claim.text}: {sorted(strange)}")
        elif claim.text and left.head in (*cdl.MEASURES, "Name") and not list(right.measures()):
            worth, chained = _worth(str(right)), previous is not None and previous.end > claim.start
            written = worth is not None and number(cdl.value(str(right))) == say(str(right), "en")
            literal = written and right.head == "Number"
            strange = {worth} - pool if literal else _strange(right, pool)
            root = worth is not None and any(abs(worth**2 - known) < 1e-6 for known in pool)
            if strange and not chained and not root:
                yield Finding("nowhere", claim.text)
        pool |= _numbers(claim.statement) | _angles(left, right)
        previous = claim
    for start, end in _sentences(text):
        if _TOGETHER.search(text[start:end]):
            yield Finding("nowhere", text[start:end].strip())


def _angles(function: Term, value: Term) -> set[float]:
    """The angles below 180° of which a sine, cosine or tangent is said to be a number."""
    worth = _worth(str(value)) if function.head in ("Sin", "Cos", "Tan") else None
    if worth is None or (function.head != "Tan" and abs(worth) > 1):
        return set()
    inverse = {"Sin": math.asin, "Cos": math.acos, "Tan": math.atan}[function.head](worth)
    angles = {math.degrees(inverse) % 180, 180 - math.degrees(inverse)}
    return {round(angle) if abs(angle - round(angle)) < 1e-6 else round(angle, 9) for angle in angles}


def _strange(term: Term, pool: set[float]) -> set[float]:
    """The numbers of an expression that were neither seen nor are made of seen ones."""
    worth = _worth(str(term)) if not list(term.measures()) else None
    if worth in pool:
        return set()
    if term.head == "Number":
        return set() if worth is None else {worth}
    return {each for part in term.terms for each in _strange(part, pool)}


def _parts_not_shown(proof: Proof, claims: list[Claim], text: str) -> Iterator[Finding]:
    for step in proof.steps:
        kind = step.theorem.rpartition("_")[2]
        judged = step.needed and "triangle_judgment" in step.theorem and kind in _PARTS
        if not judged or not step.theorem.replace("mirror_", "").startswith(("congruent", "similar")):
            continue
        if step.theorem.replace("mirror_", "").startswith("similar") and kind != "aa":
            continue
        place = next((c for c in claims if c.statement.head in _heads(step) and _same_pair(c.statement, step)), None)
        if place is None:
            continue
        end = text.find("\n", place.end)
        told = text[: end if end >= 0 else len(text)]
        shown = [pair for pair in _pairs(step) if _shown(pair, claims, told)]
        if len(shown) < _PARTS[kind]:
            yield Finding("parts", f"{step.theorem}{step.args}: only {shown}")


def _heads(step: Step) -> tuple[str, ...]:
    return tuple(f"{kind}BetweenTriangle" for kind in ("Congruent", "Similar") if kind.lower() in step.theorem)


def _same_pair(statement: Term, step: Step) -> bool:
    return {frozenset(points) for points in statement.points} == {frozenset(args) for args in step.args}


def _pairs(step: Step) -> Iterator[tuple[str, str]]:
    """Corresponding corners and sides."""
    one, other = step.args[:2]
    if step.theorem.startswith("mirror"):
        other = other[0] + other[:0:-1]
    yield from zip(one, other, strict=True)
    for i, j in ((0, 1), (1, 2), (2, 0)):
        yield one[i] + one[j], other[i] + other[j]


def _shown(pair: tuple[str, str], claims: list[Claim], told: str) -> bool:
    """Whether a text says that two parts are equal, or one thing."""
    head = "LengthOfLine" if len(pair[0]) == 2 else "MeasureOfAngle"

    def is_part(term: Term, part: str) -> bool:
        if term.head != head:
            return False
        points = term.points[0]
        return set(points) == set(part) if len(part) == 2 else points[len(points) // 2] == part

    if set(pair[0]) == set(pair[1]) and _SHARED.search(told):
        return True
    said = [c.statement.terms for c in claims if c.start < len(told) and c.statement.head == "Equal"]
    equal = {same_name(str(side)) for sides in said for side in sides if is_part(side, pair[0])}
    equations = [{same_name(str(side)) for side in sides} for sides in said]
    while more := [names for names in equations if names & equal and not names <= equal]:
        equal = equal.union(*more)
    return any(same_name(str(side)) in equal for sides in said for side in sides if is_part(side, pair[1]))
