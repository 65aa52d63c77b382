"""MATH (arXiv 2103.03874) with its seven subjects, and MATH-500, its 500 test problems with an answer column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.maths import Maths
from redstar_geo.sources.row import Row, as_text, kept, text
from redstar_geo.sources.table import Table

Copy = Literal[
    "EleutherAI/hendrycks_math", "HuggingFaceH4/MATH", "DigitalLearningGmbH/MATH-lighteval", "HuggingFaceH4/MATH-500"
]
_ALGEBRAS = ("algebra", "intermediate_algebra", "prealgebra")
_OTHERS = ("counting_and_probability", "geometry", "number_theory", "precalculus")
TABLE = Table("EleutherAI/hendrycks_math", ("problem", "level", "solution"), configs=tuple(sorted(_ALGEBRAS + _OTHERS)))


def problems(
    path: str | None = None, split: str = "train", copy: Copy = "EleutherAI/hendrycks_math"
) -> Iterator[Problem | Rejected]:
    """Every row in the table's order; see `table.problems` for `path` and errors.

    Levels 1 to 5 are difficulties as they stand: on Omni-MATH's scale, where 10 is the hardest of an olympiad, the
    hardest contest problems of MATH are about 5.

    Args:
        copy: whose copy the hub is asked for; MATH-500 has the split `test` alone.
    """
    whole = copy != "HuggingFaceH4/MATH-500"
    maths = Maths("math" if whole else "math_500", "unknown", split)

    def problem(row: Row, id: str) -> Problem:
        level = re.fullmatch(r"(?:Level )?([1-5])", as_text(row["level"]))
        return maths.problem(
            id,
            text(row, "problem"),
            as_text(row["answer"]) if "answer" in row else None,
            text(row, "solution"),
            difficulty=float(level[1]) if level else None,
            difficulty_by="MATH level",
            meta=kept(row, ("level", "type", "subject", "unique_id")),
        )

    copy_table = replace(TABLE, hub_id=copy, configs=TABLE.configs if whole else ())
    return table.problems(copy_table, path, split, maths.source, problem)
