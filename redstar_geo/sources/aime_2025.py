"""AIME 2025 (math-ai/aime25): both papers, whole numbers from 0 to 999."""

from __future__ import annotations

from collections.abc import Iterator

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.maths import Maths
from redstar_geo.sources.row import Row, as_text, text
from redstar_geo.sources.table import Table

TABLE = Table("math-ai/aime25", ("problem",), either=("answer", "solution"), one_split=True)


def problems(path: str | None = None, split: str = "test") -> Iterator[Problem | Rejected]:
    """Every row in the table's order; see `table.problems` for `path` and errors."""
    maths = Maths("aime_2025", "Apache-2.0", split)

    def problem(row: Row, id: str) -> Problem:
        meta = {"id": row["id"]} if "id" in row else {}
        answer, solution = as_text(row.get("answer")) or None, as_text(row.get("solution"))
        return maths.problem(id, text(row, "problem"), answer, solution, meta=meta)

    return table.problems(TABLE, path, split, maths.source, problem)
