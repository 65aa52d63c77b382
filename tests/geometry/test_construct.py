"""Built-in problems: true in the figure, exact by sympy, reproducible, split by numbers."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from redstar_geo.errors import InputError
from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct import FAMILIES, ConstructionError, construct, rebuild, split_of, validate
from redstar_geo.geometry.construct.deduction import Deduction, DeductionError
from redstar_geo.geometry.construct.exact import PI, Exact, ExactError, constant, root, sine
from redstar_geo.geometry.construct.wording import question
from redstar_geo.geometry.figure import measure
from redstar_geo.geometry.proof import Proof, Solve, Step
from redstar_geo.records import Problem, from_table, to_table

EVERY = pytest.mark.parametrize("family", FAMILIES)
# Coordinates cannot be read off a picture without axes: the text always has them.
DRAWN = pytest.mark.parametrize("family", [family for family in FAMILIES if not family.startswith("coordinate")])
rational = st.fractions(-20, 20, max_denominator=12)
surd = st.builds(lambda a, b, n: a + b * root(n), rational, rational, st.integers(2, 12))


@given(surd, surd)
def test_exact_arithmetic_agrees_with_sympy(a: Exact, b: Exact) -> None:
    x, y = (cdl.value(number.text()) for number in (a, b))
    for ours, theirs in ((a + b, x + y), (a - b, x - y), (a * b, x * y)):
        assert sympy.expand(cdl.value(ours.text()) - theirs) == 0
    if b != 0 and len(b.terms) < 3:
        assert float(a / b) == pytest.approx(float(x / y), rel=1e-9, abs=1e-9)
        assert (a / b) * b == a


def test_exact_numbers_are_written_as_in_books_and_read_back() -> None:
    for number, text, pretty in (
        (root(75), "5*sqrt(3)", "5√3"),
        (root(3) * 5 / 2, "5*sqrt(3)/2", "5√3/2"),
        (PI * 9, "9*pi", "9π"),
        (Exact.of(Fraction(15, 2)), "15/2", "7.5"),
        (Exact.of(Fraction(-11, 3)), "-11/3", "-11/3"),
        (2 - root(3), "2-sqrt(3)", "2-√3"),
        (root(Fraction(3, 4)), "sqrt(3)/2", "√3/2"),
        (sine(Fraction(120)), "sqrt(3)/2", "√3/2"),
        (Exact.of(0), "0", "0"),
    ):
        assert (number.text(), number.pretty()) == (text, pretty)
        assert constant(text) == number
    with pytest.raises(ExactError):
        (1 + root(2)).sqrt()
    with pytest.raises(ExactError):
        sine(Fraction(50))


def test_a_theorem_needs_its_premises() -> None:
    deduction = Deduction(("Equal(MeasureOfAngle(BAC),40)",), "MeasureOfAngle(ABC)")
    with pytest.raises(DeductionError):
        deduction.apply("isosceles_triangle_property_angle_equal", "ABC")
    with pytest.raises(DeductionError):
        deduction.solve("MeasureOfAngle(ABC)", *deduction.apply("triangle_property_angle_sum", "ABC"))
    with pytest.raises(DeductionError):
        deduction.proof()


def test_names_of_one_measure_are_unified_and_needless_moves_marked() -> None:
    givens = ("Rectangle(ABCD)", "Equal(LengthOfLine(BA),3)", "Equal(LengthOfLine(BC),4)")
    deduction = Deduction(givens, "LengthOfLine(CA)")
    deduction.attempt("isosceles_triangle_judgment_line_equal", "BAC")
    deduction.apply("parallelogram_property_opposite_angle_equal", "ABCD")
    deduction.apply("right_triangle_judgment_angle", "ABC")
    deduction.solve("LengthOfLine(AC)", *deduction.apply("right_triangle_property_pythagorean", "ABC"))
    proof = deduction.proof()
    assert proof.answer == "5"
    assert isinstance(proof.moves[-1], Solve) and proof.moves[-1].unknown == proof.goal == "LengthOfLine(CA)"
    needless = [move.theorem for move in proof.moves if isinstance(move, Step) and not move.needed]
    assert "isosceles_triangle_judgment_line_equal" in needless
    assert "parallelogram_property_opposite_angle_equal" in needless
    unfolded = [move.conclusions[0] for move in proof.moves if isinstance(move, Step) and move.theorem == "definition"]
    assert "Equal(MeasureOfAngle(ABC),90)" in unfolded


@EVERY
@pytest.mark.parametrize("difficulty", [1, 4, 10])
def test_problems_are_true_exact_and_complete(family: str, difficulty: int) -> None:
    for seed in range(6):
        language, modality = ("en", "zh")[seed % 2], ("text", "picture", "both")[seed % 3]
        built = construct(family, seed, difficulty, language, modality)
        problem, proof = built.problem, built.proof
        answer = float(cdl.value(problem.answer))
        assert measure(built.figure, cdl.parse(proof.goal)) == pytest.approx(answer, rel=1e-9)
        assert_proof_is_sound(proof)
        assert len(set(problem.choices)) == 4
        right = problem.choices["ABCD".index(problem.meta["choice_letter"])].removesuffix("°")
        assert right == constant(problem.answer).pretty()
        assert "{" not in problem.question and problem.question[-1] in ".?。？"


def assert_proof_is_sound(proof: Proof) -> None:
    """With sympy instead of our own arithmetic: what is used is known, and each value solves its equations."""
    known = set(proof.givens)
    for move in proof.moves:
        if isinstance(move, Step):
            bare = [premise for premise in move.premises if not premise.startswith("Equal")]
            assert not move.conclusions or known.issuperset(bare)
            known |= set(move.conclusions)
            assert move.conclusions or not move.needed
        else:
            assert set(move.equations) <= known
            values = {cdl.parse(unknown): cdl.value(value) for unknown, value in move.known}
            values[cdl.parse(move.unknown)] = cdl.value(move.value)
            residues = [cdl.to_sympy(cdl.parse(equation), values) for equation in move.equations]
            auxiliary = sorted(set().union(*(residue.free_symbols for residue in residues)), key=str)
            assert sympy.linsolve(residues, auxiliary) if auxiliary else all(r.equals(0) for r in residues)
    last = proof.moves[-1]
    assert isinstance(last, Solve) and last.needed and (last.unknown, last.value) == (proof.goal, proof.answer)


@EVERY
def test_same_arguments_same_bytes_and_the_record_rebuilds_itself(family: str) -> None:
    built = construct(family, 5, 3, "zh", "both", "test")
    (problem,) = from_table(Problem, to_table(Problem, [built.problem]))
    again = rebuild(problem)
    assert again == built
    assert again.problem.images[0].data == built.problem.images[0].data


@DRAWN
def test_languages_and_modalities_tell_the_same_problem(family: str) -> None:
    built = [construct(family, 9, 2, lang, mode) for lang in ("en", "zh") for mode in ("text", "picture", "both")]
    assert len({b.proof for b in built}) == 1
    assert len({b.problem.id for b in built}) == 6
    assert len({b.problem.images[0].sha256 for b in built}) == 2


@DRAWN
def test_values_stand_where_the_modality_says(family: str) -> None:
    for seed in range(8):
        told = construct(family, seed, 2, "en", "text")
        shown = construct(family, seed, 2, "en", "picture")
        values = [constant(given.rsplit(",", 1)[1][:-1]).pretty() for given in told.proof.givens if given[-2].isdigit()]
        assert all(value in told.problem.question for value in values)
        assert not any(mark.text.strip("°?") for mark in told.figure.marks)
        drawn = {mark.text.strip("°") for mark in shown.figure.marks} | {"90"}
        assert all(value in drawn or value in shown.problem.question for value in values)
        assert len(shown.problem.question) <= len(told.problem.question) + 60


@EVERY
def test_train_and_test_share_no_numbers(family: str) -> None:
    tuples = {}
    for split in ("train", "test"):
        problems = [construct(family, seed, 1 + seed % 2, split=split).problem for seed in range(12)]
        tuples[split] = {tuple(sorted(problem.meta["numbers"])) for problem in problems}
        for numbers in tuples[split]:
            assert split_of(family, tuple(constant(number) for number in reversed(numbers))) == split
    assert not tuples["train"] & tuples["test"]


def test_a_false_statement_is_caught_by_the_figure() -> None:
    built = construct("angle_sum", 0)
    validate(built.figure, built.proof)
    wrong = replace(built.proof, answer=str(int(built.proof.answer) + 1))
    with pytest.raises(ConstructionError):
        validate(built.figure, wrong)
    with pytest.raises(ConstructionError):
        validate(built.figure, replace(built.proof, givens=(*built.proof.givens, f"Equal({built.proof.goal},1)")))


@pytest.mark.parametrize(
    "arguments",
    [
        ("angel_sum", 0),
        ("angle_sum", -1),
        ("angle_sum", 0, 11),
        ("angle_sum", 0, 1, "de"),
        ("angle_sum", 0, 1, "en", "x"),
    ],
)
def test_wrong_arguments_are_the_users_error(arguments: tuple) -> None:
    with pytest.raises(InputError):
        construct(*arguments)


@pytest.mark.parametrize("language", [0, 1])
def test_a_question_whose_givens_all_stand_in_the_picture_says_so(language: int) -> None:
    asked = {question("", [], "MeasureOfAngle(ABC)", language, Random(seed), read=True) for seed in range(50)}
    assert len(asked) > 5
    assert all(text[0].isalpha() and ("图" if language else "figure") in text for text in asked)
