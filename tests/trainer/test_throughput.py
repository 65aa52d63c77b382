from types import SimpleNamespace

import pytest
import torch
from transformers import TrainerControl, TrainerState, TrainingArguments

from redstar_geo.trainer.throughput import Throughput


def stopped_clock(patch: pytest.MonkeyPatch) -> list[float]:
    """One number: the seconds that the training reads, which go on when a test says so."""
    now = [100.0]
    patch.setattr("redstar_geo.trainer.throughput.time", SimpleNamespace(perf_counter=lambda: now[0]))
    return now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return stopped_clock(monkeypatch)


def step(throughput: Throughput, clock: list[float], data_s: float, compute_s: float) -> None:
    arguments = TrainingArguments("unused", use_cpu=True, report_to="none")
    event = (arguments, TrainerState(), TrainerControl())
    with throughput.waiting():
        clock[0] += data_s
    throughput.on_step_begin(*event)
    throughput.add(tokens=900, room=1000, flops=1e9)
    clock[0] += compute_s
    throughput.on_step_end(*event)


def test_a_lap_counts_steps_and_waiting_but_nothing_between_steps(clock):
    throughput = Throughput(torch.device("cpu"))
    step(throughput, clock, 2.0, 6.0)
    clock[0] += 30.0  # a checkpoint
    step(throughput, clock, 2.0, 6.0)
    found = throughput.lap()
    assert found["tokens_per_s"] == pytest.approx(1800 / 16, rel=1e-3)
    assert found["data_time_share"] == pytest.approx(4 / 16)
    assert found["padding_share"] == pytest.approx(0.1)
    assert found["mfu"] is None  # of a processor no peak is known
    assert found["memory_gib"] > 0.1


def test_every_lap_begins_anew(clock):
    throughput = Throughput(torch.device("cpu"))
    step(throughput, clock, 0.0, 1.0)
    throughput.lap()
    nothing = throughput.lap()
    assert (nothing["tokens_per_s"], nothing["padding_share"], nothing["data_time_share"]) == (0.0, 0.0, 0.0)
