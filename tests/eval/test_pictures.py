"""Whose picture is shown: never the own one where another's is wanted, and then one that asks for another answer."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from redstar_geo.errors import InputError
from redstar_geo.eval.compare import main as compare
from redstar_geo.eval.pictures import other_pictures, shown
from redstar_geo.eval.run import main
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipe import check
from redstar_geo.recipes.evaluation import CompareRecipe, EvalRecipe
from redstar_geo.sources import builtin
from tests.train.small import SIZE, problem, write_problems

BUILT = list(builtin.problems(["angle_sum", "isosceles"], 30, 0, [1], modality="mixed"))


def test_another_picture_is_of_the_same_kind_and_has_another_answer() -> None:
    others = other_pictures(BUILT, 0)
    assert others.keys() == {each.id for each in BUILT}
    for each in BUILT:
        owners = [one for one in BUILT if one.images == others[each.id]]
        assert each.answer not in {one.answer for one in owners} and each.images != others[each.id]
        assert {one.meta["family"] for one in owners} == {each.meta["family"]}
        assert each.meta["modality"] in {one.meta["modality"] for one in owners}, "a right angle is in all three"
    assert len({images[0].sha256 for images in others.values()}) > len(BUILT) // 3, "few are shown twice"


def test_the_same_question_comes_first_and_any_other_problem_last() -> None:
    first, same, kin, far = (problem(number) for number in (1, 2, 4, 3))
    same = replace(same, question=first.question)
    assert other_pictures([first, kin, same, far], 0)[first.id] == same.images
    assert other_pictures([first, kin, far], 0)[first.id] == kin.images
    assert other_pictures([first, far], 0)[first.id] == far.images


def test_the_seed_decides_and_nothing_else() -> None:
    assert other_pictures(BUILT, 1) == other_pictures(BUILT, 1) != other_pictures(BUILT, 2)


def test_without_another_picture_or_answer_a_problem_is_counted() -> None:
    one, text = problem(1), problem(2, with_picture=False)
    twins = [one, replace(one, id="same/picture", answer="7"), replace(problem(4), answer=one.answer), text]
    rejected = Counter[str]()
    asked = shown(twins, twins, "swapped", 0, rejected)
    assert {each.id for each in asked} == {"same/picture", "small/4", text.id}
    assert rejected == {"no_other_picture": 1}
    assert [each.images for each in asked if each.id == "same/picture"] == [twins[2].images]
    assert [each.images for each in shown(twins, twins, "none", 0, rejected)] == [()] * 4
    assert shown(twins, twins, "own", 0, rejected) == twins and rejected.total() == 1


def test_a_limit_asks_the_same_problems_whatever_they_show(tmp_path: Path) -> None:
    build_tiny(tmp_path / "model", ["Find the angle."], TinySize(**SIZE), seed=0)
    path = write_problems(tmp_path / "problems.parquet", BUILT)
    values = {"model": str(tmp_path / "model"), "problems": str(path), "limit": 4, "max_new_tokens": 2}
    asked = {}
    for pictures in ("own", "swapped", "none"):
        run = tmp_path / pictures
        main(check(EvalRecipe, values | {"run": str(run), "pictures": pictures, "dtype": "float32"}, "test"))
        asked[pictures] = [json.loads(line)["id"] for line in (run / "items.jsonl").read_text().splitlines()]
    assert asked["own"] == asked["swapped"] == asked["none"] and len(asked["own"]) == 4
    found = compare(CompareRecipe(first=str(tmp_path / "own"), second=str(tmp_path / "swapped")))
    assert found["problems"] == 4


def test_a_file_in_which_nothing_can_be_swapped_is_told(tmp_path: Path) -> None:
    path = write_problems(tmp_path / "one.parquet", [problem(1)])
    recipe = EvalRecipe(run=str(tmp_path / "run"), model="m", problems=str(path), pictures="swapped")
    with pytest.raises(InputError, match=r"pictures=swapped.*no_other_picture"):
        main(recipe)
