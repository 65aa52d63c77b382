"""The questions of an evaluation: the problems of a file, or of each benchmark, and what was left out, by reason."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redstar_geo import benchmarks, grading
from redstar_geo.benchmarks import Benchmark
from redstar_geo.benchmarks.grading import grade
from redstar_geo.errors import InputError
from redstar_geo.eval.pictures import shown
from redstar_geo.pictures.read import PictureError, read_picture
from redstar_geo.recipes.evaluation import EvalRecipe, Pictures
from redstar_geo.records import SCHEMAS, Problem, Trace, Verdict, read, to_row
from redstar_geo.run import Counts, read_json, write_json, write_rows
from redstar_geo.sources import accepted


@dataclass(frozen=True)
class Questions:
    """The problems of one score.

    Attributes:
        folder: where its items and scores go.
        file: what they are read from.
        rejected: reason → how many of the source cannot be asked or are not of the benchmark.
        benchmark: None for a file of problems.
        kept: the name of the file of its items.
        again: what of it is asked once more with other pictures; see `looks`.
    """

    name: str
    folder: Path
    file: Path
    problems: list[Problem]
    rejected: Counter[str]
    benchmark: Benchmark | None = None
    kept: str = "items"
    again: Mapping[Pictures, Questions] = field(default_factory=dict)

    @property
    def judged(self) -> bool:
        """Whether a judge scores the answers."""
        return self.benchmark is not None and self.benchmark.judged

    def grade(self, problem: Problem, trace: Trace) -> Verdict:
        """By the benchmark's own rule where it has one."""
        return grading.grade(problem, trace) if self.benchmark is None else grade(self.benchmark, problem, trace)

    def category(self, problem: Problem) -> str:
        """What the score is split by: the family of a built-in problem, else its benchmark's category or its source."""
        if self.benchmark is not None and self.benchmark.category:
            return benchmarks.category(self.benchmark, problem)
        return str(problem.meta.get("family", problem.source))


def of_file(recipe: EvalRecipe, path: Path) -> Questions:
    """The problems of a `problems.parquet`.

    Raises:
        InputError: it cannot be read, or holds none.
    """
    try:
        problems = list(read(Problem, path))
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{path} cannot be read as problems ({error}). Give the problems.parquet of a run of `redstar-geo data`."
        ) from None
    if not problems:
        raise InputError(f"{path} holds no problems. See run.json beside it for why every one was rejected.")
    rejected = Counter[str]()
    return Questions("problems", Path(recipe.run), path, _chosen(problems, recipe, rejected), rejected)


def of_benchmark(recipe: EvalRecipe, benchmark: Benchmark) -> Questions:
    """The items of a benchmark, read from its source once and then from the run's folder.

    Raises:
        InputError: its source or split cannot be read, or nothing of it can be asked.
    """
    folder = Path(recipe.run) / benchmark.name
    file, note = folder / "problems.parquet", folder / "collected.json"
    path = recipe.paths.get(benchmark.name)
    origin = {"benchmark": benchmark.model_dump(), "path": path, "seed": recipe.seed, "limit": recipe.limit}
    noted = _noted(note)
    if noted.get("origin") != origin or not file.is_file():
        counts = Counts()
        items = list(accepted(benchmarks.problems(benchmark, path, recipe.seed, recipe.limit), counts))
        if not items:
            reasons = Counter(counts.rejected).most_common()
            why = ", ".join(f"{count} {reason}" for reason, count in reasons) or "the source is empty"
            raise InputError(
                f"Nothing of the benchmark {benchmark.name} can be asked: {why}. Check paths.{benchmark.name} and the "
                "benchmark's source and split."
            )
        if benchmark.items is not None and len(items) > benchmark.items:
            raise InputError(
                f"Benchmark {benchmark.name}: {path or 'the hub'} has {len(items):,} items, its owners count "
                f"{benchmark.items:,}. Some come twice or are another set's: give its file as paths.{benchmark.name}."
            )
        write_rows(file, SCHEMAS[Problem], map(to_row, items))
        noted = {"origin": origin, "rejected": counts.rejected}
        write_json(note, noted)
    rejected = Counter(noted["rejected"])
    problems = _chosen(list(read(Problem, file)), recipe, rejected)
    return Questions(benchmark.name, folder, file, problems, rejected, benchmark)


def _noted(path: Path) -> dict[str, Any]:
    """What was noted when the items were collected; nothing if that cannot be read, and they are collected again."""
    with suppress(InputError):
        noted = read_json(path, dict) if path.is_file() else {}
        rejected = noted.get("rejected")
        if isinstance(rejected, dict) and all(type(number) is int for number in rejected.values()):
            return noted
    return {}


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _chosen(problems: list[Problem], recipe: EvalRecipe, rejected: Counter[str]) -> list[Problem]:
    """Those that can be asked, each id once, with the pictures that are wanted; at most `limit` of them."""
    known: dict[str, Problem] = {}
    for problem in problems:
        if not all(_opens(image.data) for image in problem.images):
            rejected["picture_unreadable"] += 1
        elif known.setdefault(problem.id, problem) is not problem:
            rejected["same_id"] += 1
    chosen = list(known.values())
    if not chosen:
        raise InputError(f"None of {len(problems)} problems can be asked: {dict(rejected)}. Check their pictures.")
    if recipe.limit is not None and recipe.limit < len(chosen):
        rejected["over_the_limit"] += len(chosen) - recipe.limit
        chosen = random.Random(recipe.seed).sample(chosen, recipe.limit)
    asked = shown(chosen, list(known.values()), recipe.pictures, recipe.seed, rejected)
    if not asked:
        raise InputError(
            f"pictures=swapped, and no problem here has another with another picture and another answer: "
            f"{dict(rejected)}. Give more problems, or pictures=none."
        )
    return asked


def _opens(data: bytes) -> bool:
    try:
        read_picture(data)
    except PictureError:
        return False
    return True
