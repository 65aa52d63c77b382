"""We-Math (arXiv 2407.01284, We-Math/We-Math): composed problems with pictures, by the number of steps and concept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.attached import folder_of, picture
from redstar_geo.sources.multiple_choice import LETTERS, chosen, geometry_problem, listed_choices
from redstar_geo.sources.row import Row, UnusableRowError, kept, text
from redstar_geo.sources.table import Table

TABLE = Table("We-Math/We-Math", ("ID", "question", "option", "answer", "image_path", "key"))
_OPTION = re.compile(r"(?:^|;)\s*([A-H])\s*[.:：、]")
_KEPT = ("ID", "key", "knowledge concept", "question number")


def problems(path: str | None = None, split: str = "testmini") -> Iterator[Problem | Rejected]:
    """Every question, including the steps of composed problems, with choices; see `table.problems` for errors."""
    return table.problems(TABLE, path, split, "wemath", lambda row, id: _problem(row, id, split, folder_of(path)))


def _problem(row: Row, problem_id: str, split: str, folder: Path | None) -> Problem:
    choices = listed_choices(_options(text(row, "option")))
    answer = text(row, "answer")
    if answer not in LETTERS[: len(choices)]:
        raise UnusableRowError("bad_answer")
    gold = chosen("choices", choices, LETTERS.index(answer))
    images = [picture(row["image_path"], folder)]
    return geometry_problem(problem_id, split, "unknown", text(row, "question"), gold, images, kept(row, _KEPT))


def _options(listed: str) -> list[tuple[str, str]]:
    marks = list(_OPTION.finditer(listed))
    ends = [*(mark.start() for mark in marks[1:]), len(listed.rstrip().removesuffix(";"))]
    return [(mark[1], listed[mark.end() : end].strip()) for mark, end in zip(marks, ends, strict=False)]
