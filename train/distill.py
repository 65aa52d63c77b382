"""On-policy distillation: a larger model says how likely each token of the policy's own responses is.

Each step: problems x, responses y ~ π_old, and log π_T of the teacher at every token of them. The advantage of a token
is −(log π_old − log π_T), its share of the reverse KL(π ‖ π_T), which is so lowered where the policy itself goes
(Agarwal et al., arXiv 2306.13649; Gu et al., arXiv 2306.08543). Rewards are for the log only.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from torch import Tensor

from redstar_geo.report.reinforcement import write_reports
from redstar_geo.rl.critic import ActorCriticOutput
from redstar_geo.rl.experience import Experience, response_length
from redstar_geo.rl.losses import Items
from redstar_geo.rl.recipe import DistillRecipe
from redstar_geo.rl.setup import open_training
from redstar_geo.rl.surrogates import SURROGATES
from redstar_geo.rl.tokens import moments, over_ranks, response_mask
from redstar_geo.run import read_manifest


def main(recipe: DistillRecipe) -> dict[str, Any]:
    """Train and write `model/`, `log.jsonl`, the rollouts and reports. Resumes; a finished training is a no-op.

    Raises:
        InputError: see `open_training`; or the teacher has other tokens than the policy.
        RedStarError: diverged, or stopped by SIGTERM with a checkpoint.
    """
    with open_training(recipe, write_reports) as training:
        if training is not None:
            for step in training.steps():
                batch = with_advantages(training.collect(step))
                training.note(teacher_kl=float(over_ranks(moments(batch.divergence, batch.mask)).mean))
                training.update(step, batch, partial(loss, recipe))
    return dict(read_manifest(recipe.run)["counts"]["train"])


def with_advantages(batch: Experience) -> Experience:
    """The batch with Â_t = −(log π_old − log π_T) [B, T] of all responses, undecided ones too."""
    mask = response_mask([response_length(sample) for sample in batch.samples], batch.mask.shape[1])
    return replace(batch, mask=mask.to(batch.mask.device), advantages=-batch.divergence)


def loss(recipe: DistillRecipe, output: ActorCriticOutput, row: Experience, items: Items) -> dict[str, Tensor]:
    """The policy's surrogate."""
    assert row.advantages is not None
    of_policy = SURROGATES[recipe.surrogate]
    policy = of_policy(output.tokens.log_probs, row.old, row.advantages, row.mask, items, recipe.bounds, row.weights)
    return {"loss": policy.loss, "clip_fraction": policy.clip_fraction}
