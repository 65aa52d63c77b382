"""What follows a token: its discounted rewards, and the generalised advantage over a critic's values.

The response mask may have gaps; the token after y_t is then the next one under the mask.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad


def rewards_to_go(rewards: Tensor, mask: Tensor, discount: float = 1.0) -> Tensor:
    """Σ_{i ≥ t} discount^(i − t) r_i over the tokens under the mask, 0 elsewhere.

    Args:
        rewards: [B, T]; mask: [B, T], true on response tokens.

    Returns:
        [B, T]
    """
    counted = torch.where(mask, rewards, 0.0)
    if discount == 1.0:
        return torch.where(mask, counted.flip(1).cumsum(1).flip(1), 0.0)
    running = torch.zeros_like(counted[:, 0])
    found = torch.zeros_like(counted)
    for t in reversed(range(counted.shape[1])):
        running = torch.where(mask[:, t], counted[:, t] + discount * running, running)
        found[:, t] = running
    return torch.where(mask, found, 0.0)


def generalised_advantages(
    rewards: Tensor, values: Tensor, mask: Tensor, discount: float = 1.0, decay: float = 1.0
) -> tuple[Tensor, Tensor]:
    """GAE (arXiv 1506.02438) with γ = `discount` and λ = `decay`, and the returns that the critic is to learn.

    A response is an episode of its own: behind its last token the value is 0, also when it was cut. λ = 1 makes the
    advantage the reward to go minus the value, λ = 0 the one-step error.

    Args:
        rewards, values: [B, T], without gradient; mask: [B, T], true on response tokens.

    Returns:
        Advantages [B, T], not normalised, and returns [B, T] = advantages + values; 0 outside the mask.
    """
    errors = rewards + discount * _following(values, mask) - values
    advantages = rewards_to_go(errors, mask, discount * decay)
    return advantages, torch.where(mask, advantages + values, 0.0)


def _following(values: Tensor, mask: Tensor) -> Tensor:
    """At each token the value of the next one under the mask, 0 where there is none."""
    length = mask.shape[1]
    places = torch.arange(length, device=mask.device).expand_as(mask).masked_fill(~mask, length)
    first_from_here = places.flip(1).cummin(1).values.flip(1)
    return pad(values, (0, 1)).gather(1, pad(first_from_here[:, 1:], (0, 1), value=length))
