"""Collect: source → `problems.parquet`. What cannot become a problem is counted under its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from redstar_geo.data_prep.recipe import BuiltinSource, DataRecipe, FormalGeo7kSource
from redstar_geo.progress import progress
from redstar_geo.records import SCHEMAS, Problem, to_row
from redstar_geo.run import Counts, Run, write_rows
from redstar_geo.sources import Rejected, builtin, formalgeo7k


def collect(run: Run, recipe: DataRecipe) -> None:
    """Write the problems of the recipe's source, in the source's order."""
    counts = Counts()
    write_rows(run.path("problems.parquet"), SCHEMAS[Problem], _rows(items(recipe), counts))
    run.finish("collect", counts)


def items(recipe: DataRecipe) -> Iterator[Problem | Rejected]:
    """What the recipe's source has, one by one."""
    source = recipe.source
    if isinstance(source, FormalGeo7kSource):
        yield from formalgeo7k.problems(Path(source.path), source.origin, source.language)
    elif isinstance(source, BuiltinSource):
        for problem in builtin.problems(
            source.families,
            count=source.count,
            seed=recipe.seed,
            difficulty=source.difficulty,
            language=source.language,
            modality=source.modality,
            split=source.split,
        ):
            yield problem if source.choices else replace(problem, choices=())


def _rows(items: Iterable[Problem | Rejected], counts: Counts) -> Iterator[dict[str, Any]]:
    for item in progress(items, "collect"):
        counts.in_ += 1
        if isinstance(item, Rejected):
            counts.reject(item.reason)
        else:
            counts.out += 1
            yield to_row(item)
