"""One process, two gloo processes and four micro-batches take the same step."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.rl.ranks import step

ROOT = Path(__file__).resolve().parents[2]
CLOSE = {"rtol": 1e-6, "atol": 1e-6}


def assert_same(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name in expected:
        torch.testing.assert_close(found[name], expected[name], **CLOSE, msg=lambda text, name=name: f"{name}: {text}")


@pytest.mark.parametrize("micro_batches", [2, 4, 8])
def test_micro_batches_add_up_to_one_batch(micro_batches: int) -> None:
    assert_same(step(0, 1, micro_batches), step(0, 1, 1))


def test_two_processes_are_one(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.rl.ranks", str(tmp_path)]
    ranks = [subprocess.Popen([*command, str(rank)], cwd=ROOT) for rank in (0, 1)]
    try:
        assert [rank.wait() for rank in ranks] == [0, 0]
    finally:
        for rank in ranks:
            rank.kill()
    expected = step(0, 1, 1)
    for rank in (0, 1):
        assert_same(torch.load(tmp_path / f"{rank}.pt"), expected)
