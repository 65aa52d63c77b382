"""On-policy distillation, from the recipe to the model: a student that says any digit comes nearer to its teacher."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from redstar_geo.errors import InputError
from redstar_geo.models.load import load
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.rl.recipe import DistillRecipe
from redstar_geo.train.distill import main
from tests.rl.start import ANSWER, curve, rl_problems, start, taught, values

NOT_DISTILLED = {"kl_weight"}


@pytest.fixture(scope="module")
def folder() -> Path:
    """With `teacher/`, the start taught further to say one digit."""
    found = start()
    model, processor = load(str(found / "model"), torch.float32)
    taught(model, processor, rl_problems(), f"\\boxed{{{ANSWER}}}")
    model.save_pretrained(found / "teacher")
    processor.save_pretrained(found / "teacher")
    return found


def recipe(folder: Path, name: str, **changes: Any) -> DistillRecipe:
    given = values(folder, folder / name, method="distill", teacher=str(folder / "teacher"), steps=5) | changes
    return DistillRecipe.model_validate({key: value for key, value in given.items() if key not in NOT_DISTILLED})


def weights(model: Path) -> dict[str, torch.Tensor]:
    return load_file(model / "model.safetensors")


@pytest.mark.parametrize("lora", [None, {"rank": 8, "alpha": 16}])
def test_the_student_comes_nearer_to_its_teacher(folder: Path, lora: dict[str, Any] | None) -> None:
    name = "adapters" if lora else "all"
    main(recipe(folder, name, lora=lora, learning_rate=5e-3 if lora else 1e-3))
    log = curve(folder / name)
    assert log[-1]["teacher_kl"] < 0.5 * log[0]["teacher_kl"]


def test_of_itself_there_is_nothing_to_learn(folder: Path) -> None:
    main(recipe(folder, "itself", teacher=str(folder / "model"), steps=1))
    (only,) = curve(folder / "itself")
    assert only["teacher_kl"] == only["loss"] == only["gradient_norm"] == 0
    for name, weight in weights(folder / "itself" / "model").items():
        torch.testing.assert_close(weight, weights(folder / "model")[name], rtol=0, atol=0)


def test_responses_without_a_verdict_are_learned_from(folder: Path) -> None:
    """Rewards are no matter: here every response is truncated, and so undecided."""
    main(recipe(folder, "cut", max_new_tokens=2, reward={"truncated": "excluded"}, steps=1))
    (only,) = curve(folder / "cut")
    assert only["undecided_share"] == 1 and only["gradient_norm"] > 0 and math.isfinite(only["loss"])


def test_a_teacher_has_the_student_s_tokens(folder: Path, tmp_path: Path) -> None:
    build_tiny(tmp_path / "other", ["other words"] * 9, TinySize(layers=1, width=32, mlp=32, vocabulary=400), 3)
    with pytest.raises(InputError, match=r"has other tokens than .* the same tokenizer"):
        main(recipe(folder, "refused", teacher=str(tmp_path / "other")))
    build_tiny(tmp_path / "text", ["words"], TinySize(family="qwen2", layers=1, width=32, mlp=32, vocabulary=400), 3)
    with pytest.raises(InputError, match=r"is a qwen2 model and .* a qwen2_5_vl one"):
        main(recipe(folder, "refused", teacher=str(tmp_path / "text")))
    assert not (folder / "refused").exists()


def test_what_is_for_rewards_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="dynamic_sampling: distill learns from its teacher's probabilities"):
        recipe(folder, "refused", dynamic_sampling=2)
