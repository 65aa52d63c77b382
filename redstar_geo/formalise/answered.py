"""A question with what is known of its picture → everything to show of its answer: for a terminal, a page, a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from redstar_geo.formalise.certificate import described
from redstar_geo.formalise.picture import NOTHING, Depiction, in_words
from redstar_geo.formalise.question import Question, read_question
from redstar_geo.formalise.solve import Solution, solve

_READ = {"text": "Read in the question", "picture": "Read in the picture", "person": "Told by a person"}


@dataclass(frozen=True)
class Answered:
    """What was read, and what follows."""

    question: Question
    depiction: Depiction
    solution: Solution

    def row(self) -> dict[str, Any]:
        """Plain values."""
        unread = (*self.question.unread, *self.depiction.unread)
        return {"goal": str(self.question.goal or "")} | described(self.solution, unread, self.depiction.words)

    def lines(self) -> Iterator[str]:
        """For a person: the answer or why there is none, then all that it rests on."""
        solution, value = self.solution, self.solution.value
        yield f"Answer: {value.text}" if value else f"No answer: {solution.outcome}: {solution.why}"
        for source, words in _READ.items():
            if said := [each.words for each in solution.rests_on if each.source == source]:
                yield f"{words}: {'; '.join(dict.fromkeys(said))}"
        if self.depiction.words:
            yield f"The picture in all: {self.depiction.words}"
        if left := [*self.question.unread, *self.depiction.unread, *(each.words for each in solution.left_out)]:
            yield f"Not read, or not used: {'; '.join(left)}"


def answered(question: str, depiction: Depiction = NOTHING) -> Answered:
    """Read a question and answer it, if it and its picture determine the answer."""
    read = read_question(question)
    return Answered(read, depiction, solve(read, depiction))


def corrected(question: str, statements: str) -> Answered:
    """The same with the picture's statements as a person has them, in the language of `geometry.reading`.

    What an earlier answer's `depiction.words` says can be shown to a person, changed, and given here.
    """
    return answered(question, in_words(statements, "person"))
