from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.multiprocessing as mp
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils.rnn import pad_sequence

from redstar_geo.models.collate import collate
from redstar_geo.models.encode import Encoded
from redstar_geo.models.loss import LossModel, chunked_cross_entropy, labelled_tokens
from redstar_geo.trainer.pack import deal, packs
from tests.models.samples import one_thread as one_thread  # for every test here
from tests.models.samples import sample, tiny_model

FAMILY = "qwen2_5_vl"


@pytest.mark.parametrize("chunks", [1, 3, 64])
@pytest.mark.parametrize("tokens", [0, 1, 50])
def test_chunked_cross_entropy_equals_that_of_torch(chunks: int, tokens: int) -> None:
    torch.manual_seed(0)
    head = nn.Linear(16, 40)
    hidden, targets = torch.randn(tokens, 16, requires_grad=True), torch.randint(0, 40, (tokens,))
    found = chunked_cross_entropy(hidden, head, targets, 7, chunks)
    logits = head(hidden)
    expected = cross_entropy(logits, targets, reduction="sum") / 7
    assert found.loss.item() == pytest.approx(expected.item(), rel=1e-6, abs=1e-7)
    assert found.labelled == tokens
    assert found.correct == (logits.argmax(-1) == targets).sum()
    inputs = (hidden, head.weight, head.bias)
    ours, theirs = torch.autograd.grad(found.loss, inputs), torch.autograd.grad(expected, inputs)
    for one, other in zip(ours, theirs, strict=True):
        assert torch.allclose(one, other, rtol=1e-5, atol=1e-6)


def test_the_loss_is_computed_in_float32() -> None:
    torch.manual_seed(0)
    head = nn.Linear(16, 4000).bfloat16()
    hidden, targets = torch.randn(300, 16).bfloat16(), torch.randint(0, 4000, (300,))
    expected = cross_entropy(head(hidden).float(), targets, reduction="sum")
    found = chunked_cross_entropy(hidden, head, targets, 1, 4)
    assert found.loss.dtype == torch.float32
    assert found.loss.item() == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_a_share_of_the_memory_of_full_logits() -> None:
    """T = 4096, V = 32k: the peak of a process above its start, against the size of the logits alone."""
    returned_at_once = os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536"}  # else the peak is that of a fragmented heap
    command = [sys.executable, "-m", "tests.models.test_loss"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=returned_at_once)
    one_chunk, logits = 4096 / 32 * 32_000 * 4 / 2**20, 4096 * 32_000 * 4 / 2**20
    assert one_chunk < float(done.stdout) < 0.25 * logits, f"{done.stdout} MiB; the logits are {logits} MiB"


def _print_peak() -> None:
    torch.set_num_threads(1)
    hidden, targets = torch.randn(4096, 64, requires_grad=True), torch.randint(0, 32_000, (4096,))
    head = nn.Linear(64, 32_000, bias=False)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    start = _peak_mib()
    chunked_cross_entropy(hidden, head, targets, 1, 32).loss.backward()
    print(_peak_mib() - start)


def _peak_mib() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _work() -> tuple[LossModel, list[Encoded], list[list[int]], Encoded]:
    """A model, samples with and without pictures, their packs, and the idle sample."""
    model = tiny_model(FAMILY)
    samples = [sample(model, FAMILY, length, length % 2, length) for length in (9, 14, 22, 31, 18, 7, 12)]
    tokens = [len(one.input_ids) for one in samples]
    found = packs(tokens, [one.vision_patches for one in samples], 64, 200, 0, 0)
    idle = sample(model, FAMILY, 4, 1)
    idle.labels.fill_(-100)
    assert len(found) > 2
    assert len(found) % 2, "so that the two ranks need an idle pack"
    return LossModel(model, 2), samples, deal(found, tokens, 2, 0, 0), idle


def _items(samples: list[Encoded]) -> Tensor:
    return sum((labelled_tokens(one.labels.unsqueeze(0)) for one in samples), torch.tensor(0))


def _gradients(model: nn.Module) -> dict[str, Tensor]:
    return {name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}


def _all_in_one_step() -> dict[str, Tensor]:
    model, samples, _, _ = _work()
    model(num_items=_items(samples), **collate(samples)).loss.backward()
    return _gradients(model)


def _close(found: dict[str, Tensor], expected: dict[str, Tensor]) -> bool:
    assert found.keys() == expected.keys()
    largest = {name: one.abs().max().clamp(1e-4) for name, one in expected.items()}
    return all((found[name] - one).abs().max() <= 1e-5 * largest[name] for name, one in expected.items())


def test_accumulation_over_packs_gives_the_gradient_of_one_row() -> None:
    model, samples, dealt, idle = _work()
    for pack in dealt:
        row = collate([samples[i] for i in pack], idle)
        model(num_items=_items(samples), **row).loss.backward()
    assert _close(_gradients(model), _all_in_one_step())


def test_the_mean_over_packs_would_be_wrong() -> None:
    model, samples, dealt, idle = _work()
    for pack in dealt:
        row = collate([samples[i] for i in pack], idle)
        items = labelled_tokens(row["labels"]).clamp(min=1) * len(dealt)
        model(num_items=items, **row).loss.backward()
    assert not _close(_gradients(model), _all_in_one_step())


def test_a_padded_batch_has_the_loss_of_its_samples() -> None:
    """As the baseline of tests/gpu/h200.py: filled up on the right, without positions."""
    model = tiny_model("qwen2")
    samples = [sample(model, "qwen2", length, 0, length) for length in (9, 14)]
    padded = [collate([one])["input_ids"][0] for one in samples], [collate([one])["labels"][0] for one in samples]
    ids, labels = (
        pad_sequence(each, batch_first=True, padding_value=value) for each, value in zip(padded, (0, -100), strict=True)
    )
    mask = (torch.arange(14) < torch.tensor([[9], [14]])).long()
    learner = LossModel(model, 2)
    found = learner(num_items=1, labels=labels, input_ids=ids, attention_mask=mask).loss
    alone = sum(learner(num_items=1, **collate([one])).loss for one in samples)
    torch.testing.assert_close(found, alone, rtol=1e-5, atol=1e-5)


def _rank(rank: int, folder: Path) -> None:
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    model, samples, dealt, idle = _work()
    parallel = DistributedDataParallel(model)  # refuses a rank whose forward leaves a part of the model out
    mine = dealt[rank::2]
    items = _items([samples[i] for pack in mine for i in pack])
    torch.distributed.all_reduce(items)
    for number, pack in enumerate(mine):
        parallel.require_backward_grad_sync = number == len(mine) - 1
        found = parallel(num_items=items, **collate([samples[i] for i in pack], idle))
        (2 * found.loss).backward()  # DDP takes the mean of two ranks
    torch.save(_gradients(model), folder / f"{rank}.pt")
    torch.distributed.destroy_process_group()


@pytest.mark.long
def test_two_processes_give_the_gradient_of_one(tmp_path: Path) -> None:
    mp.spawn(_rank, (tmp_path,), nprocs=2)
    expected = _all_in_one_step()
    for rank in range(2):
        assert _close(torch.load(tmp_path / f"{rank}.pt"), expected)


if __name__ == "__main__":
    _print_peak()
