"""Score: how difficult each problem is, from 1 to 10 → `difficulty.parquet`, a row a problem in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from redstar_geo import difficulty as scorers
from redstar_geo.difficulty import Scorer, pass_rate
from redstar_geo.errors import InputError
from redstar_geo.progress import progress
from redstar_geo.recipes.data import DataRecipe, Difficulty
from redstar_geo.records import Problem, read
from redstar_geo.run import Counts, Run, write_rows
from redstar_geo.sources import catalogue

_QUESTIONS_AT_ONCE = 2048
SCORED = pa.schema([("problem_id", pa.string()), ("difficulty", pa.float64()), ("difficulty_by", pa.string())])
_Levelled = tuple[str, float | None, str | None]


def score(run: Run, recipe: DataRecipe, difficulty: Difficulty) -> None:
    """Give every problem its level; one that gets none is counted as such.

    Raises:
        InputError: the scorer, the labelled problems or the run with pass rates is not there.
    """
    problems = progress(read(Problem, run.path("problems.parquet"), images=False), "score")
    counts = Counts()
    write_rows(run.path("difficulty.parquet"), SCORED, _rows(_levels(problems, recipe, difficulty), counts))
    run.finish("score", counts, ["difficulty.parquet"], by=difficulty.by)


def _levels(problems: Iterable[Problem], recipe: DataRecipe, difficulty: Difficulty) -> Iterator[_Levelled]:
    if difficulty.by == "label":
        return ((problem.id, problem.difficulty, problem.difficulty_by) for problem in problems)
    if difficulty.by == "pass_rate":
        folder = Path(str(difficulty.run))
        known = pass_rate.levels(folder / "pass_rates.parquet")
        return ((problem.id, known.get(problem.id), f"pass rate in {folder.name}") for problem in problems)
    scorer = _trained(recipe, difficulty) if difficulty.by == "text" else scorers.load(Path(str(difficulty.model)))
    return _scored(problems, scorer)


def _scored(problems: Iterable[Problem], scorer: Scorer) -> Iterator[_Levelled]:
    remaining = iter(problems)
    while batch := list(islice(remaining, _QUESTIONS_AT_ONCE)):
        levels = scorer.score([problem.question for problem in batch])
        for problem, level in zip(batch, np.round(levels, 2).tolist(), strict=True):
            yield problem.id, level, scorer.name


def _trained(recipe: DataRecipe, difficulty: Difficulty) -> Scorer:
    from redstar_geo.difficulty import text  # scikit-learn is an extra

    labelled = [
        *(_passed(Path(difficulty.run)) if difficulty.run is not None else ()),
        *(item for source in difficulty.labelled.values() for item in catalogue.read(source, recipe.seed)),
    ]
    known = [(p.question, p.difficulty) for p in labelled if isinstance(p, Problem) and p.difficulty is not None]
    if not known:
        names = ", ".join([*difficulty.labelled, *filter(None, [difficulty.run])])
        raise InputError(
            f"{names}: no problem there has a level. Name MATH or Omni-MATH as difficulty.labelled, or a finished run "
            "with a teacher as difficulty.run."
        )
    questions, levels = zip(*known, strict=True)
    return text.train(questions, levels, recipe.seed)


def _passed(folder: Path) -> Iterator[Problem]:
    """The problems of a run, each as difficult as its teacher found it."""
    known = pass_rate.levels(folder / "pass_rates.parquet")
    for problem in read(Problem, folder / "problems.parquet", images=False):
        yield replace(problem, difficulty=known.get(problem.id))


def _rows(levelled: Iterable[_Levelled], counts: Counts) -> Iterator[dict[str, Any]]:
    for problem_id, level, by in levelled:
        counts.add("no level" if level is None else None)
        yield {"problem_id": problem_id, "difficulty": level, "difficulty_by": None if level is None else by}
