"""Whose picture a question shows: its own, another problem's, or none. A model that looks answers accordingly."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

from redstar_geo.recipes.evaluation import Pictures
from redstar_geo.records import Image, Problem

NO_OTHER = "no_other_picture"  # why a problem cannot be asked with another's


def shown(
    problems: Sequence[Problem], pool: Sequence[Problem], pictures: Pictures, seed: int, rejected: Counter[str]
) -> list[Problem]:
    """The problems as they are asked; those that have no picture anyway stay as they are.

    Args:
        pool: where others' pictures are taken from; the problems are among them.
        rejected: takes the number of those for which there is no other picture.
    """
    if pictures == "own":
        return list(problems)
    if pictures == "none":
        return [replace(problem, images=()) for problem in problems]
    others = other_pictures(pool, seed)
    kept = [each for each in problems if not each.images or each.id in others]
    if len(kept) < len(problems):
        rejected[NO_OTHER] += len(problems) - len(kept)
    return [replace(each, images=others.get(each.id, ())) for each in kept]


def other_pictures(problems: Sequence[Problem], seed: int) -> dict[str, tuple[Image, ...]]:
    """Problem → the pictures of another with another answer: what is right by the one is wrong by the other.

    Of one with the same question where there is one, else of the same family, else of any. In each such group problems
    stand in an order drawn by the seed, and each shows the next fitting picture, so that few are shown twice.
    """
    order = [problem for problem in problems if problem.images]
    random.Random(seed).shuffle(order)
    groups: dict[Hashable, list[Problem]] = {}
    places = []
    for problem in order:
        keys = list(_groups(problem))
        places.append([(key, len(groups.setdefault(key, []))) for key in keys])
        for key in keys:
            groups[key].append(problem)
    found = {}
    for problem, at in zip(order, places, strict=True):
        candidates = (each for key, place in at for each in (*groups[key][place + 1 :], *groups[key][:place]))
        other = next((each for each in candidates if _other(problem, each)), None)
        if other is not None:
            found[problem.id] = other.images
    return found


def _groups(problem: Problem) -> Iterator[Hashable]:
    """The closest kin first; values in the picture and values in the text are other kinds of question."""
    kind = str(problem.meta.get("family", problem.source)), str(problem.meta.get("modality"))
    yield (*kind, problem.question)
    yield kind
    yield ()


def _other(problem: Problem, other: Problem) -> bool:
    own = {image.sha256 for image in problem.images}
    return problem.answer != other.answer and own.isdisjoint(image.sha256 for image in other.images)
