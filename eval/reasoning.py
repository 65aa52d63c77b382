"""Reasoning fidelity of an evaluation: the steps of each answer against the proof of its problem."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from redstar_geo.geometry.claims import judge
from redstar_geo.geometry.claims.fidelity import Fidelity, fidelity, summary
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.pool import decided, mapped
from redstar_geo.progress import progress
from redstar_geo.records import Problem
from redstar_geo.scores.summary import Attempt, best_of, best_over_majority, by_problem, maj_at, pass_at

_TIMEOUT_S = 600.0  # a safety net: proofs are bounded by work, claims by counts
_Answered = tuple[Problem, str]  # problem without images, response


def fidelities(answered: Sequence[_Answered], library: Path, gdl: Path | None) -> list[Fidelity | str]:
    """For every answer how much of its problem's proof it states, or why there is nothing to compare it with.

    Args:
        library: where proofs and figures are kept.
        gdl: FormalGeo's folder of predicates and theorems, for its problems.
    """
    judged: list[Fidelity | str] = [_out_of_reach(problem, gdl) for problem, _ in answered]
    places = [place for place, reason in enumerate(judged) if not reason]
    if not places:
        return judged
    geometry = [answered[place] for place in places]
    work = partial(_fidelity, library=library, gdl=gdl)
    outcomes: Iterable[Any] = decided(mapped(work, geometry, len(os.sched_getaffinity(0)), _TIMEOUT_S))
    for place, (_, outcome, failure) in zip(places, progress(outcomes, "judging steps", len(geometry)), strict=True):
        judged[place] = str(failure) if outcome is None else outcome
    return judged


def _out_of_reach(problem: Problem, gdl: Path | None) -> str:
    """Why no process need be started for it; "" if it may have a proof."""
    if problem.domain != "geometry":
        return "not_geometry"
    known = problem.source == "builtin" or (problem.source == "formalgeo7k" and gdl is not None)
    return "" if known else "no_formal_statement"


def reasoning(attempts: Sequence[Attempt], judged: Sequence[Fidelity | str]) -> dict[str, Any]:
    """The figures of `fidelity.summary`, and how many answers have no proof to be compared with, by reason."""
    pairs = list(zip(attempts, judged, strict=True))
    compared = [(one, attempt.correct) for attempt, one in pairs if isinstance(one, Fidelity)]
    without = Counter(one for one in judged if not isinstance(one, Fidelity))
    return summary(compared) | {"without_proof": dict(sorted(without.items()))}


def best_of_n(
    attempts: Sequence[Attempt],
    judged: Sequence[Fidelity | str],
    ks: Sequence[int],
    choices: dict[str, tuple[str, ...]],
) -> dict[str, Any]:
    """Best of k by the step judge beside the majority of k and pass@k, on the problems whose proofs are known.

    As the paper's Table 8 compares a reward model with the majority. An attempt scores the share of the proof's
    sub-goals that it states, less one for every false step; one that could not be judged comes last. `over_maj` is the
    difference to the majority.
    """
    known = {attempt.problem for attempt, one in zip(attempts, judged, strict=True) if isinstance(one, Fidelity)}
    pairs = [pair for pair in zip(attempts, judged, strict=True) if pair[0].problem in known]
    tried, scores = [attempt for attempt, _ in pairs], [_score(one) for _, one in pairs]
    fewest = min(map(len, by_problem(tried).values()), default=0)
    return {
        str(k): {
            "best_of": best_of(tried, scores, k).as_dict(),
            "over_maj": best_over_majority(tried, scores, k, choices).as_dict(),
            "maj": maj_at(tried, k, choices).as_dict(),
            "pass": pass_at(tried, k).as_dict(),
        }
        for k in ks
        if 1 < k <= fewest
    }


def _score(judged: Fidelity | str) -> float:
    if isinstance(judged, str):
        return -float("inf")
    return judged.stated / max(1, judged.subgoals) - judged.false_steps


def _fidelity(answered: _Answered, library: Path, gdl: Path | None) -> Fidelity | str:
    """In a worker process: the comparison, or why there is none."""
    problem, response = answered
    with Library(library, gdl) as known:
        try:
            facts = known.facts(problem)
        except ReplayError as error:
            return error.reason
        return fidelity(judge(response, facts), facts)
