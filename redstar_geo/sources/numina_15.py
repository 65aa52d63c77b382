"""NuminaMath-1.5: NuminaMath with answers in a column of their own and its owners' marks on what is not sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.maths import Maths
from redstar_geo.sources.numina import source_of
from redstar_geo.sources.row import Row, UnusableRowError, as_text, text
from redstar_geo.sources.table import Table

TABLE = Table(
    "AI-MO/NuminaMath-1.5",
    (
        "problem",
        "solution",
        "answer",
        "problem_type",
        "question_type",
        "problem_is_valid",
        "solution_is_valid",
        "source",
    ),
)


def problems(
    path: str | None = None, split: str = "train", sources: Sequence[str] = ()
) -> Iterator[Problem | Rejected]:
    """Every row in the table's order; see `table.problems` for `path` and errors.

    What its owners mark as wrong is rejected as `invalid_problem` or `invalid_solution`.

    Args:
        sources: as for NuminaMath-CoT.
    """
    maths = Maths("numina_15", "Apache-2.0", split)

    def problem(row: Row, id: str) -> Problem:
        meta = {name: row.get(name) for name in ("problem_type", "question_type", "synthetic")}
        meta["source"] = source_of(row, sources)
        if row["question_type"] == "proof":
            raise UnusableRowError("asks_for_a_proof")
        for what in ("problem", "solution"):
            if row[f"{what}_is_valid"] != "Yes":
                raise UnusableRowError(f"invalid_{what}")
        answer = "" if row["answer"] == "notfound" else as_text(row["answer"])
        return maths.problem(id, text(row, "problem"), answer, as_text(row["solution"]), meta=meta)

    return table.problems(TABLE, path, split, maths.source, problem)
