"""What the policy maximises for the return: functions of the ratio ρ_t = π(y_t)/π_old(y_t) and the advantage Â_t.

All take tensors [B, T]: log π with gradient, log π_old, Â, the mask, and weights of an importance correction or None. A
row is a whole response. Losses of tokens are divided by the response tokens of the whole optimizer step, those that
average over each response first by its responses; see `losses`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from redstar_geo.rl.losses import ClippedLoss, Items, masked_mean

_LARGEST_LOG_RATIO = 20.0  # exp of more would overflow
_WARM, _COOL = 1.0, 1.05  # SAPO's temperatures for positive and for negative advantages, the paper's

Name = Literal["clipped", "gspo", "cispo", "sapo"]


@dataclass(frozen=True)
class Clip:
    """ρ is held within 1 − low and 1 + high; high > low is clip-higher (DAPO, arXiv 2503.14476)."""

    low: float
    high: float

    def __call__(self, ratio: Tensor) -> Tensor:
        return ratio.clamp(1.0 - self.low, 1.0 + self.high)


Surrogate = Callable[[Tensor, Tensor, Tensor, Tensor, Items, Clip, Tensor | None], ClippedLoss]


def clipped(
    log_probs: Tensor, old: Tensor, advantages: Tensor, mask: Tensor, items: Items, clip: Clip, weights: Tensor | None
) -> ClippedLoss:
    """PPO (arXiv 1707.06347): −Σ min(ρ Â, clip(ρ) Â) / tokens."""
    ratio = _ratio(_log_ratio(log_probs, old, mask))
    free, held = ratio * advantages, clip(ratio) * advantages
    gained = _weighted(torch.minimum(free, held), weights)
    return ClippedLoss(-masked_mean(gained, mask, items.tokens), _share(held < free, mask, items))


def gspo(
    log_probs: Tensor, old: Tensor, advantages: Tensor, mask: Tensor, items: Items, clip: Clip, weights: Tensor | None
) -> ClippedLoss:
    """GSPO (arXiv 2507.18071): the ratio is one of the response, s = exp(mean of log ρ_t).

    The token-wise form (section 4.3), s_t = sg[s] · π/sg[π], which has GSPO's gradient where a response has one
    advantage, and serves advantages that differ from token to token too: −Σ mean_t min(s_t Â, clip(s_t) Â) / responses.
    """
    log_ratio = _log_ratio(log_probs, old, mask)
    of_response = log_ratio.detach().sum(1, keepdim=True) / _length(mask)
    ratio = _ratio(of_response + log_ratio - log_ratio.detach())
    free, held = ratio * advantages, clip(ratio) * advantages
    gained = _weighted(torch.minimum(free, held), weights) / _length(mask)
    return ClippedLoss(-masked_mean(gained, mask, items.responses), _share(held < free, mask, items))


def cispo(
    log_probs: Tensor, old: Tensor, advantages: Tensor, mask: Tensor, items: Items, clip: Clip, weights: Tensor | None
) -> ClippedLoss:
    """CISPO (MiniMax-M1, arXiv 2506.13585): −Σ sg[min(ρ, 1 + high)] Â log π / tokens.

    The weight is clipped and not the gain, so that every token keeps a gradient; no lower bound, as in the paper.
    """
    ratio = _ratio(_log_ratio(log_probs, old, mask)).detach()
    capped = ratio.clamp(max=1.0 + clip.high)
    gained = _weighted(capped * advantages * log_probs, weights)
    return ClippedLoss(-masked_mean(gained, mask, items.tokens), _share(capped < ratio, mask, items))


def sapo(
    log_probs: Tensor, old: Tensor, advantages: Tensor, mask: Tensor, items: Items, clip: Clip, weights: Tensor | None
) -> ClippedLoss:
    """SAPO (arXiv 2511.20347): −Σ mean_t σ(τ (ρ − 1)) 4/τ Â / responses: a gate that closes softly in place of a clip.

    At ρ = 1 its gradient is that of ρ Â; τ is a little larger for negative advantages. `clip` has no part in it.
    """
    ratio = _ratio(_log_ratio(log_probs, old, mask))
    tau = torch.where(advantages > 0, _WARM, _COOL)
    gained = _weighted((tau * (ratio - 1.0)).sigmoid() * 4.0 / tau * advantages, weights) / _length(mask)
    return ClippedLoss(-masked_mean(gained, mask, items.responses), torch.zeros_like(items.tokens))


SURROGATES: dict[Name, Surrogate] = {"clipped": clipped, "gspo": gspo, "cispo": cispo, "sapo": sapo}


def _log_ratio(log_probs: Tensor, old: Tensor, mask: Tensor) -> Tensor:
    return torch.where(mask, log_probs - old, 0.0)


def _ratio(log_ratio: Tensor) -> Tensor:
    return log_ratio.clamp(-_LARGEST_LOG_RATIO, _LARGEST_LOG_RATIO).exp()


def _length(mask: Tensor) -> Tensor:
    """Tokens of each response [B, 1], 1 for those without any."""
    return mask.sum(1, keepdim=True).clamp(min=1)


def _weighted(gained: Tensor, weights: Tensor | None) -> Tensor:
    return gained if weights is None else weights * gained


def _share(where: Tensor, mask: Tensor, items: Items) -> Tensor:
    return masked_mean(where.float(), mask, items.tokens)
