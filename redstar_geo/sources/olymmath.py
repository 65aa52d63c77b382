"""OlymMATH (arXiv 2503.21380, RUC-AIBOX/OlymMATH): 200 olympiad problems in English and Chinese, easy and hard.

The hub has a configuration each, the authors' repository files as `OlymMATH-EN-HARD.jsonl`. Tested on rows of their
schema, not on the whole set.
"""

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

TABLE = Table("RUC-AIBOX/OlymMATH", ("problem", "answer"), one_split=True)
_LEVEL = re.compile(r"easy|hard", re.IGNORECASE)


def problems(
    path: str | None = None, split: str = "test", language: Literal["en", "zh"] = "en"
) -> Iterator[Problem | Rejected]:
    """Every row in the table's order; `meta["level"]` is `easy` or `hard`. See `table.problems` for errors."""
    configs = (f"{language}-easy", f"{language}-hard")
    source = replace(TABLE, configs=configs, files=tuple(f"OlymMATH-{name.upper()}" for name in configs))
    maths = Maths("olymmath", "MIT", split)

    def problem(row: Row, id: str) -> Problem:
        level = _LEVEL.search(as_text(row.get("unique_id")))
        meta = kept(row, ("subject", "unique_id")) | ({"level": level[0].lower()} if level else {})
        return maths.problem(id, text(row, "problem"), as_text(row["answer"]), language=language, meta=meta)

    return table.problems(source, path, split, maths.source, problem)
