"""Losses over response tokens [B, T], each divided by what the whole optimizer step has of tokens or of responses.

These are counted over micro-batches and ranks, so that micro-batches add up to the loss of one batch. Where gradients
are averaged over ranks (DDP, DeepSpeed), multiply the loss by their number. `surrogates` has the policy's losses.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class ClippedLoss:
    """`loss` is a differentiable scalar; `clip_fraction` the share of tokens that clipping took the gradient from.

    Both are divided by what the step has: summed over micro-batches and ranks they are those of the step.
    """

    loss: Tensor
    clip_fraction: Tensor


@dataclass(frozen=True)
class Items:
    """Of the whole optimizer step, over micro-batches and ranks: response tokens, and responses that have any."""

    tokens: Tensor
    responses: Tensor


def masked_mean(values: Tensor, mask: Tensor, num_items: Tensor | float) -> Tensor:
    """Σ values / num_items over the mask, a scalar; what lies outside, NaN included, is never read."""
    return torch.where(mask, values, 0.0).sum() / num_items


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
