"""Problems as the other rooms have them → certificates, a reward, answers to learn from, facts to judge steps by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from redstar_geo.formalise.certificate import Certificate, decided
from redstar_geo.formalise.picture import NOTHING, Depiction, annotated, in_words, told
from redstar_geo.formalise.question import Question, read_question
from redstar_geo.formalise.scene import united
from redstar_geo.formalise.solve import Solution, solve
from redstar_geo.geometry.cdl import CDLError
from redstar_geo.geometry.claims import Facts
from redstar_geo.geometry.construct import rebuild
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.proof import Proof
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.records import Problem

STATEMENTS = "statements"
"""Key of `Problem.meta`: what the picture shows, as `picture.in_words` reads it, by a person or a reader."""

_KEPT = 512  # questions whose solutions stay in memory: enough for the prompts of a batch


def depicted(problem: Problem) -> Depiction | None:
    """What is known of a problem's picture: by its annotation, its figure or its `statements`; None if nothing is."""
    if not _has_certificates(problem):
        return None
    if problem.source == "builtin":
        return in_words(told(rebuild(problem).figure))
    if "construction_cdl" in problem.meta and "image_cdl" in problem.meta:
        try:
            return annotated(problem.meta)
        except CDLError:
            return None
    said = problem.meta.get(STATEMENTS)
    return in_words(said) if isinstance(said, str) else None


def wants_reading(problem: Problem) -> bool:
    """Whether a reader could tell what nobody has: of a geometry question with one picture."""
    return _has_certificates(problem) and len(problem.images) == 1 and depicted(problem) is None


def _has_certificates(problem: Problem) -> bool:
    return problem.domain == "geometry" and problem.answer_kind not in ("statements", "tests", "judged")


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


def facts_of(problem: Problem, library: Library) -> Facts:
    """What the steps of a response are judged by: the problem's proof, else the figures that its statements determine.

    Without a proof a claim is true or false by the givens, by the answer, by arithmetic, or by all figures alike. Where
    the gold answer is not the value that was determined, one of them is wrong, and nothing is judged.

    Raises:
        ReplayError: it has no proof, and its question and picture determine no value either.
    """
    try:
        return library.facts(problem)
    except ReplayError:
        formal = problem.source == "formalgeo7k" or problem.domain != "geometry" or problem.answer_kind == "statements"
        if formal or certificate_of(problem, f"\\boxed{{{problem.answer}}}").status != "certified":
            raise
        return _facts(read_question(problem.question), depicted(problem) or NOTHING)


@lru_cache(_KEPT)
def _facts(question: Question, depiction: Depiction) -> Facts:
    solution = _solved(question, depiction)
    assert solution.value is not None, "nothing is certified without a value"
    ways = united(question, depiction).ways
    sure = [str(said.statement) for said in ways[0].givens if all(said in way.givens for way in ways)]
    lines = [text[10:-1] for text in ways[0].construction if text.startswith("Collinear(")]
    goal, answer = str(ways[0].goal), solution.value.exact
    values = [(goal, answer)] if answer and len({way.goal for way in ways}) == 1 else []
    return Facts(Proof(tuple(sure), goal, answer, ()), solution.figures, lines, values)


_REWARDS: Mapping[str, float | None] = {"certified": 1.0, "refuted": 0.0, "not certified": None}


@lru_cache(_KEPT)
def _solved(question: Question, depiction: Depiction) -> Solution:
    return solve(question, depiction, explain=False)
