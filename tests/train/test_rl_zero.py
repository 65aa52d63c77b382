"""PPO under DeepSpeed's ZeRO-2 on gloo processes: the same curve as one plain process, after a kill too; bfloat16."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from redstar_geo.errors import InputError
from redstar_geo.rl.recipe import PpoRecipe
from redstar_geo.train.ppo import main
from tests.forks import exit_codes, fork_ranks
from tests.killing import die_with
from tests.rl.start import curve, rollouts, start, values

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]  # two processes that wait for each other on busy cores
PPO = {"method": "ppo", "critic_learning_rate": 3e-4, "row_tokens": 400, "max_grad_norm": 100.0}  # nothing is clipped


@pytest.fixture(scope="module")
def folder() -> Path:
    return start()


def on_ranks(given: dict[str, Any], ranks: int, killed_at: Path | None = None) -> list[int]:
    """The exit codes; 2 for an InputError, as the command has it."""
    return exit_codes(fork_ranks(_train, ranks, given, killed_at))


def _train(given: dict[str, Any], killed_at: Path | None) -> None:
    if killed_at is not None:
        threading.Thread(target=die_with, args=(killed_at,), daemon=True).start()
    try:
        main(PpoRecipe.model_validate(given))
    except InputError as error:
        Path(given["run"], "refused").write_text(str(error))
        raise SystemExit(2) from None


def weights(run: Path) -> dict[str, torch.Tensor]:
    (file,) = (run / "model").glob("*.safetensors")
    return load_file(file)


def test_two_ranks_under_zero2_are_one_process_a_kill_included(folder: Path) -> None:
    plain, run = folder / "plain", folder / "zero2"
    main(PpoRecipe.model_validate(values(folder, plain, **PPO)))
    given = values(folder, run, **PPO, deepspeed="zero2")
    assert on_ranks(given, 2, killed_at=run / "checkpoints" / "step-2") == [-signal.SIGKILL] * 2
    assert on_ranks(given, 1) == [2]
    assert "was written by 2 processes, and 1 would go on" in (run / "refused").read_text()
    assert on_ranks(given, 2) == [0, 0]
    assert [one["text"] for one in rollouts(run)] == [one["text"] for one in rollouts(plain)]
    for mine, theirs in zip(curve(run), curve(plain), strict=True):
        for key in ("reward", "loss", "kl", "entropy", "value_loss", "clip_fraction", "not_finite"):
            assert mine[key] == pytest.approx(theirs[key], rel=1e-4, abs=1e-5), (key, mine["step"])
        assert mine["gradient_norm"] >= theirs["gradient_norm"] > 0, "of policy and critic together"
    before, expected = load_file(folder / "model" / "model.safetensors"), weights(plain)
    assert max(float((expected[name] - before[name]).abs().max()) for name in expected) > 1e-4, "nothing was learned"
    for name, weight in weights(run).items():
        torch.testing.assert_close(weight, expected[name], rtol=1e-4, atol=1e-5)


def test_bfloat16_with_adapters_as_in_the_recipes_for_gpus(folder: Path) -> None:
    run = folder / "bfloat16"
    adapters = {"lora": {"rank": 4}, "critic_lora": {"rank": 4}}
    lean = {"dtype": "bfloat16", "gradient_checkpointing": True, "loss_chunks": 8}
    assert on_ranks(values(folder, run, **PPO, **adapters, **lean, deepspeed="zero2", steps=2), 1) == [0]
    first, last = curve(run)
    assert first["kl"] == pytest.approx(0.0, abs=1e-9) and last["kl"] > 0
    assert first["value_loss"] > 0 and last["explained_variance"] is not None
    assert weights(run) and all(weight.isfinite().all() for weight in weights(run).values())
