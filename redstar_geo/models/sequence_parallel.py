"""The tokens of a row over several ranks: sequence parallelism after DeepSpeed-Ulysses (arXiv 2309.14509).

Each of n ranks holds T/n tokens of the row in every layer. For attention they exchange these for all T tokens of 1/n of
the heads, and exchange the result back (all-to-all). Pictures stand before the cut: every rank embeds the whole row and
keeps its share, so that image tokens, mRoPE positions and packed samples are cut like any others. A rank's gradient is
that of its own tokens; their sum over the ranks is the row's.

DeepSpeed's own engine (0.19, through accelerate) cuts each tensor of a batch along its second dimension, which pixels
and mRoPE positions [4, 1, T] do not have, and it drops the mask that keeps packed samples apart. Accelerate's context
parallelism takes no masks, so no packed rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed import ProcessGroup
from torch.nn.functional import pad
from transformers import PreTrainedConfig, PreTrainedModel

from redstar_geo.errors import InputError
from redstar_geo.models.families import family_of


@dataclass(frozen=True)
class Shares:
    """The ranks that share a row, and how many of its tokens each of them has, in order."""

    group: ProcessGroup
    tokens: list[int]

    @property
    def rank(self) -> int:
        return dist.get_rank(self.group)

    @property
    def own(self) -> slice:
        """This rank's tokens of the row."""
        before = sum(self.tokens[: self.rank])
        return slice(before, before + self.tokens[self.rank])


@dataclass(frozen=True)
class SampleBounds:
    """Where the N samples of a packed row begin [N + 1], T at the end, and how many tokens the longest has.

    `shares`, if only a part of the row is here.
    """

    starts: Tensor
    longest: int
    shares: Shares | None = None


_CUT: ContextVar[SampleBounds | None] = ContextVar("cut", default=None)


def check_shared(config: PreTrainedConfig, size: int, ranks: int) -> None:
    """Whether `size` of so many ranks can share a row of the model.

    Raises:
        InputError: they cannot.
    """
    if size == 1:
        return
    text = config.get_text_config()
    heads, of_keys = text.num_attention_heads, text.num_key_value_heads
    if ranks % size:
        raise InputError(
            f"sequence_parallel_size is {size}, but {ranks} processes cannot be divided into groups of {size}. Start a "
            f"multiple of {size} (`torchrun --nproc_per_node {size} -m redstar_geo train RECIPE …`), or change it."
        )
    if heads % size or (of_keys % size and size % of_keys):
        raise InputError(
            f"sequence_parallel_size is {size}, but the model's {heads} attention heads ({of_keys} of keys and values) "
            f"cannot be dealt evenly to {size} ranks. Take a number that divides {heads}."
        )
    others = {kind for kind in text.to_dict().get("layer_types") or () if kind != "full_attention"}
    if others:
        raise InputError(
            f"sequence_parallel_size is {size}, but the model has layers of {' and '.join(sorted(others))}, whose work "
            "ranks cannot share here. Leave sequence_parallel_size out, or take a model of full attention alone."
        )


def share_rows(model: PreTrainedModel) -> None:
    """From now on the language model is given this rank's tokens alone, within `shared_row`."""
    inner: Any = model.base_model
    language: nn.Module = inner.language_model if family_of(model.config).sees else inner
    language.register_forward_pre_hook(_own_tokens, with_kwargs=True)


@contextmanager
def shared_row(inputs: Mapping[str, Any], group: ProcessGroup | None) -> Iterator[slice]:
    """Around the forward of a row as `collate` gives it; which tokens are this rank's.

    All of them without a group, of a padded batch as well. Where they cannot be dealt evenly, the first ranks have one
    more.
    """
    if group is None:
        yield slice(None)
        return
    positions = inputs["position_ids"]
    text = positions.reshape(-1, positions.shape[-1])[0]  # [T], 0 where a sample begins
    starts = pad((text == 0).nonzero().flatten(), (0, 1), value=len(text)).to(torch.int32)
    ranks = dist.get_world_size(group)
    shares = Shares(group, [len(text) // ranks + (rank < len(text) % ranks) for rank in range(ranks)])
    before = _CUT.set(SampleBounds(starts, int(starts.diff().max()), shares))
    try:
        yield shares.own
    finally:
        _CUT.reset(before)


def bounds_of_shared_row() -> SampleBounds | None:
    """Of the row that goes through the model, if it is one that ranks share."""
    return _CUT.get()


def _own_tokens(
    _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """The arguments of a language model, which are all given by name, for this rank's tokens."""
    bounds = _CUT.get()
    if bounds is None or bounds.shares is None:
        return None
    own, kept = bounds.shares.own, dict(kwargs)
    for name in ("input_ids", "inputs_embeds", "visual_pos_masks"):  # [1, T] or [1, T, H]
        if kept.get(name) is not None:
            kept[name] = kept[name][:, own].clone()  # a view would keep the whole
    kept["position_ids"] = kept["position_ids"][..., own]
    if kept.get("deepstack_visual_embeds") is not None:  # for each layer [image tokens, H]
        seen = kwargs["visual_pos_masks"][0]
        first, number = int(seen[: own.start].sum()), int(seen[own].sum())
        kept["deepstack_visual_embeds"] = [one[first : first + number] for one in kept["deepstack_visual_embeds"]]
    return args, kept


def to_heads(query: Tensor, key: Tensor, value: Tensor, shares: Shares) -> tuple[Tensor, Tensor, Tensor]:
    """From this rank's tokens of all heads [1, heads, t, D] to all tokens of this rank's heads [1, heads / n, T, D].

    Heads of keys and values that are fewer than ranks go to several.
    """
    ranks, own = len(shares.tokens), query.shape[2]
    copies = max(1, ranks // key.shape[1])
    key, value = (tensor.repeat_interleave(copies, dim=1) for tensor in (key, value))
    by_rank = [tensor[0].unflatten(0, (ranks, -1)) for tensor in (query, key, value)]  # [n, heads / n, t, D]
    sent = torch.cat(by_rank, dim=1).transpose(1, 2).flatten(0, 1)  # [n t, heads / n of all three, D]
    received = _Exchange.apply(sent, [own] * ranks, shares.tokens, shares.group)
    whole = received.transpose(0, 1).unsqueeze(0).split([tensor.shape[1] for tensor in by_rank], dim=1)
    return whole[0], whole[1], whole[2]


def to_tokens(attended: Tensor, shares: Shares) -> Tensor:
    """Back, from all tokens of this rank's heads [1, T, heads / n, D] to its tokens of all heads [1, t, heads, D]."""
    ranks, own = len(shares.tokens), shares.tokens[shares.rank]
    received = _Exchange.apply(attended[0], shares.tokens, [own] * ranks, shares.group)  # [n t, heads / n, D]
    tokens: Tensor = received.unflatten(0, (ranks, own)).transpose(0, 1).flatten(1, 2).unsqueeze(0)
    return tokens


class _Exchange(torch.autograd.Function):
    """Rank i gets the i-th part of what every rank has, along the first dimension (torch's own is deprecated)."""

    @staticmethod
    def forward(ctx: Any, parts: Tensor, sent: list[int], received: list[int], group: ProcessGroup) -> Tensor:
        ctx.sent, ctx.received, ctx.group = sent, received, group
        result = parts.new_empty(sum(received), *parts.shape[1:])
        dist.all_to_all_single(result, parts.contiguous(), received, sent, group)
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        return _Exchange.apply(gradient, ctx.received, ctx.sent, ctx.group), None, None, None
