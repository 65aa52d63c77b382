"""A link leads back to its question."""

from urllib.parse import parse_qs

import pytest

from redstar_geo.errors import InputError
from redstar_geo.geometry.construct import construct
from redstar_geo.viewing.permalink import builtin_problem, link, own_problem


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("modality", ["text", "picture", "both"])
@pytest.mark.parametrize("split", ["train", "test"])
def test_a_builtin_problem_comes_back_whole(language: str, modality: str, split: str) -> None:
    problem = construct("pythagoras", 12, 3, language, modality, split).problem
    (name,) = parse_qs(link(problem).removeprefix("?"))["problem"]
    assert builtin_problem(name) == problem


def test_an_own_question_comes_back() -> None:
    asked = own_problem("求 $\\angle A$ & <b>?", None)
    assert asked.language == "zh"
    assert parse_qs(link(asked).removeprefix("?"))["question"] == [asked.question]


def test_other_names_are_no_builtin_problems() -> None:
    assert builtin_problem("formalgeo7k/1") is None and builtin_problem("builtin/x/en-1-1; rm") is None
    with pytest.raises(InputError):
        builtin_problem("builtin/nonsense/en-1-000001")
