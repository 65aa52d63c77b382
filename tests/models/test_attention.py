"""Which attention is chosen, and how often it is called for a row of many parts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from redstar_geo.models import attention
from redstar_geo.models.attention import PACKED, use_packed_attention, vision_attention
from tests.models.samples import tiny_model


def test_windows_of_one_size_are_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    sdpa = attention.scaled_dot_product_attention

    def counted(query: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        calls.append(len(query))
        return sdpa(query, *args, **kwargs)

    monkeypatch.setattr(attention, "scaled_dot_product_attention", counted)
    lengths = [16, 16, 8, 16, 4, 8, *[16] * 50]
    starts = torch.tensor([0, *lengths]).cumsum(0).to(torch.int32)
    torch.manual_seed(0)
    q, k, v = (torch.randn(1, 2, sum(lengths), 8, requires_grad=True) for _ in "qkv")
    found = vision_attention(nn.Module(), q, k, v, None, cu_seq_lens_q=starts, max_length_q=16)[0]
    assert sorted(calls) == [1, 2, 53], "one call a size: a full row of pictures has 1,024 windows"
    gradients = torch.autograd.grad(found.square().sum(), (q, k, v))
    parts = zip(*(tensor.split(lengths, dim=2) for tensor in (q, k, v)), strict=True)
    expected = torch.cat([sdpa(*part) for part in parts], dim=2).transpose(1, 2)
    torch.testing.assert_close(found, expected)
    for mine, theirs in zip(gradients, torch.autograd.grad(expected.square().sum(), (q, k, v)), strict=True):
        torch.testing.assert_close(mine, theirs)


def test_under_autocast_it_attends_in_half_precision_whatever_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[torch.dtype, bool]] = []

    def takes(query: Tensor, grouped: bool) -> bool:
        seen.append((query.dtype, grouped))
        return False

    monkeypatch.setattr(attention, "_varlen_kernel_takes", takes)
    starts = torch.tensor([0, 4], dtype=torch.int32)
    row = [torch.randn(1, 2, 4, 8) for _ in "qkv"]
    with torch.autocast("cpu", torch.bfloat16):
        vision_attention(nn.Module(), *row, None, cu_seq_lens_q=starts, max_length_q=4)
    vision_attention(nn.Module(), *row, None, cu_seq_lens_q=starts, max_length_q=4)
    assert seen == [(torch.bfloat16, False), (torch.float32, False)], "the kernel for GPUs takes half precision only"


def test_flash_attention_is_taken_while_the_model_still_lies_in_the_hosts_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attention, "is_flash_attn_2_available", lambda: True)
    model, asked = tiny_model("qwen3"), []
    monkeypatch.setattr(type(model), "set_attn_implementation", lambda self, name: asked.append(name))
    assert use_packed_attention(model) == PACKED  # in float32, which that library does not take
    assert use_packed_attention(model.to(torch.bfloat16)) == "flash_attention_2"
    assert asked == [PACKED, "flash_attention_2"]
