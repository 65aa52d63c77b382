"""Advantages of response tokens from the scores of whole responses.

Shapes: scores [B]; groups [B], the prompt that a response answers, all responses to one prompt being on one rank; mask
[B, T], true on response tokens. A row without any is a response whose verdict is undecided: it has no part in means,
deviations or counts, and its score, NaN included, is never read.

The mask may have gaps; the token after y_t is then the next one under the mask. What is normalised is so over all
response tokens of all ranks (a collective), so that ranks call these in step.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

from redstar_geo.errors import InputError
from redstar_geo.rl.tokens import moments, normalised, over_ranks

LARGEST_SCORE = 10.0
_SMALLEST_DEVIATION = 1e-4  # added to a group's deviation, as TRL does


def token_rewards(
    scores: Tensor,
    divergence: Tensor,
    mask: Tensor,
    kl_weight: float,
    credits: Tensor | None = None,
    largest_score: float = LARGEST_SCORE,
) -> Tensor:
    """−β d_t at every response token, and the clipped score at the last one, also where the response was truncated.

    Args:
        divergence: d_t = `kl.k1` of the sampling policy against the reference [B, T].
        credits: rewards of single steps at their last tokens, on top [B, T].

    Returns:
        [B, T], 0 outside the mask.
    """
    remaining = mask.flip(1).cumsum(1).flip(1)
    last = mask & (remaining == 1)
    scored = torch.where(last, scores.clamp(-largest_score, largest_score).unsqueeze(1), 0.0)
    if credits is not None:
        scored = scored + credits
    return torch.where(mask, scored - kl_weight * divergence, 0.0)


def reinforce_plus_plus(
    scores: Tensor,
    divergence: Tensor,
    mask: Tensor,
    kl_weight: float,
    credits: Tensor | None = None,
    largest_score: float = LARGEST_SCORE,
) -> Tensor:
    """REINFORCE++ (arXiv 2501.03262): Â [B, T] of A_t = R − β Σ_{i ≥ t} d_i (+ Σ_{i ≥ t} credits), normalised."""
    rewards = token_rewards(scores, divergence, mask, kl_weight, credits, largest_score)
    return _normalised(rewards_to_go(rewards, mask), mask)


def reinforce_plus_plus_baseline(
    scores: Tensor,
    groups: Tensor,
    mask: Tensor,
    credits: Tensor | None = None,
    largest_score: float = LARGEST_SCORE,
) -> Tensor:
    """REINFORCE++ with baseline (arXiv 2501.03262): Â [B, T] of the score less its group's mean.

    Not divided by the group's deviation but normalised over the whole batch. The KL belongs into the loss: `kl.k2`.
    With credits, a token also has those still to come, less the mean of what its group's responses have to come there:
    0 for those that have ended.

    Raises:
        InputError: a prompt with one response.
    """
    centred, _ = _against_group(scores, groups, mask)
    advantages = centred.clamp(-largest_score, largest_score).unsqueeze(1).expand(mask.shape)
    if credits is not None:
        to_come = rewards_to_go(credits, mask)
        together = ((groups.unsqueeze(1) == groups) & mask.any(1)).to(credits.dtype)
        advantages = advantages + to_come - together @ to_come / together.sum(1, keepdim=True).clamp(min=1.0)
    return _normalised(torch.where(mask, advantages, 0.0), mask)


def grpo(scores: Tensor, groups: Tensor, mask: Tensor) -> Tensor:
    """GRPO (arXiv 2402.03300): [B, T] of (score − group's mean) / (group's deviation + 1e-4), as in TRL.

    Raises:
        InputError: a prompt with one response.
    """
    centred, deviation = _against_group(scores, groups, mask)
    return torch.where(mask, (centred / (deviation + _SMALLEST_DEVIATION)).unsqueeze(1), 0.0)


def gdpo(rewards: Tensor, shares: Sequence[float], groups: Tensor, mask: Tensor) -> Tensor:
    """GDPO (arXiv 2601.05242): Â [B, T] of several rewards, each compared within its group and only then added up.

    (reward − group's mean) / (group's deviation + 1e-4), times the reward's share, summed, normalised over the batch:
    rewards of different scale and spread keep the say that their shares give them.

    Args:
        rewards: each before its share [B, K]; shares: K of them.

    Raises:
        InputError: a prompt with one response.
    """
    summed = torch.zeros_like(rewards[:, 0])
    for reward, share in zip(rewards.unbind(1), shares, strict=True):
        centred, deviation = _against_group(reward, groups, mask)
        summed = summed + share * centred / (deviation + _SMALLEST_DEVIATION)
    return _normalised(torch.where(mask, summed.unsqueeze(1), 0.0), mask)


def ppo(
    scores: Tensor,
    divergence: Tensor,
    values: Tensor,
    mask: Tensor,
    kl_weight: float,
    discount: float = 1.0,
    decay: float = 1.0,
    credits: Tensor | None = None,
    largest_score: float = LARGEST_SCORE,
) -> tuple[Tensor, Tensor]:
    """PPO (arXiv 1707.06347): Â [B, T] by GAE, normalised over the whole batch, and the critic's returns [B, T].

    Args:
        values: of the critic at every response token, before it is written [B, T].
        discount, decay: γ and λ of GAE; 1 and 1 suit a score that is sparse and verified.
    """
    rewards = token_rewards(scores, divergence, mask, kl_weight, credits, largest_score)
    advantages, returns = generalised_advantages(rewards, values, mask, discount, decay)
    return _normalised(advantages, mask), returns


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
    to_go = torch.zeros_like(counted)
    for t in reversed(range(counted.shape[1])):
        running = torch.where(mask[:, t], counted[:, t] + discount * running, running)
        to_go[:, t] = running
    return torch.where(mask, to_go, 0.0)


def generalised_advantages(
    rewards: Tensor, values: Tensor, mask: Tensor, discount: float = 1.0, decay: float = 1.0
) -> tuple[Tensor, Tensor]:
    """GAE (arXiv 1506.02438) with γ = `discount` and λ = `decay`, and the returns that the critic is to learn.

    A response is an episode of its own: behind its last token the value is 0, also when it was truncated. λ = 1 makes
    the advantage the reward to go minus the value, λ = 0 the one-step error.

    Args:
        rewards, values: [B, T], without gradient; mask: [B, T], true on response tokens.

    Returns:
        Advantages [B, T], not normalised, and returns [B, T] = advantages + values; 0 outside the mask.
    """
    errors = rewards + discount * _following(values, mask) - values
    advantages = rewards_to_go(errors, mask, discount * decay)
    return advantages, torch.where(mask, advantages + values, 0.0)


def _normalised(advantages: Tensor, mask: Tensor) -> Tensor:
    return normalised(advantages, mask, over_ranks(moments(advantages, mask)))


def _against_group(scores: Tensor, groups: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Scores less the mean of their group, and its deviation (over n − 1), both [B]; 0 where undecided."""
    together = groups.unsqueeze(1) == groups
    if (together.sum(1) < 2).any():
        raise InputError(
            "1 response a prompt: the mean of its group is the response's own score, so every advantage would be 0. "
            "Sample 2 or more a prompt, or take REINFORCE++ without baseline."
        )
    decided = mask.any(1)
    known = torch.where(decided, scores, 0.0)
    among = (together & decided).to(known.dtype)  # [B, B]: row i averages over its group's decided members
    members = among.sum(1)
    centred = torch.where(decided, known - among @ known / members.clamp(min=1.0), 0.0)
    return centred, (among @ centred**2 / (members - 1.0).clamp(min=1.0)).sqrt()


def _following(values: Tensor, mask: Tensor) -> Tensor:
    """At each token the value of the next one under the mask, 0 where there is none."""
    length = mask.shape[1]
    places = torch.arange(length, device=mask.device).expand_as(mask).masked_fill(~mask, length)
    first_from_here = places.flip(1).cummin(1).values.flip(1)
    return pad(values, (0, 1)).gather(1, pad(first_from_here[:, 1:], (0, 1), value=length))
