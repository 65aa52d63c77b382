"""`redstar-geo data`: collect → score → audit → screen → sample → verify → filter → select → export.

Each stage once, resumable at any moment. Stages that a recipe does not ask for are left out.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from redstar_geo.data_prep.audit import audit_problems
from redstar_geo.data_prep.collect import collect
from redstar_geo.data_prep.export import export
from redstar_geo.data_prep.filter import filter_traces
from redstar_geo.data_prep.merge_runs import merge_runs
from redstar_geo.data_prep.sample import sample, to_be_asked
from redstar_geo.data_prep.score import score
from redstar_geo.data_prep.select import select
from redstar_geo.data_prep.verify import verify
from redstar_geo.errors import InputError
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.models.shipped import located
from redstar_geo.recipes.data import DataRecipe, LocalTeacher, Prompts
from redstar_geo.run import Run, open_run
from redstar_geo.sources import inputs


def main(recipe: DataRecipe) -> dict[str, Any]:
    """Run the recipe to its end and return the manifest's counts; a finished run is a no-op.

    Raises:
        InputError: the source is not where the recipe says, has no problem, or a `gdl` that is not FormalGeo's; the run
            folder is another recipe's, or was made from other inputs.
    """
    if recipe.teacher is not None and recipe.gdl is not None and recipe.gdl.is_dir():
        FormalSolver(recipe.gdl)  # a stranger's theorems are refused before anything is made
    prints = fingerprints(recipe)
    with open_run(recipe.run, recipe.as_run, prints, named=prints, remake=True) as run:
        try:
            _find_problems(run, recipe)
        except InputError:
            if not run.manifest["counts"]:  # nothing was made of these inputs, so what is mended is no other run's
                run.path("run.json").unlink()
            raise
        if recipe.teacher is not None:
            if to_be_asked(run, recipe):
                sample(run, recipe, recipe.teacher)
                run.forget("verify", "filter", "select", "prompts")
                shutil.rmtree(run.folder / "parts", ignore_errors=True)
            if not run.finished("verify"):
                verify(run, recipe, recipe.teacher)
        if recipe.teacher is not None or recipe.merges_runs:
            _choose(run, recipe)
        shutil.rmtree(run.folder / "parts", ignore_errors=True)
        counts: dict[str, Any] = run.manifest["counts"]
        return counts


def _find_problems(run: Run, recipe: DataRecipe) -> None:
    """Collect or merge runs, score, audit, screen."""
    if not run.finished("collect") or (recipe.merges_runs and not run.finished("verify")):
        (merge_runs if recipe.merges_runs else collect)(run, recipe)
    if recipe.difficulty is not None and not run.finished("score"):
        score(run, recipe, recipe.difficulty)
    if recipe.prompts is not None and recipe.prompts.audit and not run.finished("audit"):
        audit_problems(run, recipe)
    if (recipe.prompts or recipe.difficulty) and not run.finished("screen"):
        from redstar_geo.data_prep.screen import screen  # scipy is an extra

        screen(run, recipe, recipe.prompts or Prompts(duplicates="keep"))


def _choose(run: Run, recipe: DataRecipe) -> None:
    """Filter, select, export."""
    if recipe.filters is not None and not run.finished("filter"):
        filter_traces(run, recipe, recipe.filters)
    if not run.finished("select"):
        select(run, recipe)
    if not run.finished("prompts"):
        export(run, recipe)


def fingerprints(recipe: DataRecipe) -> dict[str, str]:
    """Of everything local that rows depend on, by its key in the recipe; what comes from the hub has its revision."""
    digests = {
        "source.path" if recipe.source is not None else f"sources.{name}.path": inputs.fingerprint(source)
        for name, source in recipe.named_sources.items()
    }
    if recipe.prompts is not None:
        benchmarks = recipe.prompts.benchmarks.items()
        digests |= {f"prompts.benchmarks.{name}.path": inputs.fingerprint(source) for name, source in benchmarks}
    if recipe.difficulty is not None:
        labelled = recipe.difficulty.labelled.items()
        digests |= {f"difficulty.labelled.{name}.path": inputs.fingerprint(source) for name, source in labelled}
        digests["difficulty.model"] = _of_folder(recipe.difficulty.model)
        digests["difficulty.run"] = _of_folder(recipe.difficulty.run, "pass_rates.parquet")
    if isinstance(recipe.teacher, LocalTeacher):
        digests["teacher.model"] = _of_folder(located(recipe.teacher.model))
    return {name: digest for name, digest in digests.items() if digest is not None}


def _of_folder(path: str | None, name: str = "*") -> str | None:
    """Of the folder's files of that name, those in its folders too; None for a model of the hub."""
    if path is None or not Path(path).is_dir():
        return None
    return inputs.of_files((file for file in Path(path).rglob(name) if file.is_file()), Path(path))
