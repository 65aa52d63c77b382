"""What an optimizer of reinforcement finds in its process."""

from __future__ import annotations

from pathlib import Path

import pytest
from accelerate import Accelerator

from redstar_geo.rl.optimise import open_accelerator
from redstar_geo.rl.recipe import PpoRecipe
from tests.rl.start import values


def test_a_training_before_it_and_the_environment_cast_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = PpoRecipe.model_validate(
        values(tmp_path, tmp_path / "run", method="ppo", critic_learning_rate=1e-3, row_tokens=400)
    )
    assert Accelerator(cpu=True, mixed_precision="bf16").mixed_precision == "bf16"  # as a fine-tuning leaves it
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
    assert open_accelerator(recipe).mixed_precision == "no"
