"""MathVerse (arXiv 2403.14624, AI4Math/MathVerse): each problem in versions that move its givens into the picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from redstar_geo.answer.choice import gold_letters
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.attached import folder_of, picture
from redstar_geo.sources.choices import split_choices
from redstar_geo.sources.multiple_choice import LETTERS, Answer, chosen, free, geometry_problem, in_picture
from redstar_geo.sources.row import Row, UnusableRowError, as_text, kept, text
from redstar_geo.sources.table import Table

TABLE = Table(
    "AI4Math/MathVerse",
    ("question", "image", "answer", "question_type", "problem_version", "problem_index"),
    configs=("testmini",),
)
_IN_THE_PICTURE = "Answer the question that stands in the picture."
_KEPT = ("sample_index", "problem_index", "problem_version", "question_type")
_ABOUT = ("source", "subject", "subfield")


def problems(path: str | None = None, split: str = "testmini") -> Iterator[Problem | Rejected]:
    """Every row, a version of a problem, with its choices if it has any; see `table.problems` for errors.

    Of the version "Vision Only" the whole question stands in the picture, its choices too: the gold answer is then a
    letter without choices.
    """
    return table.problems(TABLE, path, split, "mathverse", lambda row, id: _problem(row, id, split, folder_of(path)))


def _problem(row: Row, problem_id: str, split: str, folder: Path | None) -> Problem:
    about = row["metadata"] if isinstance(row.get("metadata"), dict) else {}
    meta = kept(row, _KEPT) | kept(about, _ABOUT)
    written, choices = split_choices(as_text(row["question"]))
    question = written.removesuffix("Choices:").strip() or _IN_THE_PICTURE
    gold = _answer(row, choices)
    return geometry_problem(problem_id, split, "unknown", question, gold, [picture(row["image"], folder)], meta)


def _answer(row: Row, choices: tuple[str, ...]) -> Answer:
    answer = text(row, "answer")
    if row["question_type"] != "multi-choice":
        return free(answer)
    letter = gold_letters(answer, len(choices) or len(LETTERS))
    if len(letter) != 1:
        raise UnusableRowError("bad_answer")
    if choices:
        return chosen("choices", choices, LETTERS.index(next(iter(letter))))
    return in_picture(next(iter(letter)))
