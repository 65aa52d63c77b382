"""Losses over response tokens [B, T], each divided by `num_items`: the response tokens of the whole optimizer step.

These are counted over micro-batches and ranks, so that micro-batches add up to the loss of one batch. Where gradients
are averaged over ranks (DDP, DeepSpeed), multiply the loss by their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_LARGEST_LOG_RATIO = 20.0  # exp of more would overflow


@dataclass(frozen=True)
class ClippedLoss:
    """`loss` is a differentiable scalar; `clip_fraction` the share of tokens that clipping took the gradient from.

    Both are divided by `num_items`: summed over micro-batches and ranks they are those of the step.
    """

    loss: Tensor
    clip_fraction: Tensor


def masked_mean(values: Tensor, mask: Tensor, num_items: Tensor | float) -> Tensor:
    """Σ values / num_items over the mask, a scalar; what lies outside, NaN included, is never read."""
    return torch.where(mask, values, 0.0).sum() / num_items


def policy_loss(
    log_probs: Tensor,
    old_log_probs: Tensor,
    advantages: Tensor,
    mask: Tensor,
    num_items: Tensor | float,
    clip: float,
    weights: Tensor | None = None,
) -> ClippedLoss:
    """PPO's clipped surrogate (arXiv 1707.06347): −Σ min(ρ Â, clip(ρ, 1 − ε, 1 + ε) Â) / num_items.

    Args:
        log_probs: log π(y_t), with gradient [B, T].
        old_log_probs: log π_old(y_t), of the policy at the start of the step [B, T].
        advantages, mask: [B, T].
        clip: ε.
        weights: [B, T], of `correction.truncated_weights`, where the sampler's distribution differs from π_old.
    """
    log_ratio = torch.where(mask, log_probs - old_log_probs, 0.0)
    ratio = log_ratio.clamp(-_LARGEST_LOG_RATIO, _LARGEST_LOG_RATIO).exp()
    free, held = ratio * advantages, ratio.clamp(1.0 - clip, 1.0 + clip) * advantages
    gained = torch.minimum(free, held)
    if weights is not None:
        gained = weights * gained
    return ClippedLoss(-masked_mean(gained, mask, num_items), _fraction(held < free, mask, num_items))


def value_loss(
    values: Tensor, old_values: Tensor, returns: Tensor, mask: Tensor, num_items: Tensor | float, clip: float
) -> ClippedLoss:
    """½ Σ max((V − R)², (V_clipped − R)²) / num_items, where V_clipped stays within `clip` of the old value.

    Clipping of the value as in PPO's first implementation (Engstrom et al., arXiv 2005.12729). All tensors [B, T].
    """
    held = old_values + (values - old_values).clamp(-clip, clip)
    free_error, held_error = (values - returns) ** 2, (held - returns) ** 2
    loss = 0.5 * masked_mean(torch.maximum(free_error, held_error), mask, num_items)
    return ClippedLoss(loss, _fraction(held_error > free_error, mask, num_items))


def _fraction(clipped: Tensor, mask: Tensor, num_items: Tensor | float) -> Tensor:
    return masked_mean(clipped.float(), mask, num_items)
