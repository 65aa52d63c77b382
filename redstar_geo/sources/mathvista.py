"""MathVista (arXiv 2310.02255, AI4Math/MathVista): visual questions of many kinds; its GEO part is by task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.attached import folder_of, picture
from redstar_geo.sources.multiple_choice import Answer, Protocol, chosen, free, geometry_problem
from redstar_geo.sources.row import Row, UnusableRowError, as_text, kept, text
from redstar_geo.sources.table import Table

TABLE = Table("AI4Math/MathVista", ("pid", "question", "image", "choices", "answer", "question_type", "metadata"))
GEOMETRY = "geometry problem solving"
_KEPT = ("pid", "unit", "precision", "question_type", "answer_type")
_ABOUT = ("task", "source", "grade", "skills", "category")


def problems(path: str | None, split: str = "testmini", protocol: Protocol = "choices") -> Iterator[Problem | Rejected]:
    """Every question; those whose task is not geometry problem solving are of the domain `math`.

    The answers of split `test` are not public: each is rejected as `missing_field`. See `table.problems` for
    errors.
    """
    return table.problems(
        TABLE, path, split, "mathvista", lambda row, id: _problem(row, id, split, protocol, folder_of(path))
    )


def _problem(row: Row, problem_id: str, split: str, protocol: Protocol, folder: Path | None) -> Problem:
    about = row["metadata"]
    if not isinstance(about, dict):
        raise UnusableRowError("missing_field")
    meta = kept(row, _KEPT) | kept(about, _ABOUT)
    image = row["decoded_image"] if isinstance(row.get("decoded_image"), dict) else row["image"]
    gold = _answer(row, protocol)
    problem = geometry_problem(
        problem_id, split, "unknown", text(row, "question"), gold, [picture(image, folder)], meta
    )
    return problem if about.get("task") == GEOMETRY else replace(problem, domain="math")


def _answer(row: Row, protocol: Protocol) -> Answer:
    answer = text(row, "answer")
    if row["question_type"] != "multi_choice":
        return free(answer)
    choices = [as_text(choice) for choice in row["choices"] or []]
    if answer not in choices:
        raise UnusableRowError("bad_answer")
    return chosen(protocol, choices, choices.index(answer))
