"""Response tokens as rows: sequences of different lengths → [B, T] and the mask over them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence


def response_mask(lengths: Sequence[int], width: int | None = None) -> Tensor:
    """[B, T], true on the first `lengths[i]` tokens of row i; T is `width` or the greatest length."""
    longest = max(lengths, default=0) if width is None else width
    return torch.arange(longest) < torch.tensor(lengths, dtype=torch.long).unsqueeze(1)


def as_rows(flat: Tensor, lengths: Sequence[int]) -> Tensor:
    """The tokens [ΣT] of responses one after another as rows [B, T], 0 behind each; T is the greatest length."""
    if not lengths:
        return flat.reshape(0, 0)  # of a rank that has nothing left, still part of the graph
    return pad_sequence(flat.split(list(lengths)), batch_first=True)
