"""What a built-in problem says: the letters of its figure and no others, and all that a stranger needs."""

import pytest

from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct import FAMILIES, construct
from tests.bench.geometry_problems import letters_outside
from tests.geometry.stranger import NotUnderstood, answer

SEEDS = [4, pytest.param(100, marks=pytest.mark.long)]


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("family", FAMILIES)
def test_each_letter_of_question_proof_and_picture_is_in_the_figure(family: str, seeds: int) -> None:
    for seed in range(seeds):
        arguments = 1 + seed % 10, ("en", "zh")[seed % 2], ("text", "picture", "both")[seed % 3]
        built = construct(family, seed, *arguments, split=("train", "test")[seed % 5 == 4])
        assert not letters_outside(built), built.problem.question


@pytest.mark.parametrize("seeds", [1, pytest.param(20, marks=pytest.mark.long)])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_stranger_solves_every_problem_from_its_text(family: str, language: str, seeds: int) -> None:
    for seed in range(seeds):
        number, modality = 2 * seed + (language == "zh"), ("text", "both")[seed % 2]
        built = construct(family, number, 1 + number % 10, language, modality, split=("train", "test")[seed % 3 == 2])
        found = answer(built.problem.question, built.figure.points)
        assert found == pytest.approx(float(cdl.value(built.problem.answer)), rel=1e-6), built.problem.question


def test_a_stranger_has_no_answer_where_a_given_is_missing_or_a_sentence_is_strange() -> None:
    question, picture = "In △ABC, AB = 3, BC = 4 and ∠ABC = 90°. Find AC.", {"A": (0, 3), "B": (0, 0), "C": (4, 0)}
    assert answer(question, picture) == pytest.approx(5)
    assert answer(question.replace(" and ∠ABC = 90°", ""), picture) is None
    assert answer(question.replace(", BC = 4", ""), picture) is None
    with pytest.raises(NotUnderstood):
        answer(question.replace("and", "and ABC is acute and"), picture)
