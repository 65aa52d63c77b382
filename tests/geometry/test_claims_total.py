"""No claim can raise: whatever points, names and predicates a text puts together, each has its own verdict."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest

from redstar_geo.geometry import predicates
from redstar_geo.geometry.cdl import MEASURES, Term
from redstar_geo.geometry.claims import Claim, Facts, Reading, judge, judge_reading
from redstar_geo.geometry.claims.fidelity import fidelity
from redstar_geo.geometry.claims.meaning import OPEN_GROUPS, SHORTER
from redstar_geo.geometry.claims.wordings import WORDINGS
from redstar_geo.geometry.construct import construct
from redstar_geo.geometry.figure import Circle, Figure
from redstar_geo.geometry.proof import Proof

STATEMENTS = sorted(
    {*predicates.RELATIONS, *OPEN_GROUPS, *SHORTER, *predicates.BASIC, "Polygon", "Nonsense"} - MEASURES
)
COMPARED = ["Equal", "About", "Unequal", "Less", "AtMost"]
OPERATORS = ["Add", "Sub", "Mul", "Div", "Pow", "Neg", "sqrt", "Sin", "tan", "acos"]
TRUE, FALSE = (
    Term("Equal", (Term("Number", ("2",)),) * 2),
    Term("Equal", (Term("Number", ("2",)), Term("Number", ("3",)))),
)
ODD = {
    "a bisector of an angle with one letter": "OC bisects angle A",
    "and by its noun": "OC is the angle bisector of ∠A",
    "in Chinese": "OC平分∠A",
    "of a numbered angle": "AB bisects ∠1",
    "a letter that is no point": "QZ is perpendicular to angle X and QZ ∥ WV",
    "five corners": "ABCDE is a parallelogram",
    "six corners": "ABCDEF is a square",
    "one corner twice": "△ABC ∼ △AAB",
    "a midpoint of its own segment": "A is the midpoint of AB",
    "a median along a side": "BC is a median of triangle ABC",
    "a corner as incentre": "B is the incenter of triangle ABC",
    "triangle and quadrilateral": "△ABC ≅ △ABCD",
    "no such circle": "AB is tangent to circle Z and AB is a diameter of ⊙Q",
    "no such arc": "arc XY = 50° and arc ABC = arc Q",
    "division by nothing": "AB / (AC − AC) = 5",
    "angle and length": "∠A = AB",
    "four angles with one letter each": "∠A + ∠B + ∠C + ∠D = 360°",
    "many of them": "∠A + ∠B + ∠C + ∠D + ∠E + ∠F + ∠G + ∠O = 1080°",
}


def _facts() -> list[Facts]:
    right = Figure(
        {"A": (0, 4), "B": (3, 0), "C": (0, 0), "O": (1.5, 2), "D": (1, 0)}, ("AB", "BC", "CA"), {"O": Circle("O", 2.5)}
    )
    contradictory = Proof(("Equal(LengthOfLine(AB),5)", "Equal(LengthOfLine(AB),6)"), "LengthOfLine(AB)", "5", ())
    built = construct("isosceles", seed=1)
    return [
        Facts(Proof((), "LengthOfLine(AB)", "5", ()), (right,), ["BDC"]),
        Facts(contradictory),
        Facts(built.proof, (built.figure,)),
    ]


def _name(chance: random.Random) -> str:
    letters = "ABCDO" if chance.random() < 0.8 else "ABCDOQXZ"
    return "".join(chance.choice(letters) for _ in range(chance.choice([1, 2, 2, 3, 3, 3, 4, 5, 6])))


def _statement(head: str, chance: random.Random) -> Term:
    if head in COMPARED:
        return Term(head, (_value(chance, 0), _value(chance, 0)))
    groups = predicates.RELATIONS.get(head) or OPEN_GROUPS.get(head) or (2, 3)
    if chance.random() < 0.5:  # of the right sizes, whatever the letters
        names = ["".join(chance.choice("ABCDOQ") for _ in range(size)) for size in groups]
    else:
        names = [_name(chance) for _ in range(chance.choice([1, 1, 2, 2, 3]))]
    return Term(head, tuple(Term("Points", (name,)) for name in names))


def _value(chance: random.Random, depth: int) -> Term:
    kind = chance.random()
    if depth < 3 and kind < 0.3:
        head = chance.choice(OPERATORS)
        return Term(head, tuple(_value(chance, depth + 1) for _ in range(2 if head in OPERATORS[:5] else 1)))
    if kind < 0.45:
        return Term("Number", (chance.choice(["0", "1", "2", "5", "90", "0.5", "999999"]),))
    if kind < 0.55:
        return Term("Name", (chance.choice(["x", "y", "pi", "α"]),))
    return Term(chance.choice(sorted(MEASURES)), (Term("Points", (_name(chance),)),) * chance.choice([1, 1, 1, 2]))


def _phrases(chance: random.Random) -> Iterator[str]:
    """Wordings with objects of any size in the place of each of theirs."""
    signs = {
        "angle": "∠",
        "triangle": "△",
        "circle": "⊙",
        "arc": "arc ",
        "polygon": "quadrilateral ",
        "P": "",
        "segment": "",
    }
    for pattern, _ in WORDINGS:
        words = re.sub(r"\(\?[:<!=]+", "(", pattern.pattern)
        words = re.sub(r"[\\()?*+|^$]|\[[^\]]*\]", " ", words)
        yield " ".join(
            chance.choice(list(signs.values())) + _name(chance) if chance.random() < 0.4 else word
            for word in words.split()[:12]
        )


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_an_odd_claim_has_its_own_verdict_and_the_others_keep_theirs(text: str) -> None:
    for facts in _facts():
        judged = judge(f"2 + 2 = 4. {text}. 2 + 2 = 5.", facts)
        first, *odd, last = [decision.status for _, decision in judged.claims]
        assert (first, last) == ("true", "false")
        assert set(odd) <= {"true", "false", "unproven"}


def _fuzz(rounds: int) -> None:
    chance, known = random.Random(0), _facts()
    for _ in range(rounds):
        for facts in known:
            odd = [_statement(head, chance) for head in (*STATEMENTS, *COMPARED * 6)]
            for statement in odd:
                claims = [Claim(i, i + 1, "", term, "asserted") for i, term in enumerate((TRUE, statement, FALSE))]
                judged = judge_reading(Reading(tuple(claims), False), facts)
                assert [d.status for _, d in judged.claims][::2] == ["true", "false"], statement
                assert judged.claims[1][1].status in ("true", "false", "unproven")
                fidelity(judged, facts)
            judge(". ".join(_phrases(chance)), facts)


def test_no_predicate_raises_whatever_its_points() -> None:
    _fuzz(8)


@pytest.mark.long
def test_no_predicate_raises_at_length() -> None:
    _fuzz(150)
