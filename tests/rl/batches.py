"""Random batches of response tokens, for the tests of pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from redstar_geo.rl.tokens import response_mask

LENGTHS = (5, 9, 1, 7, 3, 9, 4, 6)


@dataclass(frozen=True)
class Tokens:
    """Eight responses, two to each of four prompts, of 1 to 9 tokens; the third is undecided."""

    scores: Tensor
    groups: Tensor
    mask: Tensor
    log_probs: Tensor
    reference: Tensor
    values: Tensor

    def rows(self, rows: slice | Tensor) -> Tokens:
        return Tokens(*(tensor[rows] for tensor in vars(self).values()))


def tokens(width: int = 9, seed: int = 0) -> Tokens:
    """Of `width` columns; what lies outside the mask is large, so that nothing may read it."""
    chance = torch.Generator().manual_seed(seed)
    mask = response_mask(LENGTHS, width)
    mask[2] = False
    drawn = torch.randn(3, len(LENGTHS), max(LENGTHS), generator=chance)
    filled = [torch.full(mask.shape, 1e6) for _ in drawn]
    for whole, one in zip(filled, drawn, strict=True):
        whole[:, : one.shape[1]] = one
        whole[~mask] = 1e6
    log_probs, reference, values = filled
    scores = torch.tensor([1.0, 0.0, torch.nan, 1.0, 1.0, 1.0, 0.0, 0.5])
    groups = torch.tensor([0, 0, 1, 1, 2, 2, 3, 3])
    return Tokens(scores, groups, mask, log_probs, reference, values)
