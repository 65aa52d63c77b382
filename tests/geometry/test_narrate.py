import json
import re
from random import Random

import pytest
import sympy

from redstar_geo.answer import verify
from redstar_geo.answer.parse import parse
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.narrate import narrate
from redstar_geo.geometry.narrate.arithmetic import work
from redstar_geo.geometry.narrate.say import latex, number, say
from redstar_geo.geometry.narrate.theorems import phrase
from redstar_geo.geometry.narrate.voices import SLOTS
from redstar_geo.geometry.proof import Proof, Solve, Step
from tests.paths import FORMALGEO7K, needs_formalgeo7k

SUM = "Equal(Add(MeasureOfAngle(ABC),MeasureOfAngle(BCA),MeasureOfAngle(CAB)),180)"
SIDES = "Equal(LengthOfLine(AB),LengthOfLine(AC))"
ANGLES = Proof(
    givens=("Equal(MeasureOfAngle(ABC),87)", "Equal(MeasureOfAngle(BCA),58)"),
    goal="MeasureOfAngle(CAB)",
    answer="35",
    moves=(
        Step("isosceles_triangle_judgment_line_equal", ("ABC",), (SIDES,), (), False),
        Step("triangle_property_angle_sum", ("ABC",), (), (SUM,)),
        Solve("MeasureOfAngle(CAB)", "35", (SUM,), (("MeasureOfAngle(ABC)", "87"), ("MeasureOfAngle(BCA)", "58"))),
    ),
)


def built_in_proofs() -> list[Proof]:
    return [construct(family, seed, 1 + seed % 5).proof for family in FAMILIES for seed in range(6)]


@pytest.fixture(scope="module")
def real_proofs() -> list[Proof]:
    solver = FormalSolver(FORMALGEO7K / "gdl")
    files = sorted((FORMALGEO7K / "problems").glob("*.json"))[::120]
    return [solver.replay(json.loads(file.read_text())) for file in files]


PIECES = re.compile(r"\.\s|\.$|[\n：，。；:;,]|\? ")
LINE = re.compile(r"([\d\s.+−·/()√²π]+) = ([\d\s.+−·/()√π]+)")


def arithmetic_lines(text: str) -> list[tuple[str, str]]:
    return [match.groups() for piece in PIECES.split(text) if (match := LINE.fullmatch(piece.strip()))]


def check_arithmetic(text: str) -> int:
    """Every plain sum, product or quotient in a text holds; returns how many there were."""
    lines = arithmetic_lines(text)
    for left, right in lines:
        a, b = parse(left), parse(right)
        assert a is not None and b is not None, (left, right)
        assert a.number == b.number, f"{left} = {right}"
    return len(lines)


def test_sums_go_by_columns() -> None:
    working = work(ANGLES.moves[-1], "en")
    assert working.steps[:3] == ("80 + 50 = 130", "7 + 8 = 15", "130 + 15 = 145")
    assert working.steps[3:] == ("180 − 100 = 80", "80 − 40 = 40", "40 − 5 = 35")
    assert working.result == "∠CAB = 35°"
    assert work(ANGLES.moves[-1], "en", small=False).steps == ("87 + 58 = 145", "180 − 145 = 35")


def test_the_long_form_is_told_from_the_proof() -> None:
    told = narrate(ANGLES, form="long", seed=1)
    assert "∠ABC = 87°" in told.reasoning and "∠CAB = 35°" in told.reasoning
    assert told.response == "∠CAB = \\boxed{35^\\circ}"
    assert "35" not in narrate(ANGLES, form="short", seed=1).reasoning.replace("35°", "")


