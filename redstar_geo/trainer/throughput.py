"""How fast a training runs and what holds it up, for its log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from redstar_geo.models.flops import mfu
from redstar_geo.trainer import memory


class Throughput(TrainerCallback):
    """Counts over all ranks, between one `lap` and the next.

    Time is that of the optimizer steps and of waiting for their data; checkpoints and evaluations are not in it. A
    device works on while the next batch is fetched, so the share of waiting is what it is at most.

    Args:
        device: of this rank.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._clear()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Around fetching the batches of a step."""
        started = time.perf_counter()
        yield
        self._waited += time.perf_counter() - started

    def add(self, tokens: float, room: float, flops: float) -> None:
        """A row, or this rank's share: real tokens, those that would fit, the operations that `StepFlops` counts."""
        self._tokens += tokens
        self._room += room
        self._flops += flops

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self._begun = time.perf_counter()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        self._stepped += time.perf_counter() - self._begun

    def lap(self) -> dict[str, float | None]:
        """What was counted since the last call, on every rank the same; to be called on all of them.

        - tokens_per_s: real tokens of all ranks a second.
        - padding_share: of the room of the rows, what was empty.
        - mfu: model FLOPs utilisation; None on a device of unknown peak.
        - data_time_share: of the time, what was spent waiting for data.
        - memory_gib: the most that any rank has held since the start (CUDA's allocator, or the process on a CPU).
        """
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        sums = torch.tensor([self._tokens, self._room, self._flops, self._waited], dtype=torch.float64)
        most = torch.tensor([self._waited + self._stepped, memory.peak(self.device)], dtype=torch.float64)
        ranks = 1
        if dist.is_initialized():
            ranks = dist.get_world_size()
            sums, most = sums.to(self.device), most.to(self.device)
            dist.all_reduce(sums)
            dist.all_reduce(most, op=dist.ReduceOp.MAX)
        tokens, room, flops, waited = sums.tolist()
        seconds, held = most.tolist()
        self._clear()
        name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else "cpu"
        used = mfu(flops, seconds, name, ranks) if seconds else None
        return {
            "tokens_per_s": round(tokens / seconds, 1) if seconds else 0.0,
            "padding_share": round(1 - tokens / room, 4) if room else 0.0,
            "mfu": None if used is None else round(used, 4),
            "data_time_share": round(waited / (seconds * ranks), 4) if seconds else 0.0,
            "memory_gib": round(held / 2**30, 2),
        }

    def _clear(self) -> None:
        self._tokens, self._room, self._flops = 0.0, 0.0, 0.0
        self._waited, self._stepped = 0.0, 0.0
