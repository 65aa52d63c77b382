"""A question on a diagram, posed with its choices or as a free question: the protocol that a score depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from redstar_geo.answer.reading import readings
from redstar_geo.records import AnswerKind, Image, Problem
from redstar_geo.sources.eaten import mended
from redstar_geo.sources.gold import is_missing, whole
from redstar_geo.sources.row import UnusableRowError, language

Protocol = Literal["choices", "free"]
LETTERS = "ABCDEFGH"


class Answer(TypedDict):
    """The fields of a `Problem` that the protocol decides."""

    answer: str
    answer_kind: AnswerKind
    choices: tuple[str, ...]


def free(answer: str) -> Answer:
    """A value, for a question without choices.

    Raises:
        UnusableRowError: `no_answer`: only the place of one (`略`, `#N/A`); or see `whole`.
    """
    value = whole(answer)
    if is_missing(value):
        raise UnusableRowError("no_answer")
    return {"answer": value, "answer_kind": "expression", "choices": ()}


def in_picture(answer: str) -> Answer:
    """The letter of a choice that stands in the picture alone."""
    return {"answer": answer, "answer_kind": "choice", "choices": ()}


def chosen(protocol: Protocol, choices: Sequence[Any], right: Any) -> Answer:
    """`choices`: shown, and the gold answer is a letter; `free`: not shown, and it is that choice's value.

    Args:
        choices: their texts, in the order A, B, C …
        right: the place of the right one, from 0.

    Raises:
        UnusableRowError: `no_choices`, `bad_answer` (no such choice) or, asked freely, `needs_choices` (the right
            choice is no value, such as "none of these").
    """
    texts = tuple(whole(str(choice)) for choice in choices)
    if not 1 < len(texts) <= len(LETTERS) or not all(texts):
        raise UnusableRowError("no_choices")
    if type(right) is not int or not 0 <= right < len(texts):
        raise UnusableRowError("bad_answer")
    if protocol == "choices":
        return {"answer": LETTERS[right], "answer_kind": "choice", "choices": texts}
    if not readings(texts[right]):
        raise UnusableRowError("needs_choices")
    return free(texts[right])


def geometry_problem(
    problem_id: str,
    split: str,
    licence: str,
    question: str,
    answer: Answer,
    images: Sequence[Image],
    meta: Mapping[str, Any],
) -> Problem:
    """A problem with its pictures; its source is what the id begins with, its language that of the question."""
    return Problem(
        id=problem_id,
        domain="geometry",
        source=problem_id.partition("/")[0],
        split=split,
        licence=licence,
        question=mended(question),
        language=language(question),
        images=tuple(images),
        meta=dict(meta) | {"protocol": "choices" if answer["choices"] else "free"},
        **answer,
    )
