"""What stands beside a training, on two ranks: they come to the same, and none waits for the other for ever."""

import math
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from transformers import TrainerControl, TrainerState, TrainingArguments

from redstar_geo.models.load import load
from redstar_geo.trainer.divergence import DivergenceStop
from redstar_geo.trainer.evaluation import evaluate
from redstar_geo.trainer.throughput import Throughput
from tests.train.small import problem
from tests.trainer.test_evaluation import build, settings, talkative
from tests.trainer.test_throughput import step, stopped_clock

ASKED = [problem(number, with_picture=number % 3 == 0) for number in range(1, 8)]  # no even share, of any kind


def on_a_rank(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    arguments = TrainingArguments(folder, use_cpu=True, report_to="none")
    throughput = Throughput(torch.device("cpu"))
    with pytest.MonkeyPatch.context() as patch:
        step(throughput, stopped_clock(patch), 8.0 * rank, 16.0 - 8.0 * rank)  # the second rank waits for half its time
    found = {"lap": throughput.lap(), "divergence": stepped(rank, arguments)}
    model, processor = load(f"{folder}/model", torch.float32)
    found["items"] = evaluate(model, processor, ASKED, settings(max_new_tokens=12, batch_size=2))
    torch.save(found, f"{folder}/{rank}.pt")
    dist.destroy_process_group()


def stepped(rank: int, arguments: TrainingArguments) -> tuple[list[float], dict[str, int]]:
    """Weights after steps of which the third has a bad loss on the second rank."""
    line = nn.Linear(1, 1, bias=False)
    nn.init.ones_(line.weight)
    divergence, optimizer, weights = DivergenceStop(), torch.optim.SGD(line.parameters(), lr=0.01), []
    for number in range(5):
        bad = rank == 1 and number == 2
        loss = line(torch.tensor([math.nan if bad else 1.0])).square().mean()
        divergence.add_loss(loss)
        loss.backward()
        dist.all_reduce(line.weight.grad)
        divergence.on_pre_optimizer_step(
            arguments, TrainerState(global_step=number), TrainerControl(), optimizer=optimizer
        )
        optimizer.step()
        optimizer.zero_grad()
        weights.append(line.weight.item())
    return weights, dict(divergence.bad)


@pytest.fixture(scope="module")
def ranks(tmp_path_factory) -> tuple[Path, list[dict]]:
    folder = tmp_path_factory.mktemp("ranks")
    model, processor = build(folder)
    talkative(model).save_pretrained(folder / "model")
    processor.save_pretrained(folder / "model")
    mp.spawn(on_a_rank, (str(folder),), nprocs=2)
    return folder, [torch.load(folder / f"{rank}.pt") for rank in range(2)]


def test_speed_is_that_of_both(ranks):
    one, other = (found["lap"] for found in ranks[1])
    assert one == other
    assert one["tokens_per_s"] == pytest.approx(1800 / 16, rel=1e-3)
    assert one["data_time_share"] == pytest.approx(8 / 32)


def test_both_skip_the_step_that_is_bad_on_one(ranks):
    one, other = (found["divergence"] for found in ranks[1])
    assert one == other
    weights, bad = one
    assert bad == {"loss_not_finite": 1}
    assert weights[0] > weights[1] == weights[2] > weights[3] > weights[4] > 0


def test_both_know_all_answers_and_they_are_those_of_one_process(ranks):
    folder, (one, other) = ranks
    model, processor = load(str(folder / "model"), torch.float32)
    assert one["items"] == other["items"] == evaluate(model, processor, ASKED, settings(max_new_tokens=12))
    assert [item["id"] for item in one["items"]] == [each.id for each in ASKED]
