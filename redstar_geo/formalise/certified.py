"""Problems as the other rooms have them → certificates, a reward, and answers to learn from, without gold answers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from redstar_geo.formalise.certificate import Certificate, decided
from redstar_geo.formalise.picture import NOTHING, Depiction, annotated, in_words
from redstar_geo.formalise.question import Question, read_question
from redstar_geo.formalise.solve import Solution, solve
from redstar_geo.geometry.cdl import CDLError
from redstar_geo.geometry.construct import rebuild
from redstar_geo.geometry.reading import shown, written
from redstar_geo.records import Problem

STATEMENTS = "statements"
"""Key of `Problem.meta`: what the picture shows, in the language of `geometry.reading`, by a person or a reader."""

_KEPT = 512  # questions whose solutions stay in memory: enough for the prompts of a batch


def depicted(problem: Problem) -> Depiction | None:
    """What is known of a problem's picture: by its annotation, its figure or its `statements`; None if nothing is."""
    if problem.domain != "geometry" or problem.answer_kind in ("statements", "tests", "judged"):
        return None
    if problem.source == "builtin":
        return in_words(written(shown(rebuild(problem).figure)))
    if "construction_cdl" in problem.meta and "image_cdl" in problem.meta:
        try:
            return annotated(problem.meta)
        except CDLError:
            return None
    said = problem.meta.get(STATEMENTS)
    return in_words(said) if isinstance(said, str) else None


def certificate_of(problem: Problem, response: str, finish_reason: str = "stop") -> Certificate:
    """Whether a response to a problem is what its question and picture determine; its gold answer is not looked at.

    Where nothing is known of the picture the question stands alone, which determines less and never something else.
    """
    question, depiction = read_question(problem.question), depicted(problem) or NOTHING
    solution = _solved(question, depiction)
    return decided(solution, question, response, depiction, problem.choices, finish_reason)


def certified_reward(problem: Problem, response: str, finish_reason: str = "stop") -> float | None:
    """1 for a certified answer, 0 for a refuted one, None where there is no certificate: a reward without gold."""
    return _REWARDS[certificate_of(problem, response, finish_reason).status]


def certified_gold(question: str, statements: str = "") -> Solution:
    """What a question determines, with what its picture shows in the language of `geometry.reading`."""
    return _solved(read_question(question), in_words(statements))


_REWARDS: Mapping[str, float | None] = {"certified": 1.0, "refuted": 0.0, "not certified": None}


@lru_cache(_KEPT)
def _solved(question: Question, depiction: Depiction) -> Solution:
    return solve(question, depiction, explain=False)
