"""Attention within each sample of a packed row, without a mask of T × T.

With position ids that start again at every sample and no cache, transformers hands scaled-dot-product attention a dense
block-diagonal mask: right, but T² bytes of it (256 MiB at 16k tokens), every block of it computed, and no flash kernel.
The implementation registered here (through transformers' own attention registries) keeps the bounds of the samples in
the mask's place, and attends sample by sample, with torch's variable-length flash kernel where there is one and with
SDPA otherwise, once for all that are equally long. For anything but a packed row, as in generation, it is
transformers' own SDPA. The vision towers of Qwen, whose images and windows lie in one row too, use the same kernel.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention.varlen import varlen_attn
from torch.nn.functional import pad, scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask
from transformers.utils import is_flash_attn_2_available

from redstar_geo.models.families import check_packs, family_of
from redstar_geo.models.sequence_parallel import SampleBounds, bounds_of_shared_row, to_heads, to_tokens

PACKED = "packed_sdpa"
VISION = "packed_vision_flash"  # "flash" in the name makes the Qwen vision towers pass the bounds of images and windows
_HALF = (torch.bfloat16, torch.float16)
_KERNEL = inspect.signature(varlen_attn).parameters  # of torch 2.11 it has no enable_gqa


def use_packed_attention(model: PreTrainedModel, shared: bool = False) -> str:
    """Set the attention of all parts of the model: flash-attention where installed, else this module's; says which.

    The model may still lie in the host's memory: a trainer brings it to the GPU later. Flash-attention takes half
    precision only, and a model in float32 generates in float32, so there it is this module's, under autocast in half.

    Args:
        shared: whether ranks share rows (`sequence_parallel`), of which only this module knows.

    Raises:
        InputError: no samples of this family can share a row.
    """
    family = family_of(model.config)
    check_packs(family, "This training packs")
    if model.dtype in _HALF and not shared and is_flash_attn_2_available():  # which says no where there is no GPU
        model.set_attn_implementation("flash_attention_2")
        return "flash_attention_2"
    if not family.sees:
        model.set_attn_implementation(PACKED)
    elif family.tiled:
        model.set_attn_implementation({"text_config": PACKED})  # tiles are a batch, nothing to keep apart
    else:
        model.set_attn_implementation({"text_config": PACKED, "vision_config": VISION})
    return PACKED


def packed_mask(
    *,
    q_length: int,
    kv_length: int,
    mask_function: Callable[..., Tensor],
    attention_mask: Tensor | None = None,
    allow_is_causal_skip: bool = True,
    device: torch.device | str = "cpu",
    **kwargs: Any,
) -> Tensor | SampleBounds | None:
    """The bounds of the samples of one packed row; what SDPA gets otherwise.

    Transformers calls this once a forward. It forbids the skip of a causal mask without padding only where it has seen
    several samples in the position ids; a token that may not attend to the one before it starts a sample.
    """
    if (shared := bounds_of_shared_row()) is not None:
        return shared
    one_packed_row = (
        attention_mask is None
        and not allow_is_causal_skip
        and q_length == kv_length > 1
        and kwargs["batch_size"] == 1
        and kwargs.get("local_size") is None
        and not kwargs.get("use_vmap", False)
    )
    if not one_packed_row:
        return sdpa_mask(
            q_length=q_length,
            kv_length=kv_length,
            mask_function=mask_function,
            attention_mask=attention_mask,
            allow_is_causal_skip=allow_is_causal_skip,
            device=device,
            **kwargs,
        )
    tokens = torch.arange(1, q_length, device=device)
    only_row = torch.zeros_like(tokens)
    starts = 1 + (~mask_function(only_row, only_row, tokens, tokens - 1)).nonzero().flatten()
    starts = pad(pad(starts, (1, 0)), (0, 1), value=q_length).to(torch.int32)
    return SampleBounds(starts, int(starts.diff().max()))


def packed_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | SampleBounds | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Attention of query [B, heads, T, D] to key and value [B, key heads, T, D]; the result is [B, T, heads, D]."""
    if not isinstance(attention_mask, SampleBounds):
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, dropout=dropout, **kwargs
        )
    starts, longest, shares = attention_mask.starts, attention_mask.longest, attention_mask.shares
    if shares is None:
        return _attend(query, key, value, starts, longest, True, scaling, dropout), None
    query, key, value = to_heads(*_computed_in(query, key, value), shares)
    return to_tokens(_attend(query, key, value, starts, longest, True, scaling, dropout), shares), None


def vision_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: None,
    *,
    cu_seq_lens_q: Tensor,
    max_length_q: int,
    scaling: float | None = None,
    dropout: float = 0.0,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Attention of patches [1, heads, P, D] within each image or window; these begin at `cu_seq_lens_q` [N + 1]."""
    return _attend(query, key, value, cu_seq_lens_q, max_length_q, False, scaling, dropout), None


def _attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    starts: Tensor,
    longest: int,
    causal: bool,
    scaling: float | None,
    dropout: float,
) -> Tensor:
    """Attention within each part of one row [1, heads, T, D]; the result is [1, T, heads, D]."""
    query, key, value = _computed_in(query, key, value)
    grouped = query.shape[1] != key.shape[1]
    if _varlen_kernel_takes(query, grouped) and not dropout:
        q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))  # [T, heads, D]
        options: dict[str, Any] = {"enable_gqa": True} if grouped else {}
        options |= {"scale": scaling, "window_size": (-1, 0 if causal else -1)}
        of_row = varlen_attn(q, k, v, starts, starts, longest, longest, **options)
        assert isinstance(of_row, Tensor)
        return of_row.unsqueeze(0)
    lengths = starts.diff().tolist()
    parts = [tensor.split(lengths, dim=2) for tensor in (query, key, value)]
    attended: list[Tensor] = [query] * len(lengths)
    for length in dict.fromkeys(lengths):  # a row of pictures has a thousand windows, nearly all of one size
        alike = [place for place, other in enumerate(lengths) if other == length]
        q, k, v = (torch.cat([part[place] for place in alike]) if len(alike) > 1 else part[alike[0]] for part in parts)
        found = scaled_dot_product_attention(
            q, k, v, dropout_p=dropout, is_causal=causal, scale=scaling, enable_gqa=grouped
        )
        for place, one in zip(alike, found.split(1), strict=True):
            attended[place] = one
    return torch.cat(attended, dim=2).transpose(1, 2).contiguous()


def _computed_in(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """In autocast's dtype where it is on: rotary embeddings of a float32 model leave it in float32."""
    kind = query.device.type
    dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else query.dtype
    return query.to(dtype), key.to(dtype), value.to(dtype)


def _varlen_kernel_takes(query: Tensor, grouped: bool) -> bool:
    """Flash attention: half precision on Ampere or newer; torch 2.12 is the first whose kernel takes grouped heads."""
    known = "window_size" in _KERNEL and (not grouped or "enable_gqa" in _KERNEL)
    return known and query.is_cuda and query.dtype in _HALF and torch.cuda.get_device_capability(query.device) >= (8, 0)


AttentionInterface.register(PACKED, packed_attention)
AttentionMaskInterface.register(PACKED, packed_mask)
AttentionInterface.register(VISION, vision_attention)
