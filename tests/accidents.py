"""A small data run without a model, and what a run made, to be held against another's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from redstar_geo.recipes.data import DataRecipe
from redstar_geo.run import read_manifest

TABLES = ("problems.parquet", "traces.parquet", "sft/train.parquet", "pairs/train.parquet")


def small(run: Path, count: int = 6, **changes: Any) -> DataRecipe:
    """Built-in problems and their proofs told."""
    source = {"kind": "builtin", "families": ["isosceles", "inscribed_angle"], "count": count}
    teacher = {"kind": "formal", "samples": 2}
    values = {"run": str(run), "source": source, "teacher": teacher, "workers": 1}
    return DataRecipe.model_validate(values | changes)


def made(run: Path) -> tuple[Any, ...]:
    """Rows and counts."""
    tables = [pq.read_table(run / name).to_pylist() for name in TABLES if (run / name).is_file()]
    return *tables, read_manifest(run)["counts"]
