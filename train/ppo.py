"""PPO (arXiv 1707.06347) with a critic, for models of text and of pictures.

Each step: problems x, responses y ~ π_old, their scores R from the verifier; the reward of a token is −β (log π_old −
log π_ref), and R at the last one; GAE over the critic's values gives advantages and returns; then the policy's
loss (`surrogates`) and the clipped value loss, in one backward pass.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import isfinite
from typing import Any

from torch import Tensor

from redstar_geo.report.reinforcement import write_reports
from redstar_geo.rl.advantages import ppo
from redstar_geo.rl.critic import ActorCriticOutput
from redstar_geo.rl.experience import Experience
from redstar_geo.rl.losses import Items, value_loss
from redstar_geo.rl.recipe import PpoRecipe
from redstar_geo.rl.setup import open_training
from redstar_geo.rl.surrogates import SURROGATES
from redstar_geo.rl.tokens import explained_variance
from redstar_geo.run import read_manifest


def main(recipe: PpoRecipe) -> dict[str, Any]:
    """Train and write `model/`, `log.jsonl`, the rollouts and reports. Resumes; a finished training is a no-op.

    Raises:
        InputError: see `open_training`.
        RedStarError: diverged, or stopped by SIGTERM with a checkpoint.
    """
    with open_training(recipe, write_reports) as training:
        if training is not None:
            for step in training.steps():
                batch = with_advantages(recipe, training.collect(step))
                assert batch.values is not None and batch.returns is not None
                explained = float(explained_variance(batch.values, batch.returns, batch.mask))
                training.note(explained_variance=explained if isfinite(explained) else None)
                training.update(step, batch, partial(loss, recipe))
    return dict(read_manifest(recipe.run)["counts"]["train"])


def with_advantages(recipe: PpoRecipe, batch: Experience) -> Experience:
    """The batch with Â and the critic's returns [B, T], by GAE over the values at the start of the step."""
    assert batch.values is not None
    scores, divergence, mask = batch.scores, batch.divergence, batch.mask
    gae = recipe.kl_weight, recipe.discount, recipe.decay
    advantages, returns = ppo(scores, divergence, batch.values, mask, *gae, batch.credits)
    return replace(batch, advantages=advantages, returns=returns)


def loss(recipe: PpoRecipe, output: ActorCriticOutput, row: Experience, items: Items) -> dict[str, Tensor]:
    """The policy's surrogate and the critic's loss; their parameters are apart, so their sum needs no weight."""
    assert row.advantages is not None and row.values is not None and row.returns is not None
    of_policy = SURROGATES[recipe.surrogate]
    log_probs = output.tokens.log_probs
    policy = of_policy(log_probs, row.old, row.advantages, row.mask, items, recipe.bounds, row.weights)
    critic = value_loss(output.values, row.values, row.returns, row.mask, items.tokens, recipe.value_clip)
    return {"loss": policy.loss + critic.loss, "clip_fraction": policy.clip_fraction, "value_loss": critic.loss}
