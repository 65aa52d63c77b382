"""MetaMathQA (arXiv 2309.12284): questions of MATH and GSM8K told anew; a response ends in "The answer is: …"."""

from __future__ import annotations

from collections.abc import Iterator

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.maths import Maths
from redstar_geo.sources.row import Row, text
from redstar_geo.sources.table import Table

TABLE = Table("meta-math/MetaMathQA", ("type", "query", "original_question", "response"))


def problems(path: str | None = None, split: str = "train") -> Iterator[Problem | Rejected]:
    """Every row in the table's order; see `table.problems` for `path` and errors.

    `meta["original_question"]` says which rows are tellings of one problem.
    """
    maths = Maths("metamath", "MIT", split)

    def problem(row: Row, id: str) -> Problem:
        meta = {name: row[name] for name in ("type", "original_question")}
        return maths.problem(id, text(row, "query"), None, text(row, "response"), meta=meta)

    return table.problems(TABLE, path, split, maths.source, problem)
