"""Omni-MATH (arXiv 2410.07985): olympiad problems with difficulties from 1 to 10."""

from __future__ import annotations

from collections.abc import Iterator

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.maths import Maths
from redstar_geo.sources.row import Row, as_text, kept, text
from redstar_geo.sources.table import Table

TABLE = Table("KbsdJames/Omni-MATH", ("domain", "difficulty", "problem", "answer"), one_split=True)


def problems(path: str | None = None, split: str = "test") -> Iterator[Problem | Rejected]:
    """Every row in the table's order; see `table.problems` for `path` and errors."""
    maths = Maths("omni_math", "Apache-2.0", split)

    def problem(row: Row, id: str) -> Problem:
        level = row["difficulty"]
        return maths.problem(
            id,
            text(row, "problem"),
            as_text(row["answer"]),
            as_text(row.get("solution")),
            difficulty=float(level) if isinstance(level, int | float) else None,
            difficulty_by="Omni-MATH difficulty",
            meta=kept(row, ("domain", "source")),
        )

    return table.problems(TABLE, path, split, maths.source, problem)
