"""`redstar-geo data`: collect → sample → verify → select and export, each stage once, resumable at any moment."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from redstar_geo.data_prep.collect import collect
from redstar_geo.data_prep.export import export
from redstar_geo.data_prep.recipe import DataRecipe, FormalGeo7kSource
from redstar_geo.data_prep.sample import sample
from redstar_geo.data_prep.verify import verify
from redstar_geo.run import open_run


def main(recipe: DataRecipe) -> dict[str, Any]:
    """Run the recipe to its end and return the manifest's counts; a finished run is a no-op.

    Raises:
        InputError: the source is not where the recipe says, or the run folder is another recipe's.
    """
    # How fast, from where and how far a run goes may change when it is resumed: rows do not depend on it.
    passing = {"workers": True, "teacher": {"servers", "bounds", "deadline_s", "attempts", "give_up_s", "timeout_s"}}
    settings = recipe.model_dump(exclude=passing)
    with open_run(recipe.run, settings, _fingerprints(recipe)) as run:
        if not run.finished("collect"):
            collect(run, recipe)
        if recipe.teacher is not None:
            if not run.finished("sample") or run.manifest["counts"]["sample"]["pending"]:
                sample(run, recipe, recipe.teacher)
                run.forget("verify", "select", "prompts")
            if not run.finished("verify"):
                verify(run, recipe, recipe.teacher)
            if not run.finished("prompts"):
                export(run, recipe)
        counts: dict[str, Any] = run.manifest["counts"]
        return counts


def _fingerprints(recipe: DataRecipe) -> dict[str, str]:
    """A cheap fingerprint of a local source: every problem file's name and size."""
    if not isinstance(recipe.source, FormalGeo7kSource):
        return {}
    digest = hashlib.sha256()
    for file in sorted((Path(recipe.source.path) / "problems").glob("*.json")):
        digest.update(f"{file.name}:{file.stat().st_size}\n".encode())
    return {"formalgeo7k": digest.hexdigest()}
