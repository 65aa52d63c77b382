"""What bfloat16 costs this CPU: products of two 256 × 256 matrices on one thread, in GFLOP/s of CPU time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import torch

from redstar_geo.models.precision import multiplies_bfloat16

_SIDE, _PRODUCTS = 256, {torch.float32: 1_000, torch.bfloat16: 100}


def bench() -> Iterator[dict[str, Any]]:
    torch.set_num_threads(1)
    rates = {dtype: _rate(dtype, count) for dtype, count in _PRODUCTS.items()}
    yield {
        "what": "product of matrices",
        **{str(dtype).removeprefix("torch."): round(rate, 2) for dtype, rate in rates.items()},
        "ratio": round(rates[torch.float32] / rates[torch.bfloat16], 2),
        "multiplies bfloat16": multiplies_bfloat16(),
    }


def _rate(dtype: torch.dtype, count: int) -> float:
    matrix = torch.randn(_SIDE, _SIDE).to(dtype)
    started = time.process_time()
    for _ in range(count):
        matrix @ matrix
    return 2 * _SIDE**3 * count / (time.process_time() - started) / 1e9
