"""A policy that has diverged does not come back by itself: the training stops and says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from pydantic import Field

from redstar_geo.recipe import Section
from redstar_geo.trainer.divergence import PATIENCE


class Stops(Section):
    """When a training stops by itself: one of these in each of the last `patience` steps.

    Attributes:
        patience: steps in a row.
        kl: mean KL to the reference a token, in nats, above which the policy has blown up; None is no limit.
        gap: mean |log π − log π of the sampler| a token above which the sampler draws from another policy.
        truncated: the share of truncated responses that is too large.
    """

    patience: int = Field(default=5, gt=0)
    kl: float | None = Field(default=1.0, gt=0)
    gap: float = Field(default=1.0, gt=0)
    truncated: float = Field(default=0.5, gt=0, le=1)


def divergence(log: Sequence[Mapping[str, Any]], stops: Stops, by_reward: bool = True) -> str | None:
    """Why the training whose log ends like this has diverged; None if it has not.

    Args:
        log: an entry a step, in order: `reward` (None when nothing was decided), `reward_spread`, `kl`, `gap_mean`,
            `truncated_share`, `loss` (None when no optimizer step was taken), `not_finite` (those not taken; 0
            beside a loss of None: no response was left to learn from).
        by_reward: whether rewards decide what is learned.
    """
    lost = list(takewhile(lambda entry: entry["loss"] is None, reversed(log)))
    steps = sum(entry["not_finite"] for entry in lost)
    if steps >= PATIENCE:
        return (
            f"the last {steps} optimizer steps, from step {lost[-1]['step']} on, had a loss or gradient that is not "
            "finite, and none was taken. Lower learning_rate or max_grad_norm"
        )
    last = log[-stops.patience :]
    if len(last) < stops.patience:
        return None
    since = f"in {stops.patience} steps, from step {last[0]['step']} on,"
    if by_reward and all(entry["reward"] is None for entry in last):
        return f"{since} no response was decided. Look at the reasons in rollouts.html"
    if by_reward and all(entry["reward_spread"] == 0 for entry in last):
        reward = last[-1]["reward"]
        return (
            f"{since} all responses were rewarded alike (last {reward}), so that nothing is learned. Take problems "
            "that the policy gets right sometimes, or look at what it says in rollouts.html"
        )
    if all(entry["loss"] is None and not entry["not_finite"] for entry in last):
        return (
            f"{since} there was nothing to learn from. See mixed_share, or uncorrected, in log.jsonl; take problems "
            "that the policy gets right sometimes"
        )
    if stops.kl is not None and all(entry["kl"] > stops.kl for entry in last):
        return f"{since} KL to the reference was above {stops.kl} a token. Raise kl_weight or lower learning_rate"
    if all(entry.get("gap_mean", 0.0) > stops.gap for entry in last):
        return (
            f"{since} the sampler's log-probabilities were more than {stops.gap} a token from the policy's: it samples "
            "from another one. Compare the versions of vLLM and transformers, or leave vllm out"
        )
    if all(entry["truncated_share"] > stops.truncated for entry in last):
        return (
            f"{since} more than {stops.truncated:.0%} of the responses were truncated. Raise max_new_tokens, or reward "
            "shorter ones (reward.length, reward.truncated: wrong)"
        )
    return None
