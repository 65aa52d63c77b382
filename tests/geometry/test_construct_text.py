"""What a built-in problem says: the letters of its figure and no others, and all that a stranger needs."""

import math
import re

import pytest

from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct import FAMILIES, construct
from tests.bench.geometry_problems import letters_outside

SEEDS = [4, pytest.param(100, marks=pytest.mark.long)]
_POINT = re.compile(r"([A-Z])\((−?\d+), (−?\d+)\)")
_MIDPOINT = re.compile(r"([A-Z])(?: is the midpoint of |是)([A-Z])([A-Z])(?:的中点)?")
_ASKED = re.compile(r"(?<![A-Z])([A-Z])([A-Z])(?![A-Z])")


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("family", FAMILIES)
def test_each_letter_of_question_proof_and_picture_is_in_the_figure(family: str, seeds: int) -> None:
    for seed in range(seeds):
        arguments = 1 + seed % 10, ("en", "zh")[seed % 2], ("text", "picture", "both")[seed % 3]
        built = construct(family, seed, *arguments, split=("train", "test")[seed % 5 == 4])
        assert not letters_outside(built), built.problem.question


def solved_by_a_stranger(question: str) -> float:
    """The length that is asked for, from the coordinates that the text gives."""
    places = {name: tuple(float(v.replace("−", "-")) for v in (x, y)) for name, x, y in _POINT.findall(question)}
    for middle, a, b in _MIDPOINT.findall(question):
        places[middle] = tuple((p + q) / 2 for p, q in zip(places[a], places[b], strict=True))
    start, end = _ASKED.findall(question)[-1]
    return math.dist(places[start], places[end])


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("modality", ["text", "both"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("family", ["coordinate_distance", "coordinate_median"])
def test_a_stranger_solves_a_coordinate_problem_from_its_text(
    family: str, language: str, modality: str, seeds: int
) -> None:
    for seed in range(seeds):
        for split in ("train", "test"):
            problem = construct(family, seed, 1 + seed % 10, language, modality, split).problem
            length = solved_by_a_stranger(problem.question)
            assert length == pytest.approx(float(cdl.value(problem.answer)), rel=1e-9), problem.question
