"""Where the sampler's distribution is not the trainer's: a token or a response weighs by how far they are apart.

The sampler computes other probabilities than the trainer (kernels, precision, cache). Left alone, this makes training
on the policy's own samples off-policy. Truncated importance sampling weighs by min(π_old/π_sampler, cap), token by
token (Yao et al. 2025, "Your efficient RL framework secretly brings you off-policy RL training"), or by the ratio of
the whole response (Liu et al. 2025, "When speed kills stability"), which has no bias but for the cap; the truncation is
that of Ionides 2008.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, distributed

from redstar_geo.recipe import Section

_LARGEST_LOG_RATIO = 20.0  # exp of more would overflow


class Importance(Section):
    """Truncated importance sampling.

    Attributes:
        level: whose ratio weighs, each `token`'s own or that of the `sequence`.
        cap: of the weight.
    """

    level: Literal["token", "sequence"] = "token"
    cap: float = Field(default=2.0, gt=1)


def truncated_weights(recomputed: Tensor, sampled: Tensor, mask: Tensor, importance: Importance) -> Tensor:
    """min(π_old/π_sampler, cap) [B, T], without gradient; 1 outside the mask.

    Args:
        recomputed: log π_old, sampled: log π_sampler of the sampled tokens [B, T].
    """
    difference = torch.where(mask, recomputed - sampled, 0.0).detach()
    if importance.level == "sequence":
        difference = difference.sum(1, keepdim=True).expand(mask.shape)
    weights = difference.clamp(max=_LARGEST_LOG_RATIO).exp().clamp(max=importance.cap)
    return torch.where(mask, weights, 1.0)


def effective_sample_size(weights: Tensor, mask: Tensor) -> float:
    """(Σ w)² / (n Σ w²) over the response tokens of all ranks, a share (Kong 1992); a collective.

    1 of no tokens, 0 where the policy has left the sampler so far that no weight is left.
    """
    kept = weights[mask].double()
    sums = torch.stack([kept.sum(), (kept**2).sum(), mask.sum().double()])
    if distributed.is_initialized():
        distributed.all_reduce(sums)
    total, squares, count = sums.tolist()
    if not squares:
        return float(not count)
    return float(total**2 / (squares * count))