def test_dead_ends_come_only_from_the_proof() -> None:
    told = [narrate(ANGLES, form="long", seed=seed).reasoning for seed in range(40)]
    assert 5 < sum("AB = AC" in text for text in told) < 40
    without = Proof(ANGLES.givens, ANGLES.goal, ANGLES.answer, ANGLES.moves[1:])
    assert not any("AB = AC" in narrate(without, form="long", seed=seed).reasoning for seed in range(40))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_answer_is_verified_and_every_sum_holds_for_built_in_problems(language: str) -> None:
    checked = 0
    for seed, proof in enumerate(built_in_proofs()):
        long = narrate(proof, form="long", language=language, seed=seed)
        short = narrate(proof, form="short", language=language, seed=seed)
        for told in (long, short):
            assert verify(proof.answer, f"<think>\n{told.reasoning}\n</think>\n{told.response}").status == "correct"
            assert told.response.count("\\boxed{") == 1 and "\\boxed" not in told.reasoning
        assert len(long.reasoning) > len(short.reasoning)
        checked += check_arithmetic(long.reasoning)
    assert checked > 300


@needs_formalgeo7k
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_answer_is_verified_and_every_sum_holds_for_real_ones(real_proofs: list[Proof], language: str) -> None:
    checked = 0
    for seed, proof in enumerate(real_proofs):
        told = narrate(proof, form="long", language=language, seed=seed)
        assert verify(proof.answer, told.response).status == "correct", told.response
        checked += check_arithmetic(told.reasoning)
    assert checked > 80


def test_the_check_would_find_a_false_sum() -> None:
    with pytest.raises(AssertionError):
        check_arithmetic("Now: 80 + 50 = 131. Hence it holds.")
    assert check_arithmetic("36² = 1296. 1296 + 729 = 2025. √2025 = 45.") == 3


def test_the_same_seed_speaks_alike_and_others_differ() -> None:
    proof = construct("similar_triangles", 3, 2).proof
    texts = [narrate(proof, form="long", seed=seed).reasoning for seed in range(20)]
    assert texts == [narrate(proof, form="long", seed=seed).reasoning for seed in range(20)]
    assert len(set(texts)) == 20
    assert len({text.split()[0] for text in texts}) >= 4
    proofs = [construct("angle_sum", seed, 1).proof for seed in range(20)]
    one_voice = [narrate(proof, form="long", seed=seed, voices=1).reasoning for seed, proof in enumerate(proofs)]
    assert len({text[:3] for text in one_voice}) == 1


@pytest.mark.parametrize(
    ("statement", "english"),
    [
        (SUM, "∠ABC + ∠BCA + ∠CAB = 180°"),
        ("Equal(MeasureOfAngle(BCA),Mul(MeasureOfArc(OAB),1/2))", "∠BCA = (arc AB) / 2"),
        ("Equal(LengthOfLine(CB),5/3*x+11)", "CB = 5/3 · x + 11"),
        ("Equal(Add(Pow(LengthOfLine(CE),2),Pow(LengthOfLine(OE),2)),Pow(LengthOfLine(CO),2))", "CE² + OE² = CO²"),
        ("SimilarBetweenTriangle(ABC,DEF)", "△ABC ∼ △DEF"),
        ("IsMidpointOfArc(M,OAB)", "M is the midpoint of arc AB"),
        ("Equal(Sin(MeasureOfAngle(ABC)),3/5)", "sin ∠ABC = 3/5"),
    ],
)
def test_statements_in_words(statement: str, english: str) -> None:
    assert say(statement, "en") == english


def test_numbers_in_prose_and_in_latex() -> None:
    assert number(5 * sympy.sqrt(3)) == "5√3"
    assert number(sympy.Rational(7, 2)) == "3.5"
    assert number(sympy.Rational(2, 3)) == "2/3"
    assert latex("5*sqrt(3)/2", False) == r"\frac{5\sqrt{3}}{2}"
    assert latex("55", True) == r"55^\circ"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theorem", ["line_addition", "no_such_property_at_all", "something_formula"])
def test_no_theorem_is_unsayable(theorem: str, language: str) -> None:
    assert phrase(theorem, ("AB", "CD"), language, Random(0))


def test_both_languages_have_the_same_slots() -> None:
    assert SLOTS["en"].keys() == SLOTS["zh"].keys()
