"""One optimizer step of every algorithm and surrogate on a small policy, in one process or several."""

from __future__ import annotations

import sys
from functools import reduce
from pathlib import Path

import torch
from torch import Tensor, distributed

from redstar_geo.rl.importance import Importance, effective_sample_size, truncated_weights
from redstar_geo.rl.kl import k2
from redstar_geo.rl.losses import Items, masked_mean, value_loss
from redstar_geo.rl.surrogates import SURROGATES, Clip, Name
from redstar_geo.rl.tokens import Moments, explained_variance, moments, over_ranks
from tests.rl.batches import Tokens, tokens
from tests.rl.test_advantages import ALGORITHMS, KL_WEIGHT

_DEAL = {1: [[0, 1, 2, 3, 4, 5, 6, 7]], 2: [[2, 3, 6, 7], [0, 1, 4, 5]]}  # rows of each rank, groups whole


def step(rank: int, ranks: int, micro_batches: int) -> dict[str, Tensor]:
    """Gradients of a shift and a slope of log-probabilities and values, summed over micro-batches and ranks."""
    mine = tokens().rows(torch.tensor(_DEAL[ranks][rank]))
    parts = torch.arange(len(mine.scores)).tensor_split(micro_batches)
    found: dict[str, Tensor] = {}
    whole = over_ranks(reduce(Moments.merged, (moments(mine.values[rows], mine.mask[rows]) for rows in parts)))
    found["moments"] = torch.stack([whole.count, whole.mean, whole.variance])
    found["explained"] = explained_variance(mine.values, mine.log_probs, mine.mask)
    responses = mine.mask.any(1).sum().double()
    if ranks > 1:
        distributed.all_reduce(responses)
    items = Items(whole.count, responses)
    steps: list[tuple[str, Name]] = [(algorithm, "clipped") for algorithm in ALGORITHMS]
    steps += [("reinforce_plus_plus", surrogate) for surrogate in SURROGATES]
    for algorithm, surrogate in steps:
        advantages = ALGORITHMS[algorithm](mine, KL_WEIGHT)
        policy = torch.tensor([0.3, 1.1], requires_grad=True)
        for rows in parts:
            _loss(surrogate, mine.rows(rows), advantages[rows], policy, items).backward()
        assert policy.grad is not None
        if ranks > 1:
            distributed.all_reduce(policy.grad)
        found[f"{algorithm}, {surrogate}"] = policy.grad
    for importance in (Importance(level="token"), Importance(level="sequence")):
        weights = truncated_weights(mine.log_probs, mine.reference, mine.mask, importance)
        found[importance.level] = torch.tensor(effective_sample_size(weights, mine.mask))
    return found


def _loss(surrogate: Name, part: Tokens, advantages: Tensor, policy: Tensor, items: Items) -> Tensor:
    log_probs = policy[0] + policy[1] * part.log_probs
    values = policy[0] - policy[1] * part.values
    clip, weights = Clip(0.2, 0.28), torch.where(part.mask, part.log_probs.exp(), 1.0)
    policys = SURROGATES[surrogate](log_probs, part.log_probs, advantages, part.mask, items, clip, weights)
    critic = value_loss(values, part.values, part.reference, part.mask, items.tokens, 0.2)
    return policys.loss + critic.loss + masked_mean(k2(log_probs, part.reference), part.mask, items.tokens)


if __name__ == "__main__":
    folder, rank = Path(sys.argv[1]), int(sys.argv[2])
    distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    torch.save(step(rank, 2, 1), folder / f"{rank}.pt")
    distributed.destroy_process_group()
