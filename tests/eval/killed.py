"""An evaluation that is killed again and again, beside one that is not.

`python -m tests.eval.killed RECIPE.json KILLS` runs the recipe in `calm/run` and, killed KILLS times, in `killed/run`
of the folder where it is started; it prints how many kills hit an evaluation at work. Only forked children compute.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

import redstar_geo.backends.local  # noqa: F401  (loaded once, not by every child)
from redstar_geo.eval.run import EvalRecipe, main
from redstar_geo.progress import console


def child(recipe: EvalRecipe, folder: str) -> int:
    """The process id of a child that evaluates."""
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        torch.set_num_threads(1)
        console.quiet = True
        main(recipe)
        os._exit(0)
    return pid


def killed(recipe: EvalRecipe, kills: int, longest_s: float) -> int:
    chance, hits = random.Random(0), 0
    for _ in range(kills):
        pid = child(recipe, "killed")
        time.sleep(chance.uniform(0, longest_s))
        os.kill(pid, signal.SIGKILL)
        hits += os.waitpid(pid, 0)[1] != 0
    return hits


if __name__ == "__main__":
    recipe = EvalRecipe(**json.loads(Path(sys.argv[1]).read_text()))
    for name in ("calm", "killed"):
        Path(name).mkdir()
    started = time.monotonic()
    assert os.waitpid(child(recipe, "calm"), 0)[1] == 0
    hits = killed(recipe, int(sys.argv[2]), (time.monotonic() - started) / 3)
    assert os.waitpid(child(recipe, "killed"), 0)[1] == 0
    print(hits)
