"""We-Math (arXiv 2407.01284, We-Math/We-Math): composed problems with pictures, by the number of steps and concept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.attached import folder_of, picture
from redstar_geo.sources.choices import listed_choices
from redstar_geo.sources.multiple_choice import LETTERS, chosen, geometry_problem
from redstar_geo.sources.row import Row, kept, text
from redstar_geo.sources.table import Table

TABLE = Table("We-Math/We-Math", ("ID", "question", "option", "answer", "image_path", "key"))
_KEPT = ("ID", "key", "knowledge concept", "question number")


def problems(path: str | None = None, split: str = "testmini") -> Iterator[Problem | Rejected]:
    """Every question, including the steps of composed problems, with choices; see `table.problems` for errors."""
    return table.problems(TABLE, path, split, "wemath", lambda row, id: _problem(row, id, split, folder_of(path)))


def _problem(row: Row, problem_id: str, split: str, folder: Path | None) -> Problem:
    answer = text(row, "answer")
    gold = chosen("choices", listed_choices(row["option"]), LETTERS.find(answer) if len(answer) == 1 else -1)
    images = [picture(row["image_path"], folder)]
    return geometry_problem(problem_id, split, "unknown", text(row, "question"), gold, images, kept(row, _KEPT))
