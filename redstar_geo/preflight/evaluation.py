"""What can be known of an evaluation before it starts: its problems, its benchmarks, its model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from redstar_geo import benchmarks
from redstar_geo.benchmarks import Benchmark, HarnessTask
from redstar_geo.preflight.report import Report, first_problems, local_model, look_at_problems
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected


def look_into_evaluation(recipe: EvalRecipe, report: Report, rows: int = 64) -> None:
    """The first problems with their pictures, and whether the benchmarks' local copies and the model are there."""
    if recipe.problems is not None:
        problems = first_problems(recipe.problems, report, rows)
        if problems is not None:
            look_at_problems(recipe.problems, problems, report)
    wanted = report.trying(lambda: benchmarks.resolve(recipe.benchmarks))
    if wanted:
        _look_at_benchmarks(recipe, wanted, report)
    if recipe.endpoint is not None:
        report.unchecked.append(f"model {recipe.model}: its servers are not asked")
    else:
        local_model(recipe.model, report)


def _look_at_benchmarks(recipe: EvalRecipe, wanted: Sequence[Benchmark | HarnessTask], report: Report) -> None:
    """What stops the evaluation before it asks anything."""
    if strange := sorted(recipe.paths.keys() - {each.name for each in wanted}):
        report.errors.append(f"paths names {strange}, which are not evaluated: {[each.name for each in wanted]} are.")
    judged = ", ".join(each.name for each in wanted if isinstance(each, Benchmark) and each.judged)
    if judged and recipe.judge is None:
        report.errors.append(
            f"judge is missing, who scores the answers to {judged}. Give judge.model and judge.endpoint."
        )
    elif judged:
        report.unchecked.append(f"the judge of {judged}: its servers are not asked")
    later = []
    for each in wanted:
        path = recipe.paths.get(each.name)
        if path is not None and not Path(path).exists():
            report.errors.append(
                f"paths.{each.name}: there is no {path}. Give its copy, or leave it out for the hub's."
            )
        elif isinstance(each, Benchmark) and each.judged and path is None:
            report.trying(partial(_open, each, recipe.seed))  # says which path is to be given
        elif isinstance(each, Benchmark) and each.source.kind == "exam_file" and path is None:
            later.append(f"{each.name} (not on the hub: give paths.{each.name})")
        else:
            later.append(each.name)
    if later:
        report.unchecked.append(f"the problems of {', '.join(later)}: they are read when the evaluation starts")


def _open(benchmark: Benchmark, seed: int) -> list[Problem | Rejected]:
    return list(islice(benchmarks.problems(benchmark, seed=seed), 1))
