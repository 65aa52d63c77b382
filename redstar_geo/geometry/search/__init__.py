"""A proof that nobody gave: theorems searched forward from the givens, guided by the figure, then replayed exactly.

Whatever is false of a figure that is fitted to the givens is never tried. Which equations follow from others is found
by linear algebra on their derivatives there (`knowledge`); what a goal hangs on is trimmed to little (`span`), and only
this goes through FormalGeo's solver, which makes the proof. All work is bounded by counts.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from redstar_geo.geometry import cdl
from redstar_geo.geometry.figure import Figure
from redstar_geo.geometry.fit import Fitted, fit
from redstar_geo.geometry.formal import FormalSolver, admitted
from redstar_geo.geometry.proof import Proof
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.geometry.search.deduction import Deduction
from redstar_geo.geometry.search.quantities import Quantities
from redstar_geo.geometry.state import Call, FormalProblem, State

_CANDIDATES, _CALLS = 3, 1_200_000  # sequences that are replayed, and function calls of each replay's equations
_TURNED = {"direction", "orientation"}


def prove(solver: FormalSolver, problem: Mapping[str, Any], figure: Figure | None = None) -> Proof:
    """A proof of a problem's answer; what the file has as its theorem sequence is not looked at.

    Args:
        problem: a FormalGeo problem file as read from JSON.
        figure: one of the problem, where it is known; else one is fitted.

    Raises:
        ReplayError: `bad_statement`, `not_fitted`, `no_proof_found`, or of the first sequence that was found, why its
            replay failed.
    """
    known = admitted({**problem, "theorem_seqs": ()})
    fitted = (
        Fitted((figure,))
        if figure is not None
        else fit(problem["construction_cdl"], known.givens, count=1, seconds=math.inf)
    )
    if not fitted.figures:
        raise ReplayError("not_fitted", fitted.reason)
    failure = ReplayError("no_proof_found")
    for number, calls in enumerate(islice(sequences(solver, known, fitted), _CANDIDATES)):
        try:
            proof, _ = solver.attempt(replace(known, theorems=tuple(calls)), calls=_CALLS)
        except ReplayError as error:
            failure = failure if number else error
        else:
            return replace(proof, moves=tuple(move for move in proof.moves if move.needed))
    raise failure


def sequences(solver: FormalSolver, problem: FormalProblem, fitted: Fitted) -> Iterator[list[Call]]:
    """Theorem sequences that should reach the goal, the likeliest first.

    Args:
        fitted: at least one figure of the problem.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the solver warns of each statement that its figure has no place for
        try:
            state = State(solver.language, problem)
        except cdl.CDLError as error:
            raise ReplayError("bad_statement", str(error)) from None
    figure: Figure = fitted.figures[0]
    quantities = Quantities(state, figure, directed=_TURNED.isdisjoint(fitted.departures))
    yield from Deduction(state, problem, quantities).candidates()
