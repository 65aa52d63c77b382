"""Does it look? Some problems are asked again: with another's picture, and without one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from redstar_geo.eval.items import Item
from redstar_geo.eval.pictures import NO_OTHER, other_pictures, shown
from redstar_geo.eval.questions import Questions
from redstar_geo.recipes.evaluation import EvalRecipe, Pictures
from redstar_geo.records import Problem
from redstar_geo.scores.paired import difference
from redstar_geo.scores.summary import Attempt, accuracy_of

_OTHERWISE: tuple[Pictures, ...] = ("swapped", "none")


def asked_again(questions: Questions, recipe: EvalRecipe) -> Questions:
    """The questions with those that are asked once more each way: `looks` of them, drawn by the seed, in their order.

    Only those are drawn for which there is another's picture, so that all three shares are of the same problems.
    Diagrams that are to be read are not: there another's picture is another question.
    """
    if recipe.pictures != "own" or questions.judged:
        return questions
    others = other_pictures(questions.problems, recipe.seed)
    can = [each for each in _pictured(questions) if each.id in others]
    drawn = set(random.Random(recipe.seed).sample(range(len(can)), min(recipe.looks, len(can))))
    asked = [each for place, each in enumerate(can) if place in drawn]
    again = {
        pictures: replace(
            questions,
            name=f"{questions.name}, pictures {pictures}",
            problems=shown(asked, questions.problems, pictures, recipe.seed, Counter()),
            rejected=Counter(),
            kept=f"items_{pictures}",
        )
        for pictures in _OTHERWISE
        if asked
    }
    return replace(questions, again=again)


def looks(questions: Questions, items: Sequence[Item], again: Mapping[Pictures, Sequence[Item]]) -> dict[str, Any]:
    """The accuracy with the own picture, with another's and with none, of the same problems and one attempt at each.

    `over_swapped` and `over_none` are how much the own picture adds, paired by problem; `no_other_picture` counts
    problems with a picture for which there is no other one.
    """
    asked = {item["id"] for item in again["swapped"]}
    own = [item for item in items if item["id"] in asked and item["sample"] == 0]
    attempts = {name: list(map(Attempt.of, each)) for name, each in (("own", own), *again.items())}
    right = {name: [each.correct for each in of_name] for name, of_name in attempts.items()}
    others = other_pictures(questions.problems, 0)
    return {
        "problems": len(asked),
        NO_OTHER: sum(each.id not in others for each in _pictured(questions)),
        **{name: accuracy_of(each).as_dict() for name, each in attempts.items()},
        **{f"over_{name}": difference(right[name], right["own"]).as_dict() for name in _OTHERWISE},
    }


def _pictured(questions: Questions) -> list[Problem]:
    return [each for each in questions.problems if each.images and each.answer_kind != "statements"]
