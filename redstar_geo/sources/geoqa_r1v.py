"""leonardPKU/GEOQA_R1V_Train_8K: GeoQA's problems asked freely, as R1-V trains on them (`<answer> … </answer>`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from redstar_geo.answer.choice import gold_letters
from redstar_geo.answer.extract import declared
from redstar_geo.answer.reading import readings
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.attached import folder_of, picture
from redstar_geo.sources.multiple_choice import free, geometry_problem
from redstar_geo.sources.row import Row, UnusableRowError, text
from redstar_geo.sources.table import Table

TABLE = Table("leonardPKU/GEOQA_R1V_Train_8K", ("image", "problem", "solution"))


def problems(path: str | None, split: str = "train") -> Iterator[Problem | Rejected]:
    """Every row in the table's order; see `table.problems` for `path` and errors.

    A row whose answer is no value (a letter without its choices, say) is rejected as `needs_choices`.
    """
    return table.problems(TABLE, path, split, "geoqa_r1v", lambda row, id: _problem(row, id, split, folder_of(path)))


def _problem(row: Row, problem_id: str, split: str, folder: Path | None) -> Problem:
    question, solution = text(row, "problem").removeprefix("<image>").strip(), text(row, "solution")
    answers = declared(solution)
    if not answers:
        raise UnusableRowError("no_answer_in_solution")
    if gold_letters(answers[0].text, 4) or not readings(answers[0].text):
        raise UnusableRowError("needs_choices")
    gold = free(answers[0].text)
    images = [picture(row["image"], folder)]
    return geometry_problem(problem_id, split, "unknown", question, gold, images, {"solution": solution})
