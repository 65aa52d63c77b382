"""An evaluation that is killed again and again, beside one that is not.

`python -m tests.eval.killed RECIPE.json KILLS` runs the recipe in `calm/run` and, killed KILLS times, in `killed/run`
of the folder where it is started.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

import redstar_geo.generation.local  # noqa: F401  (loaded once, not by every child)
from redstar_geo.eval.run import main
from redstar_geo.progress import console
from redstar_geo.recipes.evaluation import EvalRecipe
from tests.killing import killed_beside_calm, lines


def evaluate() -> None:
    torch.set_num_threads(1)
    console.quiet = True
    main(recipe)


if __name__ == "__main__":
    recipe = EvalRecipe(**json.loads(Path(sys.argv[1]).read_text()))
    killed_beside_calm(evaluate, lambda folder: lines(folder / "run" / "items.jsonl"), int(sys.argv[2]), stride=3)
