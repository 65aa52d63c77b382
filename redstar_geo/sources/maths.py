"""A row of a text-maths data set → `Problem`: what all of these sets have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redstar_geo.answer.choice import gold_letters
from redstar_geo.records import Image, Problem
from redstar_geo.sources.choices import split_choices
from redstar_geo.sources.eaten import mended
from redstar_geo.sources.gold import asks_for_a_proof, from_solution, is_missing, kind, whole
from redstar_geo.sources.row import UnusableRowError, as_text


@dataclass(frozen=True)
class Maths:
    """A data set's name and licence, and the split being read."""

    source: str
    licence: str
    split: str

    def problem(
        self,
        id: str,
        question: str,
        answer: str | None,
        solution: str = "",
        *,
        language: str = "en",
        images: tuple[Image, ...] = (),
        licence: str = "",
        difficulty: float | None = None,
        difficulty_by: str | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> Problem:
        """The problem that a row is.

        Choices at the end of a question become choices where the answer is a letter of theirs; where they cannot be
        told apart they and the letter stay text.

        Args:
            answer: None when the data set has no column for it and the solution ends with it.
            licence: the row's own, where it has one.
            meta: what else to keep; the solution is kept under `solution`.

        Raises:
            UnusableRowError: `asks_for_a_proof`, `no_answer`, or what `from_solution` and `whole` say.
        """
        if asks_for_a_proof(question, answer or ""):
            raise UnusableRowError("asks_for_a_proof")
        question, solution = mended(question), mended(solution)
        gold = whole(from_solution(question, solution) if answer is None else answer)
        if asks_for_a_proof("", gold):
            raise UnusableRowError("asks_for_a_proof")
        if is_missing(gold):
            raise UnusableRowError("no_answer")
        stem, choices = split_choices(question)
        letter = gold_letters(gold, len(choices))
        chosen = len(letter) == 1
        return Problem(
            id=id,
            domain="math",
            source=self.source,
            split=self.split,
            licence=licence or self.licence,
            question=stem if chosen else question,
            answer=next(iter(letter)) if chosen else gold,
            answer_kind="choice" if chosen else kind(gold),
            language=language,
            images=images,
            choices=choices if chosen else (),
            difficulty=difficulty,
            difficulty_by=None if difficulty is None else difficulty_by,
            meta={**(meta or {}), **({"solution": solution} if solution else {})},
        )


def joined(parts: Any, separator: str = ", ") -> str:
    """The parts of an answer or solution as one text; a single value is its own text."""
    return separator.join(filter(None, map(as_text, parts if isinstance(parts, list) else [parts])))
