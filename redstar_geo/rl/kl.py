"""How far apart two policies are on sampled tokens: KL estimates a token, and the sampler against the trainer.

k1, k2 and k3 estimate KL(π ‖ π_ref) from tokens that π sampled (Schulman 2020, "Approximating KL Divergence"). They
take log π(y_t) and log π_ref(y_t) [B, T] and return [B, T]; what lies outside the response mask means nothing.

The gap to the sampler, which computes other probabilities than the trainer, is what `importance` corrects.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from redstar_geo.rl.losses import masked_mean

_LARGEST = 10.0  # of a log-ratio: one token of a broken policy must not drown the batch, nor overflow in exp


def k1(log_probs: Tensor, reference: Tensor) -> Tensor:
    """log π − log π_ref, clamped to ±10: unbiased, can be negative; the d_t of REINFORCE++ (arXiv 2501.03262)."""
    return (log_probs - reference).clamp(-_LARGEST, _LARGEST)


def k2(log_probs: Tensor, reference: Tensor) -> Tensor:
    """½ (log π − log π_ref)²: for the loss, since its gradient is an unbiased one of the KL.

    It is not clamped: that would take the gradient away where the policy has drifted furthest.
    """
    return 0.5 * (log_probs - reference) ** 2


def k3(log_probs: Tensor, reference: Tensor) -> Tensor:
    """π_ref/π − 1 − log(π_ref/π): unbiased and never negative; what GRPO subtracts (arXiv 2402.03300)."""
    difference = k1(log_probs, reference)
    return (-difference).exp() - 1.0 + difference


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
