"""Which problems are asked, and with what difficulty: `problems.parquet` as `screen` left it in `prompts.parquet`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq

from redstar_geo.records import Problem, read
from redstar_geo.run import Run

SCREENED = pa.schema(
    [
        ("problem_id", pa.string()),
        ("difficulty", pa.float64()),
        ("difficulty_by", pa.string()),
        ("reason", pa.string()),  # why it is not asked; null when it is
        ("detail", pa.string()),
    ]
)


def asked(run: Run, images: bool = True) -> Iterator[Problem]:
    """The problems that passed the screen, in order; all of them where there was none."""
    problems = read(Problem, run.path("problems.parquet"), images=images)
    path = run.path("prompts.parquet")
    if not path.is_file():
        yield from problems
        return
    screened = pq.read_table(path, columns=["difficulty", "difficulty_by", "reason"]).to_pylist()
    for problem, row in zip(problems, screened, strict=True):
        if row["reason"] is None:
            yield replace(problem, difficulty=row["difficulty"], difficulty_by=row["difficulty_by"])
