"""GSM8K (arXiv 2110.14168): word problems of grade school; an answer ends in `#### number`."""

from __future__ import annotations

from collections.abc import Iterator

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.maths import Maths
from redstar_geo.sources.row import Row, text
from redstar_geo.sources.table import Table

TABLE = Table("openai/gsm8k", ("question", "answer"), configs=("main",))


def problems(path: str | None = None, split: str = "train") -> Iterator[Problem | Rejected]:
    """Every row in the table's order; see `table.problems` for `path` and errors."""
    maths = Maths("gsm8k", "MIT", split)

    def problem(row: Row, id: str) -> Problem:
        return maths.problem(id, text(row, "question"), None, text(row, "answer"))

    return table.problems(TABLE, path, split, maths.source, problem)
