"""A stage goes on from where it was killed, and leaves the weights that it would have left."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from redstar_geo.base.stage import Stage, go_through
from redstar_geo.errors import RedStarError
from redstar_geo.run import open_run
from redstar_geo.trainer.log import read_log


class Killed(BaseException):
    """As a kill: nothing may be tidied up."""


def stage(learner: nn.Module, dies_at: int | None = None) -> Stage:
    def losses(step: int) -> Mapping[str, Tensor]:
        if step == dies_at:
            raise Killed
        seen = torch.randn(4, 3, generator=torch.Generator().manual_seed(step))
        return {"loss": (learner(seen) - seen.sum(1, keepdim=True)).square().mean()}

    return Stage("look", learner, 9, 0.05, losses, lambda: {"bias": next(learner.parameters()).sum().item()})


def learner() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))


def test_killed_and_resumed_leaves_the_same_weights(tmp_path: Path) -> None:
    through, killed = learner(), learner()
    with open_run(tmp_path / "through", {}) as run:
        last = go_through(stage(through), run, torch.float32, 3)
    with open_run(tmp_path / "killed", {}) as run:
        with pytest.raises(Killed):
            go_through(stage(killed, dies_at=5), run, torch.float32, 3)
        torn = run.path("checkpoints", "look", "checkpoint-4", "weights.safetensors")
        torn.write_bytes(b"torn")
        assert go_through(stage(killed), run, torch.float32, 3)["loss"] == last["loss"]
        log = [entry["step"] for entry in read_log(run.path("look.jsonl"))]
        kept = [path.name for path in run.path("checkpoints", "look").iterdir()]
    assert log == [3, 6, 9] and kept == ["checkpoint-9"]
    for one, other in zip(through.parameters(), killed.parameters(), strict=True):
        assert torch.equal(one, other)


def test_sigterm_keeps_what_was_learned(tmp_path: Path) -> None:
    through, stopped = learner(), learner()
    with open_run(tmp_path / "through", {}) as run:
        go_through(stage(through), run, torch.float32, 9)
    terminated = stage(stopped)

    def losses(step: int) -> Mapping[str, Tensor]:
        if step == 4:
            os.kill(os.getpid(), signal.SIGTERM)
        return terminated.losses(step)

    with open_run(tmp_path / "stopped", {}) as run:
        with pytest.raises(RedStarError, match="after step 5"):
            go_through(Stage("look", stopped, 9, 0.05, losses, dict), run, torch.float32, 9)
        go_through(stage(stopped), run, torch.float32, 9)
    for one, other in zip(through.parameters(), stopped.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_loss_that_is_no_number_ends_it(tmp_path: Path) -> None:
    lost = learner()
    diverged = Stage("look", lost, 3, 0.05, lambda step: {"loss": lost(torch.full((1, 3), torch.nan)).sum()}, dict)
    with open_run(tmp_path / "run", {}) as run, pytest.raises(RedStarError, match="learning_rate"):
        go_through(diverged, run, torch.float32, 3)
