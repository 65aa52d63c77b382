"""REINFORCE++ (arXiv 2501.03262), its variant with baseline, GRPO (2402.03300) and GDPO (2601.05242): no critic.

Each step: problems x, k responses y ~ π_old to each, their scores R from the verifier, log π_old and log π_ref; then
advantages, normalised over all response tokens of all ranks, and the policy's loss (`surrogates`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from torch import Tensor

from redstar_geo.report.reinforcement import write_reports
from redstar_geo.rl.advantages import gdpo, grpo, reinforce_plus_plus, reinforce_plus_plus_baseline
from redstar_geo.rl.critic import ActorCriticOutput
from redstar_geo.rl.experience import Experience
from redstar_geo.rl.kl import k2, k3
from redstar_geo.rl.losses import Items, masked_mean
from redstar_geo.rl.recipe import ReinforceRecipe
from redstar_geo.rl.setup import open_training
from redstar_geo.rl.surrogates import SURROGATES
from redstar_geo.run import read_manifest


def main(recipe: ReinforceRecipe) -> dict[str, Any]:
    """Train and write `model/`, `log.jsonl`, the rollouts and reports. Resumes; a finished training is a no-op.

    Raises:
        InputError: see `open_training`.
        RedStarError: diverged, or stopped by SIGTERM with a checkpoint.
    """
    with open_training(recipe, write_reports) as training:
        if training is not None:
            for step in training.steps():
                batch = training.collect(step)
                batch = replace(batch, advantages=advantages(recipe, batch))
                training.update(step, batch, partial(loss, recipe))
    return dict(read_manifest(recipe.run)["counts"]["train"])


def advantages(recipe: ReinforceRecipe, batch: Experience) -> Tensor:
    """Â [B, T]; without a baseline the KL to the reference is part of the reward, else of the loss."""
    if recipe.advantage == "reinforce_pp_baseline":
        return reinforce_plus_plus_baseline(batch.scores, batch.groups, batch.mask, batch.credits)
    if recipe.advantage == "grpo":
        return grpo(batch.scores, batch.groups, batch.mask)
    if recipe.advantage == "gdpo":
        return gdpo(batch.terms, recipe.reward.shares, batch.groups, batch.mask)
    return reinforce_plus_plus(batch.scores, batch.divergence, batch.mask, recipe.kl_weight, batch.credits)


def loss(recipe: ReinforceRecipe, output: ActorCriticOutput, row: Experience, items: Items) -> dict[str, Tensor]:
    """The surrogate's, and β KL / tokens where the reward has none."""
    assert row.advantages is not None
    log_probs = output.tokens.log_probs
    clipped = SURROGATES[recipe.surrogate](
        log_probs, row.old, row.advantages, row.mask, items, recipe.bounds, row.weights
    )
    whole = clipped.loss
    if recipe.advantage != "reinforce_pp" and recipe.kl_weight:
        divergence = k2 if recipe.advantage == "reinforce_pp_baseline" else k3
        whole = whole + recipe.kl_weight * masked_mean(divergence(log_probs, row.reference), row.mask, items.tokens)
    return {"loss": whole, "clip_fraction": clipped.clip_fraction}
