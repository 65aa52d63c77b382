"""Keys and values that grow in place: transformers' own cache copies all of them for every token."""

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
        self.keys, self.values = (room[..., :after, :] for room in self._room)
        return self.keys, self.values


def cache(config: PreTrainedConfig) -> Cache:
    """For a batch that is answered by a model of this configuration; layers of full attention grow in place."""
    held = DynamicCache(config=config)
    held.layers = [GrowingLayer() if type(layer) is DynamicLayer else layer for layer in held.layers]
    return held


def _room(states: Tensor, tokens: int) -> Tensor:
    """For half as many tokens again as are there."""
    shape = (*states.shape[:-2], tokens + max(_LEAST_ROOM, tokens // 2) if tokens else 0, states.shape[-1])
    return torch.empty(shape, dtype=states.dtype, device=states.device)
