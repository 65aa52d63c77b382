"""A study that is killed again and again, beside one that is not.

`python -m tests.eval.killed_study RECIPE.yaml KILLS` runs it in `calm` and, killed KILLS times, in `killed` of the
folder where it is started.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import yaml

import redstar_geo.report.study  # noqa: F401  (loaded once, not by every child)
from redstar_geo.eval.study import main
from redstar_geo.progress import console
from redstar_geo.study.recipe import StudyRecipe
from tests.killing import killed_beside_calm


def study() -> None:
    os.environ["STARTS"] = "starts"
    console.quiet = True
    main(recipe)


if __name__ == "__main__":
    recipe = StudyRecipe(**yaml.safe_load(Path(sys.argv[1]).read_text()))
    killed_beside_calm(study, lambda folder: len(list(folder.glob("study/**/step*"))), int(sys.argv[2]), stride=8)
