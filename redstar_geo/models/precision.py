"""In what a model computes: in bfloat16 where the machine multiplies it, else in float32."""

from __future__ import annotations

from typing import Literal

import torch

from redstar_geo.progress import console

Name = Literal["float32", "bfloat16"]
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
_BY_CPU = ("amx_bf16", "avx512_bf16", "bf16")  # of x86 the first two, of Arm the last


def multiplies_bfloat16() -> bool:
    """Whether the GPU or CPU does. On a CPU that does not, a product of matrices takes some 50 times as long."""
    known = torch.cpu.get_capabilities()
    return torch.cuda.is_available() or any(known.get(name, False) for name in _BY_CPU)


def compute_dtype(wanted: Name, weights: Name = "float32") -> torch.dtype:
    """Of the forward and backward pass: `wanted`; float32, and this is said, where bfloat16 would be emulated.

    Weights in bfloat16 compute in it in any case.
    """
    if wanted == weights or multiplies_bfloat16():
        return DTYPES[wanted]
    console.print("compute: float32, since this CPU does not multiply bfloat16", highlight=False)
    return torch.float32
