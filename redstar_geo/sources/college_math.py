"""College maths (MWPBench, arXiv 2403.02884): exercises of open textbooks, each with its own licence."""

from __future__ import annotations

from collections.abc import Iterator

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.maths import Maths
from redstar_geo.sources.row import Row, UnusableRowError, as_text, kept, text
from redstar_geo.sources.table import Table

TABLE = Table("MWPBench", ("data_source", "question_number", "question", "answer"))


def problems(path: str | None = None, split: str = "test") -> Iterator[Problem | Rejected]:
    """Every row in the table's order; see `table.problems` for `path` and errors.

    MWPBench's own files hold other sets too: their rows are rejected as `other_source`.

    Raises:
        InputError: no `path`: the set is not on the hub.
    """
    if path is None:
        raise InputError(
            "source.path is missing, and college maths is not on the hub: give evaluation/data/college_math/test.jsonl "
            "of Qwen2.5-Math, or full_train.json or full_test.json of MWPBench."
        )
    maths = Maths("college_math", "unknown", split)

    def problem(row: Row, id: str) -> Problem:
        if not text(row, "data_source").startswith("college_math"):
            raise UnusableRowError("other_source")
        meta = kept(row, ("data_source", "question_number", "data_topic"))
        licence = as_text(row.get("license"))
        return maths.problem(id, text(row, "question"), as_text(row["answer"]), licence=licence, meta=meta)

    return table.problems(TABLE, path, split, maths.source, problem)
