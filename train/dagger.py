"""The solver as on-policy teacher: DAgger (Ross et al., arXiv 1011.0686) on the policy's own chains of thought.

Each step: problems x, responses y ~ π; where a response makes a false claim it is cut, and the solver tells the proof
on from there. Learned is log π of the continuation, or DPO of it against the policy's own text after the cut.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from torch import Tensor

from redstar_geo.report.reinforcement import write_reports
from redstar_geo.rl.corrections import correct, step_dpo
from redstar_geo.rl.critic import ActorCriticOutput
from redstar_geo.rl.experience import Experience
from redstar_geo.rl.losses import Items, masked_mean
from redstar_geo.rl.recipe import DaggerRecipe
from redstar_geo.rl.setup import open_training
from redstar_geo.run import read_manifest


def main(recipe: DaggerRecipe) -> dict[str, Any]:
    """Train and write `model/`, `log.jsonl`, the rollouts, corrections and reports. Resumes; finished is a no-op.

    Raises:
        InputError: see `open_training`.
        RedStarError: diverged, or stopped by SIGTERM with a checkpoint.
    """
    with open_training(recipe, write_reports) as training:
        if training is not None:
            for step in training.steps():
                training.collect(step)
                batch = correct(training, step, recipe.voices, recipe.learn == "pair")
                if recipe.learn == "pair":
                    batch, _ = training.with_log_probs(batch)
                    advantages = step_dpo(batch.old, batch.reference, batch.mask, recipe.beta)
                    training.update(step, replace(batch, advantages=advantages), of_pairs)
                else:
                    training.update(step, batch, of_continuations)
    return dict(read_manifest(recipe.run)["counts"]["train"])


def of_continuations(output: ActorCriticOutput, row: Experience, items: Items) -> dict[str, Tensor]:
    """−Σ log π / tokens, as in fine-tuning."""
    return {"loss": -masked_mean(output.tokens.log_probs, row.mask, items.tokens)}


def of_pairs(output: ActorCriticOutput, row: Experience, items: Items) -> dict[str, Tensor]:
    """−Σ Â log π / pairs: its gradient is DPO's, see `step_dpo`."""
    assert row.advantages is not None
    return {"loss": -masked_mean(row.advantages * output.tokens.log_probs, row.mask, items.responses / 2)}
