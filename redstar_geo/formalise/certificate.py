"""Certificates: whether an answer is what the statements that were read determine, and which statements these are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from redstar_geo.answer import verify
from redstar_geo.formalise.picture import NOTHING, Depiction
from redstar_geo.formalise.question import Question
from redstar_geo.formalise.solve import Solution, solve
from redstar_geo.formalise.units import unlike

Status = Literal["certified", "refuted", "not certified"]
STATUSES: tuple[Status, ...] = ("certified", "refuted", "not certified")


@dataclass(frozen=True)
class Certificate:
    """What is decided about one answer. It is worth what the reading is worth, which it shows.

    Attributes:
        status: `certified`: the answer is the value in every figure of what was read; `refuted`: that is another value;
            `not certified`: there is no such value, or the answer could not be read.
        why: of what is not certified.
        answer: what the response was taken to say.
        solution: what was read determines, and on which statements it rests.
        unread: parts of the question and of the picture that were not read. They can cost an answer; they cannot change
            it, since fewer statements determine less.
        picture: all that was read of the picture, in words.
    """

    status: Status
    why: str
    answer: str | None
    solution: Solution
    unread: tuple[str, ...] = ()
    picture: str = ""

    def row(self) -> dict[str, Any]:
        """As it is written: plain values."""
        own = {"status": self.status, "why": self.why, "answer": self.answer}
        return own | described(self.solution, self.unread, self.picture)


def certify(
    question: Question,
    response: str,
    depiction: Depiction = NOTHING,
    *,
    choices: Sequence[str] = (),
    finish_reason: str = "stop",
) -> Certificate:
    """Decide an answer without its gold answer.

    Args:
        response: the model's text; its answer is found as by `verify`.
        choices: those that were shown, in order; `finish_reason` as the server gave it.
    """
    return decided(solve(question, depiction), question, response, depiction, choices, finish_reason)


def decided(
    solution: Solution,
    question: Question,
    response: str,
    depiction: Depiction = NOTHING,
    choices: Sequence[str] = (),
    finish_reason: str = "stop",
) -> Certificate:
    """The certificate of one of several answers to a question that has been solved."""
    read: dict[str, Any] = {"unread": (*question.unread, *depiction.unread), "picture": depiction.words}
    if solution.value is None:
        return Certificate("not certified", f"{solution.outcome}: {solution.why}", None, solution, **read)
    verdict = verify(solution.value.text, response, choices or None, finish_reason=finish_reason)
    if verdict.status == "undecided":
        return Certificate("not certified", f"the answer: {verdict.reason}", verdict.extracted, solution, **read)
    if unlike(verdict.extracted or response, question.text, question.goal):
        return Certificate("not certified", "the answer: in another unit", verdict.extracted, solution, **read)
    status: Status = "certified" if verdict.status == "correct" else "refuted"
    return Certificate(status, "", verdict.extracted, solution, **read)


def described(solution: Solution, unread: Sequence[str], picture: str = "") -> dict[str, Any]:
    """A solution as plain values: its outcome, the value, and all that was read."""
    value = solution.value
    conflict = solution.conflict
    return {
        "outcome": solution.outcome,
        "outcome_why": solution.why,
        "value": None if value is None else {"text": value.text, "number": value.number, "error": value.error},
        "rests_on": [
            {"statement": str(said.statement), "words": said.words, "source": said.source} for said in solution.rests_on
        ],
        "picture": picture,
        "contradiction": None if conflict is None else [said.words for said in conflict.statements],
        "unread": [*unread, *(said.words for said in solution.left_out)],
    }
