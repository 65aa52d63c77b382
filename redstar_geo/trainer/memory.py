"""How much memory a process has held: CUDA's allocator, or the process itself on a CPU."""

from __future__ import annotations

import resource
from collections.abc import Mapping

import torch
import torch.distributed as dist


def begin(device: torch.device) -> None:
    """Count anew from here; of a process on a CPU only the most since its start is known."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)


def peak(device: torch.device) -> int:
    """The most bytes that were held since `begin`, by all that the device was asked for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def of_phases(peaks: Mapping[str, int], device: torch.device) -> dict[str, float]:
    """The most of any rank by phase, in GiB, as the log has it; a collective."""
    most = torch.tensor([peaks[phase] for phase in peaks], dtype=torch.float64, device=device)
    if dist.is_initialized():
        dist.all_reduce(most, op=dist.ReduceOp.MAX)
    return {f"{phase}_gib": round(bytes_ / 2**30, 3) for phase, bytes_ in zip(peaks, most.tolist(), strict=True)}
