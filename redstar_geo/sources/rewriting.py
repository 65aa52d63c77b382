"""Further problems of a FormalGeo proof: the same figure and givens, asked for a quantity that it found on its way.

Prompt augmentation, which RedStar (arXiv 2501.11284) names as future work: nothing is guessed, since each new problem
has its own proof, a part of the old one, replayed before it is given out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any

from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct.wording import ask, can_ask
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.proof import Proof, Solve
from redstar_geo.geometry.replay import ReplayError

_END = {"problem_text_en": re.compile(r"(?s)(.*)\. (?=[A-Z])"), "problem_text_cn": re.compile(r"(?s)(.*)。(?=.)")}
_STRAIGHT = 180
_NAMED = re.compile(r"(?<![A-Za-z])[A-Z]+(?![a-z])")  # points, not heads of the formal language


def rewritten(raw: dict[str, Any], solver: FormalSolver, most: int) -> Iterator[dict[str, Any]]:
    """At most so many problem files; what the proof found last comes first, since most of the proof leads to it.

    What is asked for has letters that the problem itself names, is worked out by a theorem, and was no given.

    Raises:
        ReplayError: the problem has no proof, as `FormalSolver.replay` says.
        KeyError, TypeError, ValueError, AttributeError: the file is none of a problem.
    """
    proof = solver.replay(raw)
    named = set(_letters(" ".join([*raw["text_cdl"], *raw["image_cdl"], raw["goal_cdl"]])))
    asked = (solve for solve in reversed(proof.solves) if solve.unknown != proof.goal and _is_plain(solve, named))
    others = (_asked_for(solve, raw, solver) for solve in asked)
    return islice((other for other in others if other is not None), most)


def _is_plain(solve: Solve, named: set[str]) -> bool:
    """Whether people can be asked for it. An angle past 180° has the name of the one that they would take it for."""
    if not can_ask(solve.unknown) or not named.issuperset(_letters(solve.unknown)):
        return False
    return cdl.parse(solve.unknown).head != "MeasureOfAngle" or float(cdl.value(solve.value)) < _STRAIGHT


def _letters(text: str) -> str:
    return "".join(_NAMED.findall(text))


def _asked_for(solve: Solve, raw: dict[str, Any], solver: FormalSolver) -> dict[str, Any] | None:
    """The problem of this quantity with no more theorems than it needs; None if it needs none, or has no proof."""
    other = {**raw, "goal_cdl": f"Value({solve.unknown})", "problem_answer": solve.value}
    try:
        other["theorem_seqs"] = _needed(solver.replay(other), raw["theorem_seqs"])
        solver.replay(other)
    except ReplayError:
        return None
    chance = Random(f"{raw['problem_id']}/{solve.unknown}")
    for column, (text, end) in enumerate(_END.items()):
        if (told := end.match(raw[text])) is None:
            return None
        other[text] = f"{told[0]}{ask(solve.unknown, column, chance)}"
    other["problem_level"] = len(other["theorem_seqs"])
    return other if other["theorem_seqs"] else None


def _needed(proof: Proof, calls: list[str]) -> list[str]:
    """Of the applications of theorems, those on which the goal rests, in their order."""
    needed = {(step.theorem, "".join(step.args)) for step in proof.steps if step.needed}
    return [call for call in calls if _application(call) in needed]


def _application(call: str) -> tuple[str, str]:
    name, _, inside = call.rstrip(")").partition("(")
    return name, re.sub(r"[\d,]", "", inside)
