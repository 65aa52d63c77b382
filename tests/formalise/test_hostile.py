"""Random and contradictory statements, many of them: typed results, by bounded work."""

import random

import pytest

from redstar_geo.formalise import Depiction, Said, in_words, read_question, solve
from redstar_geo.formalise.conflict import MOST_FITS
from redstar_geo.formalise.solve import Outcome, Solution
from redstar_geo.geometry import cdl

_OUTCOMES = Outcome.__args__  # type: ignore[attr-defined]
_FORMS = (
    "Equal(LengthOfLine({}{}),{n})",
    "Equal(MeasureOfAngle({}{}{}),{n})",
    "Equal(MeasureOfArc({}{}{}),{n})",
    "Equal(LengthOfLine({}{}),LengthOfLine({}{}))",
    "Equal(AreaOfTriangle({}{}{}),Mul({n},x))",
    "ParallelBetweenLine({}{},{}{})",
    "PerpendicularBetweenLine({}{},{}{})",
    "IsMidpointOfLine({},{}{})",
    "IsBisectorOfAngle({}{},{}{}{})",
    "IsTangentOfCircle({}{},{})",
    "IsDiameterOfCircle({}{},{})",
    "SimilarBetweenTriangle({}{}{},{}{}{})",
    "Square({}{}{}{})",
    "SomeRight({}{}{})",
    "Collinear({}{}{})",
    "Cocircular({},{}{}{})",
    "Between({}{},{})",
    "SameOrientation({}{}{},{}{}{})",
    "MinorArc({}{}{})",
)
_GOALS = ("Find ∠ABC.", "Find AB.", "Find x.", "Find the area of △ABC.", "Find the measure of arc OAB.")


def drawn(chance: random.Random) -> Depiction:
    """Up to five statements about six points; points may be named twice."""
    texts = []
    for form in chance.choices(_FORMS, k=chance.randint(1, 5)):
        points = [chance.choice("ABCDEO") for _ in range(form.count("{}"))]
        texts.append(form.format(*points, n=chance.choice((0, 1, 7, 90, 181, 10**9))))
    said = tuple(Said(cdl.parse(text), text, "picture") for text in texts)
    return Depiction((), said, chance.random() < 0.5)


def run(count: int, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(count):
        solution = solve(read_question(chance.choice(_GOALS)), drawn(chance), explain=False)
        assert isinstance(solution, Solution) and solution.outcome in _OUTCOMES
        assert (solution.value is not None) == (solution.outcome == "answered")


def contradictory(count: int, seed: int) -> None:
    """A triangle with its three sides and an angle that these do not give."""
    chance = random.Random(seed)
    for _ in range(count):
        a, b = chance.randint(3, 20), chance.randint(3, 20)
        c, angle = chance.randint(abs(a - b) + 1, a + b - 1), chance.randint(1, 179)
        cosine = (a * a + b * b - c * c) / (2 * a * b)
        sides = f"lines AB, BC, CA; BC = {a}; CA = {b}; AB = {c}; ∠ACB = {angle}°"
        solution = solve(read_question("Find ∠ABC."), in_words(sides))
        agrees = abs(cosine - float(cdl.value(f"cos({angle}*pi/180)").evalf())) < 1e-9
        assert agrees or solution.outcome in ("contradiction", "no figure"), sides
        assert solution.conflict is None or len(solution.conflict.statements) <= 4
    assert MOST_FITS <= 32


def test_random_statements() -> None:
    run(12, 1)


def test_contradictory_statements() -> None:
    contradictory(2, 1)


@pytest.mark.long
def test_ten_thousand_random_statements() -> None:
    run(3_400, 2)  # of three statements each, on average


@pytest.mark.long
def test_two_hundred_contradictory_statements() -> None:
    contradictory(200, 2)
