"""NuminaMath-CoT: contests, school books and forums, each row with the `source` it is from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.maths import Maths
from redstar_geo.sources.row import Row, UnusableRowError, text
from redstar_geo.sources.table import Table

TABLE = Table("AI-MO/NuminaMath-CoT", ("source", "problem", "solution"))


def problems(
    path: str | None = None, split: str = "train", sources: Sequence[str] = ()
) -> Iterator[Problem | Rejected]:
    """Every row in the table's order; see `table.problems` for `path` and errors.

    Args:
        sources: keep only rows of these (`aops_forum`, `amc_aime`, `cn_k12`, …), the others are rejected as
            `other_source`; empty for all.
    """
    maths = Maths("numina_cot", "Apache-2.0", split)

    def problem(row: Row, id: str) -> Problem:
        meta = {"source": source_of(row, sources)}
        return maths.problem(id, text(row, "problem"), None, text(row, "solution"), meta=meta)

    return table.problems(TABLE, path, split, maths.source, problem)


def source_of(row: Row, wanted: Sequence[str]) -> str:
    """Where the row is from.

    Raises:
        UnusableRowError: `other_source`: none of those wanted.
    """
    source = text(row, "source")
    if wanted and source not in wanted:
        raise UnusableRowError("other_source")
    return source
