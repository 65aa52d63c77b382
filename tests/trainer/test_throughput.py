import time

import pytest
import torch
from transformers import TrainerControl, TrainerState, TrainingArguments

from redstar_geo.trainer.throughput import Throughput


def step(throughput: Throughput, arguments: TrainingArguments, data_s: float, compute_s: float) -> None:
    event = (arguments, TrainerState(), TrainerControl())
    with throughput.waiting():
        time.sleep(data_s)
    throughput.on_step_begin(*event)
    throughput.add(tokens=900, room=1000, flops=1e9)
    time.sleep(compute_s)
    throughput.on_step_end(*event)


def test_a_lap_counts_steps_and_waiting_but_nothing_between_steps(tmp_path):
    throughput = Throughput(torch.device("cpu"))
    arguments = TrainingArguments(str(tmp_path), use_cpu=True, report_to="none")
    started = time.perf_counter()
    step(throughput, arguments, 0.02, 0.06)
    time.sleep(0.3)  # a checkpoint
    step(throughput, arguments, 0.02, 0.06)
    found = throughput.lap()
    seconds = 1800 / found["tokens_per_s"]
    assert 0.16 <= seconds <= time.perf_counter() - started - 0.3
    assert 0.04 <= found["data_time_share"] * seconds <= seconds - 0.12
    assert found["padding_share"] == pytest.approx(0.1)
    assert found["mfu"] is None  # of a processor no peak is known
    assert found["memory_gib"] > 0.1


def test_every_lap_begins_anew(tmp_path):
    throughput = Throughput(torch.device("cpu"))
    step(throughput, TrainingArguments(str(tmp_path), use_cpu=True, report_to="none"), 0.0, 0.01)
    throughput.lap()
    nothing = throughput.lap()
    assert (nothing["tokens_per_s"], nothing["padding_share"], nothing["data_time_share"]) == (0.0, 0.0, 0.0)
