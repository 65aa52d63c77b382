"""CMATH (arXiv 2306.16636, weitianwen/cmath): word problems of Chinese primary schools, by grade."""

from __future__ import annotations

from collections.abc import Iterator

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.maths import Maths
from redstar_geo.sources.row import Row, as_text, kept, text
from redstar_geo.sources.table import Table

TABLE = Table("weitianwen/cmath", ("question", "golden"), one_split=True)


def problems(path: str | None = None, split: str = "test") -> Iterator[Problem | Rejected]:
    """Every row in the table's order; see `table.problems` for `path` and errors."""
    maths = Maths("cmath", "unknown", split)

    def problem(row: Row, id: str) -> Problem:
        meta = kept(row, ("grade", "reasoning_step", "num_digits"))
        return maths.problem(id, text(row, "question"), as_text(row["golden"]), language="zh", meta=meta)

    return table.problems(TABLE, path, split, maths.source, problem)
