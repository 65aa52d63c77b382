"""Keys and values that grow in place, and whose rows can be dropped and replaced while the others are decoded.

Transformers' own cache copies all of them for every token.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedConfig
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer

_LEAST_ROOM = 128  # tokens


class GrowingLayer(DynamicLayer):
    """A layer's keys and values [batch, heads, tokens, width], with room behind them that is written as tokens come."""

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        super().lazy_initialization(key_states, value_states)
        self._room = [_room(key_states, 0), _room(value_states, 0)]

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Add the states of new tokens; returns those of all."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        before = self.get_seq_length()
        after = before + key_states.shape[-2]
        if after > self._room[0].shape[-2]:
            grown = [_room(new, after) for new in (key_states, value_states)]
            for old, new in zip(self._room, grown, strict=True):
                new[..., :before, :] = old[..., :before, :]
            self._room = grown
        for room, new in zip(self._room, (key_states, value_states), strict=True):
            room[..., before:after, :] = new
        return self._show(slice(after))

    def batch_select_indices(self, indices: Tensor) -> None:
        """Keep these rows, in this order; one may be named several times."""
        after = self.get_seq_length()
        self._room = [room.index_select(0, indices) for room in self._room]
        self._show(slice(after))

    def replace(self, rows: Tensor, others: GrowingLayer) -> None:
        """Put the rows of another layer, of no more tokens, in the place of these, so that all end at one token."""
        after, tokens = self.get_seq_length(), others.get_seq_length()
        for room, new in zip(self._room, others._room, strict=True):
            room[rows, :, after - tokens : after] = new[..., :tokens, :]

    def drop_first(self, tokens: int) -> None:
        """Forget the first tokens of all rows. What they took is given back when the layer next grows."""
        after = self.get_seq_length() - tokens
        self._room = [room[..., tokens:, :] for room in self._room]
        self._show(slice(after))

    def _show(self, tokens: slice) -> tuple[Tensor, Tensor]:
        self.keys, self.values = (room[..., tokens, :] for room in self._room)
        return self.keys, self.values


def cache(config: PreTrainedConfig) -> Cache:
    """For a batch that is answered by a model of this configuration; layers of full attention grow in place."""
    held = DynamicCache(config=config)
    held.layers = [GrowingLayer() if type(layer) is DynamicLayer else layer for layer in held.layers]
    return held


def growing(held: Cache) -> list[GrowingLayer]:
    """The layers of a cache all of which grow in place: its rows can be replaced.

    Raises:
        TypeError: some do not (linear attention, windows).
    """
    layers = [layer for layer in held.layers if isinstance(layer, GrowingLayer)]
    if len(layers) != len(held.layers):
        raise TypeError("only rows of full attention can be replaced while others are decoded")
    return layers


def _room(states: Tensor, tokens: int) -> Tensor:
    """For half as many tokens again as are there."""
    shape = (*states.shape[:-2], tokens + max(_LEAST_ROOM, tokens // 2) if tokens else 0, states.shape[-1])
    return torch.empty(shape, dtype=states.dtype, device=states.device)
