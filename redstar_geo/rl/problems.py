"""The problems that a policy practises on, and which of them a step asks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from redstar_geo.errors import InputError
from redstar_geo.records import Problem, read


def read_problems(paths: Sequence[str], sees: bool) -> list[Problem]:
    """All problems of the files.

    Args:
        sees: whether the policy takes images.

    Raises:
        InputError: a file that cannot be read, no problems, an id twice, or pictures that the policy would not see.
    """
    problems: dict[str, Problem] = {}
    for path in paths:
        try:
            found = list(read(Problem, Path(path)))
        except (OSError, ValueError, KeyError) as error:
            raise InputError(
                f"problems={path} cannot be read as problems ({error}). Give the problems.parquet of a run of "
                "`redstar-geo data`."
            ) from None
        for problem in found:
            if problem.id in problems:
                raise InputError(f"Problem {problem.id} is twice in {', '.join(paths)}. Give each problem once.")
            problems[problem.id] = problem
    if not problems:
        raise InputError(f"problems={', '.join(paths)} hold no problems. Give a run that has some.")
    pictured = [problem.id for problem in problems.values() if problem.images]
    if pictured and not sees:
        raise InputError(
            f"{len(pictured)} of {len(problems)} problems have pictures (as {pictured[0]}), and the model sees none. "
            "Give a model that does, or problems without pictures."
        )
    return list(problems.values())


def asked(problems: int, a_step: int, seed: int, step: int) -> list[int]:
    """Which of so many problems step 1, 2, … asks: one shuffled epoch after the other.

    It follows from its arguments alone, so that a resumed training asks what an undisturbed one would have asked.
    """
    orders: dict[int, list[int]] = {}
    chosen = []
    for place in range((step - 1) * a_step, step * a_step):
        epoch, at = divmod(place, problems)
        if epoch not in orders:
            orders[epoch] = list(range(problems))
            Random(f"practice/{seed}/{epoch}").shuffle(orders[epoch])
        chosen.append(orders[epoch][at])
    return chosen
