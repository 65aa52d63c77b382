"""In what is computed: bfloat16 only where the machine multiplies it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
import torch

from redstar_geo.models.precision import compute_dtype, multiplies_bfloat16


@pytest.fixture(params=[(), ("avx512_bf16",), ("amx_bf16",), ("bf16",)], ids=lambda known: "-".join(known) or "none")
def known(request: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """What the CPU of a machine without a GPU is able to do."""
    can = MappingProxyType({"avx2": True, "avx512_bf16": False} | dict.fromkeys(request.param, True))
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    return tuple(request.param)


def test_bfloat16_is_computed_in_where_it_is_multiplied(known: tuple[str, ...], capsys: Any) -> None:
    assert multiplies_bfloat16() is bool(known)
    assert compute_dtype("bfloat16") is (torch.bfloat16 if known else torch.float32)
    assert ("this CPU does not multiply bfloat16" in capsys.readouterr().err) is not bool(known)


def test_what_was_asked_for_otherwise_is_done(known: tuple[str, ...], capsys: Any) -> None:
    assert compute_dtype("float32") is torch.float32
    assert compute_dtype("bfloat16", "bfloat16") is torch.bfloat16, "of weights in it"
    assert not capsys.readouterr().err
