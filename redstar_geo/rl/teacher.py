"""The solver as teacher, in the processes that grade: without torch, as they are."""

from __future__ import annotations

from pathlib import Path

from redstar_geo.geometry.continuation import Continuation, continued
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.narrate.theorems import Language
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.records import Problem
from redstar_geo.rl.rollout import Rollout


def told_on(
    answered: tuple[Problem, Rollout], library: Path, gdl: str | None, voices: int | None, seed: int
) -> Continuation | str:
    """How the solver tells a response on from its first false claim, or why it does not.

    Args:
        library: as of `Rewarder`; gdl: as of `RewardSettings`; voices, seed: as of `continued`.
    """
    problem, rollout = answered
    trace, language = rollout.trace, _language(problem)
    if trace.reasoning not in rollout.text:  # of thoughts in several places no place is known
        return "thoughts_apart"
    with Library(library, None if gdl is None else Path(gdl)) as known:
        try:
            facts = known.facts(problem)
        except ReplayError:
            return "no_proof"
        found = continued(trace.reasoning, trace.response, facts, language, voices, seed)
    return "no_false_step" if found is None else found


def _language(problem: Problem) -> Language:
    return "zh" if problem.language == "zh" else "en"
