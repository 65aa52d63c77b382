"""The problems that a policy is trained on, and which of them are a step's prompts."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from redstar_geo import records
from redstar_geo.errors import InputError
from redstar_geo.records import Problem


def read_problems(paths: Sequence[str], sees: bool) -> list[Problem]:
    """All problems of the files.

    Args:
        sees: whether the policy takes images.

    Raises:
        InputError: a file that cannot be read, no problems, an id twice, or pictures that the policy would not see.
    """
    problems: dict[str, Problem] = {}
    for path in paths:
        for problem in records.read_problems(path, "problems", sees):
            if problem.id in problems:
                raise InputError(f"Problem {problem.id} is twice in {', '.join(paths)}. Give each problem once.")
            problems[problem.id] = problem
    return list(problems.values())


def of_step(
    problems: int, prompts: int, seed: int, step: int, rounds: int = 1, longest: int | None = None
) -> list[int]:
    """Which of so many problems are the prompts of step 1, 2, …: one shuffled epoch after the other.

    It follows from its arguments alone, so that a resumed training goes on with the prompts of an undisturbed one.

    Args:
        rounds: how often a step may ask so many prompts; those of all its rounds are returned, in turn.
        longest: which problem has the longest prompt; it is the first of all, so that memory fails at once or never.
    """
    orders: dict[int, list[int]] = {}
    chosen = []
    for place in range((step - 1) * rounds * prompts, step * rounds * prompts):
        epoch, at = divmod(place, problems)
        if epoch not in orders:
            orders[epoch] = list(range(problems))
            Random(f"practice/{seed}/{epoch}").shuffle(orders[epoch])
            if longest is not None and epoch == 0:
                own, first = orders[0].index(longest), orders[0][0]
                orders[0][0], orders[0][own] = longest, first
        chosen.append(orders[epoch][at])
    return chosen
