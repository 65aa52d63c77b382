"""Pairs with one question and two answers: all that differs is what stands in the picture."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from redstar_geo.errors import InputError
from redstar_geo.geometry.construct import construct, rebuild
from redstar_geo.geometry.figure import Figure
from redstar_geo.geometry.library import Library
from redstar_geo.records import Problem
from redstar_geo.sources import catalogue
from redstar_geo.sources.catalogue import CounterfactualSource
from redstar_geo.sources.counterfactual import PAIRED


def pairs_of(**source: object) -> list[tuple[Problem, Problem]]:
    values = {"kind": "counterfactual", "pairs": len(PAIRED), "split": "test", **source}
    items = [item for item in catalogue.read(CounterfactualSource.model_validate(values)) if isinstance(item, Problem)]
    return list(zip(items[::2], items[1::2], strict=True))


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Problem, Problem]]:
    return pairs_of()


def test_every_family_has_pairs_with_one_question_and_two_answers(pairs: list[tuple[Problem, Problem]]) -> None:
    assert Counter(first.meta["family"] for first, _ in pairs) == dict.fromkeys(PAIRED, 1)
    for first, other in pairs:
        assert first.question == other.question and first.answer != other.answer
        assert first.images != other.images and not first.choices and not other.choices
        assert first.id == first.meta["pair"] == other.meta["pair"] != other.id
        assert first.split == other.split == "test"
        assert not set(first.meta["numbers"]) <= set(first.question.split()), "the values stand in the picture"


def test_the_figures_are_drawn_alike(pairs: list[tuple[Problem, Problem]]) -> None:
    def drawn(figure: Figure) -> tuple[object, ...]:
        return set(figure.points), figure.segments, figure.dashed, set(figure.circles)

    for first, other in pairs:
        one, two = rebuild(first), rebuild(other)
        assert drawn(one.figure) == drawn(two.figure)
        assert set(one.figure.marks) != set(two.figure.marks), "with other values in them"


def test_both_have_proofs_of_their_own_and_the_first_is_an_ordinary_problem(
    pairs: list[tuple[Problem, Problem]],
) -> None:
    with Library(None, None) as library:
        for pair in pairs[::4]:
            assert [library.proof(each).answer for each in pair] == [each.answer for each in pair]
            assert [replace(rebuild(each).problem, choices=()) for each in pair] == list(pair)
            first = pair[0].meta
            built = construct(first["family"], first["seed"], first["difficulty"], "en", "picture", "test").problem
            assert (built.question, built.images, built.id) == (pair[0].question, pair[0].images, pair[0].id)


def test_no_pair_comes_twice_and_a_family_that_has_no_more_gives_up_its_turn() -> None:
    found = pairs_of(families=["angle_sum", "circle_area"], pairs=8, difficulty=[1])
    assert len({frozenset(each.images[0].sha256 for each in pair) for pair in found}) == len(found) == 8
    assert Counter(first.meta["family"] for first, _ in found) == {"angle_sum": 4, "circle_area": 4}


def test_families_whose_values_stand_in_the_text_are_refused() -> None:
    with pytest.raises(InputError, match=r"coordinate_distance.*make no counterfactual pairs"):
        pairs_of(families=["coordinate_distance"])
