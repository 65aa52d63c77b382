"""Trainings of every method, tiny, by a process of their own: `python -m tests.train.every_method RECIPE.json …`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import torch

from redstar_geo.dpo.recipe import DpoRecipe
from redstar_geo.progress import console
from redstar_geo.recipe import check
from redstar_geo.rl.recipe import DaggerRecipe, DistillRecipe, PpoRecipe, ReinforceRecipe
from redstar_geo.train import dagger, distill, dpo, merge, ppo, reinforce_pp, sft
from redstar_geo.trainer.recipe import MergeRecipe, SftRecipe

_VERBS: dict[str, tuple[Any, Any]] = {
    "sft": (SftRecipe, sft.main),
    "dpo": (DpoRecipe, dpo.main),
    "merge": (MergeRecipe, merge.main),
    "ppo": (PpoRecipe, ppo.main),
    "reinforce_pp": (ReinforceRecipe, reinforce_pp.main),
    "dagger": (DaggerRecipe, dagger.main),
    "distill": (DistillRecipe, distill.main),
}


def train(values: dict[str, Any]) -> dict[str, Any]:
    """By the method that the values name."""
    kind, main = _VERBS[values["method"]]
    counts: dict[str, Any] = main(check(kind, values, "test"))
    return counts


if __name__ == "__main__":
    console.quiet = True
    torch.set_num_threads(1)
    for file in sys.argv[1:]:
        torch.manual_seed(os.getpid())  # what chance was before is no part of a recipe
        train(json.loads(Path(file).read_text(encoding="utf-8")))
