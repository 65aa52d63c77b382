"""The metrics of a step: rewards and lengths, and how the policy moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean, pstdev
from typing import Any

import torch
from torch import Tensor, distributed

from redstar_geo.rl.experience import Experience
from redstar_geo.rl.kl import gap, k3
from redstar_geo.rl.reward import Reward
from redstar_geo.rl.rollout import Rollout


def of_rewards(rewarded: Sequence[tuple[Rollout, Reward]]) -> dict[str, Any]:
    """Over all responses of a step, all ranks': shares of them, means in tokens or points of reward.

    `correct_with_false_step` is the share of correct answers that stand by a false step, `withdrawn` how many claims a
    response takes back, `mended` how many errors of its own it puts right; None where steps are not judged.
    """
    n = len(rewarded)
    totals = [reward.total for _, reward in rewarded if reward.total is not None]
    correct = [reward for _, reward in rewarded if reward.verdict.status == "correct"]
    judged = [reward for reward in correct if reward.process is not None]
    false = sum(reward.false_step for reward in judged)
    steps = [reward.steps for _, reward in rewarded if reward.process is not None]
    undecided = Counter(_why(rollout, reward) for rollout, reward in rewarded if reward.outcome is None)
    return {
        "responses": n,
        "reward": fmean(totals) if totals else None,
        "reward_spread": pstdev(totals) if totals else 0.0,
        "accuracy": len(correct) / n,
        "undecided_share": sum(undecided.values()) / n,
        "undecided": dict(sorted(undecided.items())),
        "truncated_share": sum(rollout.finish_reason == "length" for rollout, _ in rewarded) / n,
        "mean_tokens": fmean(len(rollout.completion_ids) for rollout, _ in rewarded),
        "correct_with_false_step": false / len(judged) if judged else None,
        "withdrawn": fmean(sum(s.status == "withdrawn" for s in each) for each in steps) if steps else None,
        "mended": fmean(sum(s.mended for s in each) for each in steps) if steps else None,
    }


def _why(rollout: Rollout, reward: Reward) -> str:
    """Why a response is undecided: one that was truncated is so, whatever it says."""
    return "truncated" if rollout.finish_reason == "length" else reward.verdict.reason


def of_policy(batch: Experience, entropy: Tensor) -> dict[str, float]:
    """Means a response token over all ranks, before the update: entropy, KL to the reference (k3), gap to the sampler.

    Args:
        entropy: of the policy at every response token [B, T].
    """
    between = gap(batch.old, batch.sampled, batch.mask)
    tokens = batch.mask.sum()
    sums = torch.stack(
        [
            tokens.double(),
            torch.where(batch.mask, entropy, 0.0).double().sum(),
            torch.where(batch.mask, k3(batch.old, batch.reference), 0.0).double().sum(),
            between.mean.double() * tokens,
            between.kl.double() * tokens,
        ]
    )
    largest = between.largest.clone()
    if distributed.is_initialized():
        distributed.all_reduce(sums)
        distributed.all_reduce(largest, op=distributed.ReduceOp.MAX)
    tokens, *means = sums.tolist()
    entropy_, kl, mean, gap_kl = (value / max(1.0, tokens) for value in means)
    return {"entropy": entropy_, "kl": kl, "gap_mean": mean, "gap_largest": float(largest), "gap_kl": gap_kl}
