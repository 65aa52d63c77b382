"""Response tokens as rows [B, T] with their mask, and mean and variance over those of all ranks and micro-batches.

Moments are merged, not averaged (Chan, Golub and LeVeque 1979), in float64: parts of unequal size give what one batch
would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor, distributed
from torch.nn.utils.rnn import pad_sequence

_LEAST_VARIANCE = 1e-8  # equal rewards give advantages of 0, not of 0 / 0


def response_mask(lengths: Sequence[int], width: int | None = None) -> Tensor:
    """[B, T], true on the first `lengths[i]` tokens of row i; T is `width` or the greatest length."""
    longest = max(lengths, default=0) if width is None else width
    return torch.arange(longest) < torch.tensor(lengths, dtype=torch.long).unsqueeze(1)


def as_rows(flat: Tensor, lengths: Sequence[int]) -> Tensor:
    """The tokens [ΣT] of responses one after another as rows [B, T], 0 behind each; T is the greatest length."""
    if not lengths:
        return flat.reshape(0, 0)  # of a rank that has nothing left, still part of the graph
    return pad_sequence(flat.split(list(lengths)), batch_first=True)


@dataclass(frozen=True)
class Moments:
    """Of `count` numbers: their mean and the sum of their squared deviations from it; three scalars in float64."""

    count: Tensor
    mean: Tensor
    squares: Tensor

    @property
    def variance(self) -> Tensor:
        """Squares over count, not over count − 1; 0 of nothing."""
        return self.squares / self.count.clamp(min=1.0)

    def merged(self, other: Moments) -> Moments:
        """The moments of both parts together."""
        count = self.count + other.count
        share = other.count / count.clamp(min=1.0)
        apart = other.mean - self.mean
        squares = self.squares + other.squares + apart**2 * self.count * share
        return Moments(count, self.mean + apart * share, squares)


def moments(values: Tensor, mask: Tensor) -> Moments:
    """The moments of `values` [...] where `mask` [...] is true, on this rank; of nothing: three zeros."""
    kept = values[mask].double()
    count = torch.tensor(float(kept.numel()), dtype=torch.float64, device=values.device)
    mean = kept.sum() / count.clamp(min=1.0)
    return Moments(count, mean, ((kept - mean) ** 2).sum())


def over_ranks(part: Moments) -> Moments:
    """The moments over all ranks, the same on each; a collective where torch.distributed is initialised."""
    if not distributed.is_initialized():
        return part
    mine = torch.stack([part.count, part.mean, part.squares])
    every = [torch.empty_like(mine) for _ in range(distributed.get_world_size())]
    distributed.all_gather(every, mine)
    return reduce(Moments.merged, (Moments(*one.unbind()) for one in every))


def normalised(values: Tensor, mask: Tensor, whole: Moments) -> Tensor:
    """(values − mean) / √max(variance, 1e-8) where `mask` is true, 0 elsewhere; `values` and `mask` [B, T]."""
    centred = (values.double() - whole.mean) / whole.variance.clamp(min=_LEAST_VARIANCE).sqrt()
    return torch.where(mask, centred, 0.0).to(values.dtype)


def explained_variance(values: Tensor, returns: Tensor, mask: Tensor) -> Tensor:
    """1 − Var(returns − values) / Var(returns) over all ranks, a scalar: 1 for a perfect critic, 0 for a constant one.

    NaN when the returns do not vary: nothing is there to explain.
    """
    error, target = over_ranks(moments(returns - values, mask)), over_ranks(moments(returns, mask))
    return 1.0 - error.variance / torch.where(target.variance > 0, target.variance, torch.nan)
