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
from redstar_geo.pool import mapped
from redstar_geo.progress import progress
from redstar_geo.records import Problem

_TIMEOUT_S = 60.0
_Answered = tuple[Problem, str, bool]  # problem without images, response, whether its answer is right


def reasoning(answered: Sequence[_Answered], library: Path, gdl: Path | None) -> dict[str, Any]:
    """The figures of `fidelity.summary`, and how many answers have no proof to be compared with, by reason.

    Args:
        library: where proofs and figures are kept.
        gdl: FormalGeo's folder of predicates and theorems, for its problems.
    """
    geometry = [item for item in answered if item[0].domain == "geometry"]
    compared: list[tuple[Fidelity, bool]] = []
    without = Counter[str]({"not_geometry": len(answered) - len(geometry)})
    work = partial(_fidelity, library=library, gdl=gdl)
    outcomes: Iterable[Any] = mapped(work, geometry, len(os.sched_getaffinity(0)), _TIMEOUT_S)
    for (_, _, correct), found, failure in progress(outcomes, "judging steps", len(geometry)):
        if isinstance(found, Fidelity):
            compared.append((found, correct))
        else:
            without[str(failure if found is None else found)] += 1
    return summary(compared) | {"without_proof": {reason: count for reason, count in without.items() if count}}


def _fidelity(answered: _Answered, library: Path, gdl: Path | None) -> Fidelity | str:
    """In a worker process: the comparison, or why there is none."""
    problem, response, _ = answered
    with Library(library, gdl) as known:
        try:
            facts = known.facts(problem)
        except ReplayError as error:
            return error.reason
        return fidelity(judge(response, facts), facts)
