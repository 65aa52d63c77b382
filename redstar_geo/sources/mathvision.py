"""MATH-Vision (arXiv 2402.14804, MathLLMs/MathVision): competition problems with pictures, by subject and level."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.attached import folder_of, picture
from redstar_geo.sources.choices import listed_choices
from redstar_geo.sources.multiple_choice import LETTERS, Answer, chosen, free, geometry_problem, in_picture
from redstar_geo.sources.row import Row, UnusableRowError, kept, text
from redstar_geo.sources.table import Table

TABLE = Table("MathLLMs/MathVision", ("id", "question", "options", "image", "answer", "level", "subject"))
_IMAGE_MARK = re.compile(r"<image\d*>")
_KEPT = ("id", "level", "subject", "solution")


def problems(path: str | None = None, split: str = "test") -> Iterator[Problem | Rejected]:
    """Every problem, with its choices if it has any; those of no geometric subject are of the domain `math`.

    Choices that are only letters stand in the picture: they are not written again, and the gold answer is a letter.
    See `table.problems` for `path` and errors.
    """
    return table.problems(TABLE, path, split, "mathvision", lambda row, id: _problem(row, id, split, folder_of(path)))


def _problem(row: Row, problem_id: str, split: str, folder: Path | None) -> Problem:
    question = _IMAGE_MARK.sub("", text(row, "question")).strip()
    if not question:
        raise UnusableRowError("missing_field")
    image = row["decoded_image"] if isinstance(row.get("decoded_image"), dict) else row["image"]
    meta = kept(row, _KEPT, empty=False)
    problem = geometry_problem(problem_id, split, "MIT", question, _answer(row), [picture(image, folder)], meta)
    return problem if "geometry" in str(row["subject"]).lower() else replace(problem, domain="math")


def _answer(row: Row) -> Answer:
    answer = text(row, "answer")
    options = listed_choices(row["options"])
    if not options:
        return free(answer)
    if answer not in LETTERS[: len(options)]:
        raise UnusableRowError("bad_answer")
    if "".join(options) == LETTERS[: len(options)]:
        return in_picture(answer)
    return chosen("choices", options, LETTERS.index(answer))
