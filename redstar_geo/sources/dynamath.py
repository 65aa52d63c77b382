"""DynaMath (arXiv 2411.00836): 501 seed questions with pictures, of which each variant has other numbers or figures.

The hub's `DynaMath/DynaMath_Sample` has ten variants as splits, the authors' repository the seeds as one object keyed
by number (`dataset/dataset.json`). Tested on rows of both schemas, not on the whole set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.attached import folder_of, picture
from redstar_geo.sources.choices import split_choices
from redstar_geo.sources.multiple_choice import LETTERS, Answer, chosen, free, geometry_problem, in_picture
from redstar_geo.sources.row import Row, UnusableRowError, as_text, kept, text
from redstar_geo.sources.table import Table

TABLE = Table(
    "DynaMath/DynaMath_Sample",
    ("question", "image", "answer", "answer_type", "subject"),
    files=("dataset",),
    one_split=True,
)
_TOLERANCE = 0.001  # of the authors' scorer for numbers
_KEPT = ("id", "subject", "level", "knowledge_level", "answer_type")


def problems(path: str | None = None, split: str = "sample_variant1") -> Iterator[Problem | Rejected]:
    """Every question of a variant, with its choices if it has any; those of no geometric subject are of `math`.

    See `table.problems` for `path` and errors.
    """
    return table.problems(TABLE, path, split, "dynamath", lambda row, id: _problem(row, id, split, folder_of(path)))


def _problem(row: Row, problem_id: str, split: str, folder: Path | None) -> Problem:
    image = row["decoded_image"] if isinstance(row.get("decoded_image"), dict) else row["image"]
    question, gold = _asked(row)
    number = {"tolerance": _TOLERANCE} if row["answer_type"] == "float" else {}
    meta = kept(row, _KEPT) | number
    made = geometry_problem(problem_id, split, "Apache-2.0", question, gold, [picture(image, folder)], meta)
    return made if "geometry" in as_text(row["subject"]).lower() else replace(made, domain="math")


def _asked(row: Row) -> tuple[str, Answer]:
    question, answer = text(row, "question"), text({"answer": as_text(row["answer"])}, "answer")
    if row["answer_type"] != "multiple choice":
        return question, free(answer)
    stem, choices = split_choices(question)
    letters = LETTERS[: len(choices)] if choices else LETTERS
    if len(answer) != 1 or answer not in letters:
        raise UnusableRowError("bad_answer")
    return (stem, chosen("choices", choices, LETTERS.index(answer))) if choices else (question, in_picture(answer))
