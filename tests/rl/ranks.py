"""One optimizer step of every algorithm on a small policy, in one process or several."""

from __future__ import annotations

import sys
from functools import reduce
from pathlib import Path

import torch
from torch import Tensor, distributed

from redstar_geo.rl.kl import k2
from redstar_geo.rl.losses import masked_mean, policy_loss, value_loss
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
    for name, algorithm in ALGORITHMS.items():
        advantages = algorithm(mine, KL_WEIGHT)
        policy = torch.tensor([0.3, 1.1], requires_grad=True)
        for rows in parts:
            part = mine.rows(rows)
            loss = _loss(part, advantages[rows], policy, whole.count)
            loss.backward()
        assert policy.grad is not None
        if ranks > 1:
            distributed.all_reduce(policy.grad)
        found[name] = policy.grad
    return found


def _loss(part: Tokens, advantages: Tensor, policy: Tensor, num_items: Tensor) -> Tensor:
    log_probs = policy[0] + policy[1] * part.log_probs
    values = policy[0] - policy[1] * part.values
    clipped = policy_loss(log_probs, part.log_probs, advantages, part.mask, num_items, 0.2)
    critic = value_loss(values, part.values, part.reference, part.mask, num_items, 0.2)
    return clipped.loss + critic.loss + masked_mean(k2(log_probs, part.reference), part.mask, num_items)


if __name__ == "__main__":
    folder, rank = Path(sys.argv[1]), int(sys.argv[2])
    distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    torch.save(step(rank, 2, 1), folder / f"{rank}.pt")
    distributed.destroy_process_group()
