"""A study that is killed again and again, beside one that is not.

`python -m tests.eval.killed_study RECIPE.yaml KILLS` runs it in `calm` and, killed KILLS times, in `killed` of the
folder where it is started; it prints how many kills hit a study at work. Only forked children work.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import yaml

import redstar_geo.report.study  # noqa: F401  (loaded once, not by every child)
from redstar_geo.eval.study import StudyRecipe, main
from redstar_geo.progress import console


def child(recipe: StudyRecipe, folder: str) -> int:
    """The process id of a child that does the study."""
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        os.environ["STARTS"] = "starts"
        console.quiet = True
        main(recipe)
        os._exit(0)
    return pid


def killed(recipe: StudyRecipe, kills: int, longest_s: float) -> int:
    chance, hits = random.Random(0), 0
    for _ in range(kills):
        pid = child(recipe, "killed")
        time.sleep(chance.uniform(0, longest_s))
        os.kill(pid, signal.SIGKILL)
        hits += os.waitpid(pid, 0)[1] != 0
    return hits


if __name__ == "__main__":
    recipe = StudyRecipe(**yaml.safe_load(Path(sys.argv[1]).read_text()))
    for name in ("calm", "killed"):
        Path(name).mkdir()
    started = time.monotonic()
    assert os.waitpid(child(recipe, "calm"), 0)[1] == 0
    hits = killed(recipe, int(sys.argv[2]), (time.monotonic() - started) / 5)
    assert os.waitpid(child(recipe, "killed"), 0)[1] == 0
    print(hits)
