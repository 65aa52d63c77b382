"""The prompts of a run: the problems of `problems.parquet` that passed the screen, as it left them."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from redstar_geo.aligned import aligned
from redstar_geo.records import Problem, columns, from_table
from redstar_geo.run import Run

SCREENED = pa.schema(
    [
        ("problem_id", pa.string()),
        ("difficulty", pa.float64()),
        ("difficulty_by", pa.string()),
        ("reason", pa.string()),  # why it is not a prompt; null when it is
        ("detail", pa.string()),
    ]
)


def prompts(run: Run, images: bool = True) -> Iterator[Problem]:
    """The problems that passed the screen, in order and with its levels; all of them where there was none."""
    screened = {run.path("prompts.parquet"): ["difficulty", "difficulty_by", "reason"]}
    for table in aligned(run.path("problems.parquet"), screened, columns(Problem, images), optional=True):
        yield from from_table(Problem, table.filter(pc.is_null(table["reason"])))
