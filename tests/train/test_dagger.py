"""The solver as teacher, from the recipe to the model: a student that gets a sum wrong is told on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from redstar_geo.rl.recipe import DaggerRecipe
from redstar_geo.train.dagger import main
from tests.rl.start import curve, start, values

SAID = "<think>\n2 + 2 = 4. 1 + 1 = {digit}.\n</think>\n\\boxed{{digit}}"
NOT_FOR_SAMPLES = {"kl_weight"}


@pytest.fixture(scope="module")
def folder() -> Path:
    return start(said=SAID)


def trained(folder: Path, name: str, **changes: Any) -> Path:
    given = values(folder, folder / name, method="dagger", max_new_tokens=300, steps=2, voices=1, **changes)
    main(DaggerRecipe.model_validate({key: value for key, value in given.items() if key not in NOT_FOR_SAMPLES}))
    return folder / name


def corrections(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "corrections.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("learn", ["continuation", "pair"])
def test_a_student_is_told_on_from_its_first_false_claim(folder: Path, learn: str) -> None:
    run = trained(folder, learn, learn=learn)
    first, last = curve(run)
    assert first["corrections"] > 0 and first["corrections"] + sum(first["uncorrected"].values()) == 16
    assert first["kl"] == 0 and last["kl"] > 0 and last["gradient_norm"] > 0
    kept = corrections(run)
    assert len(kept) == first["corrections"] + last["corrections"]
    assert all("</think>" in one["told"] and "boxed" in one["told"] for one in kept)
    sums = [one for one in kept if one["wrong"].startswith("1 + 1 = ")]
    assert sums and all(one["wrong"] in one["own"] for one in sums)
    assert any(one["kept"].endswith("2 + 2 = 4. ") for one in sums)
    page = (run / "corrections.html").read_text(encoding="utf-8")
    assert "The solver goes on" in page and "data:image/png" in page


@pytest.mark.long
@pytest.mark.parametrize("learn", ["continuation", "pair"])
def test_one_row_is_many(folder: Path, learn: str) -> None:
    """The texts of a pair need not be in one row."""
    whole, parts = (
        trained(folder, f"{learn}-whole", learn=learn),
        trained(folder, f"{learn}-parts", learn=learn, row_tokens=200),
    )
    for mine, theirs in zip(curve(whole), curve(parts), strict=True):
        assert mine["loss"] == pytest.approx(theirs["loss"], rel=1e-5)
    for name, weight in load_file(whole / "model" / "model.safetensors").items():
        torch.testing.assert_close(weight, load_file(parts / "model" / "model.safetensors")[name], rtol=1e-5, atol=1e-5)


def test_what_is_for_samples_is_refused() -> None:
    given = {"method": "dagger", "run": "r", "model": "m", "problems": "p", "prompts": 1, "steps": 1}
    with pytest.raises(ValueError, match="surrogate, kl_weight: dagger learns from what the solver says"):
        DaggerRecipe.model_validate(given | {"learning_rate": 1e-4, "surrogate": "gspo", "kl_weight": 0.1})
