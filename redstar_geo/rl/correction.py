"""The sampler computes other probabilities than the trainer (kernels, precision, cache): how far apart, and weighed.

Left alone, this makes training on the policy's own samples off-policy. Truncated importance sampling weighs a token by
π_old/π_sampler, cut at a cap (Yao et al. 2025, "Your efficient RL framework secretly brings you off-policy RL
training"; the truncation is that of Ionides 2008).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from redstar_geo.rl.kl import k3
from redstar_geo.rl.losses import masked_mean


@dataclass(frozen=True)
class Gap:
    """Between log π_old and log π_sampler: mean and largest |difference|, and KL(π_sampler ‖ π_old) by k3.

    Three scalars, 0 without response tokens.
    """

    mean: Tensor
    largest: Tensor
    kl: Tensor


def gap(recomputed: Tensor, sampled: Tensor, mask: Tensor) -> Gap:
    """The gap on this rank between log π_old and log π_sampler of the sampled tokens; all [B, T]."""
    tokens = mask.sum().clamp(min=1)
    difference = torch.where(mask, recomputed - sampled, 0.0).abs()
    kl = masked_mean(k3(sampled, recomputed), mask, tokens)
    return Gap(difference.sum() / tokens, difference.max() if difference.numel() else kl, kl)


def truncated_weights(recomputed: Tensor, sampled: Tensor, mask: Tensor, cap: float) -> Tensor:
    """min(π_old/π_sampler, cap) [B, T], without gradient; 1 outside the mask."""
    difference = torch.where(mask, recomputed - sampled, 0.0).detach()
    return difference.exp().clamp(max=cap)
