"""AIME 2024 from either publisher: their columns differ in capitals and in what else they keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.maths import Maths
from redstar_geo.sources.row import Row, as_text, kept, text
from redstar_geo.sources.table import Table

Copy = Literal["HuggingFaceH4/aime_2024", "Maxwell-Jia/AIME_2024"]
TABLE = Table("HuggingFaceH4/aime_2024", ("problem",), either=("answer", "solution"), one_split=True)


def problems(
    path: str | None = None, split: str = "train", copy: Copy = "HuggingFaceH4/aime_2024"
) -> Iterator[Problem | Rejected]:
    """Every row in the table's order; see `table.problems` for `path` and errors.

    Args:
        copy: whose copy the hub is asked for.
    """
    maths = Maths("aime", "unknown", split)

    def problem(row: Row, id: str) -> Problem:
        meta = {"id": row.get("id", row.get("ID"))} | kept(row, ("url", "year"))
        answer, solution = as_text(row.get("answer")) or None, as_text(row.get("solution"))
        return maths.problem(id, text(row, "problem"), answer, solution, meta=meta)

    return table.problems(replace(TABLE, hub_id=copy), path, split, maths.source, problem)
