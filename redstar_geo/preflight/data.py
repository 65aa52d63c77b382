"""What can be known of a data run before it starts: its sources, its scorer, its teacher."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from redstar_geo.preflight.report import Report, local_model, look_at_problems
from redstar_geo.recipes.data import DataRecipe, Difficulty
from redstar_geo.sources import catalogue
from redstar_geo.sources.catalogue import (
    BuiltinSource,
    CounterfactualSource,
    ExamFileSource,
    ReadingSource,
    RunSource,
    Source,
)


def look_into_sources(recipe: DataRecipe, report: Report, rows: int = 64) -> None:
    """The first rows of every source that is on this machine: are they there, of the schema, with readable pictures?

    And is there what scores the problems, and a teacher of this machine?
    """
    read = {f"source {name}": source for name, source in recipe.named_sources.items()}
    if recipe.prompts is not None:
        read |= {f"prompts.benchmarks.{name}": source for name, source in recipe.prompts.benchmarks.items()}
    if recipe.difficulty is not None:
        read |= {f"difficulty.labelled.{name}": source for name, source in recipe.difficulty.labelled.items()}
        _look_for_scorer(recipe.difficulty, report)
    elsewhere = [where for where, source in read.items() if _comes_from_the_hub(source)]
    for where, source in read.items():
        if where not in elsewhere:
            _look_at_source(where, source, recipe.seed, rows, report)
    if elsewhere:
        names = ", ".join(elsewhere)
        report.unchecked.append(
            f"data of {names}: it comes from the hub, which is not asked; give its path to check it"
        )
    if recipe.teacher is not None and recipe.teacher.kind == "endpoint":
        report.unchecked.append(f"teacher {recipe.teacher.model}: its servers are not asked")
    elif recipe.teacher is not None and recipe.teacher.kind == "local":
        local_model(recipe.teacher.model, report)


def _look_at_source(where: str, source: Source, seed: int, rows: int, report: Report) -> None:
    if isinstance(source, RunSource):
        missing = [file for file in ("problems.parquet", "traces.parquet") if not (Path(source.path) / file).is_file()]
        if missing:
            report.errors.append(f"{where}: {source.path} has no {' and '.join(missing)}. Give a finished run.")
    else:
        enough = 2 if isinstance(source, BuiltinSource) else rows  # what is made here is right or is not made
        problems = report.trying(lambda: list(islice(catalogue.read(source, seed), enough)))
        if problems is not None:
            look_at_problems(where, problems, report)


def _comes_from_the_hub(source: Source) -> bool:
    """Sources of these kinds have no copy there, and say so when they are read without a path."""
    made_here = BuiltinSource | CounterfactualSource | ExamFileSource | ReadingSource
    return not isinstance(source, made_here) and source.path is None


def _look_for_scorer(difficulty: Difficulty, report: Report) -> None:
    if difficulty.by == "llm" and not Path(str(difficulty.model)).is_dir():
        report.errors.append(
            f"difficulty.model={difficulty.model} is not there. Give the folder of a scorer that "
            "data_prep/difficulty.yaml made."
        )
    if difficulty.run is not None and not (Path(difficulty.run) / "pass_rates.parquet").is_file():
        report.errors.append(f"difficulty.run={difficulty.run} has no pass_rates.parquet. Give a finished run.")
