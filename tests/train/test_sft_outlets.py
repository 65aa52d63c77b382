"""What a finished training gives beside its model: curves for tensorboard, a model card, the way to the hub."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest
import torch
from huggingface_hub import ModelCard

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.recipe import check
from redstar_geo.run import read_manifest
from redstar_geo.train.sft import main
from redstar_geo.trainer.log import read_log
from redstar_geo.trainer.recipe import SftRecipe
from tests.train.small import SIZE, problem, write_export, write_problems


def recipe(folder: Path, **changes: Any) -> SftRecipe:
    values = {"method": "sft", "run": str(folder / "run"), "data": str(folder / "train.parquet"), "tiny": SIZE}
    values |= {"epochs": 4, "pack": {"samples": 4}, "learning_rate": {"vision": 1e-3, "language": 2e-3}}
    return check(SftRecipe, values | {"checkpoint_steps": 4} | changes, "test")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_export(tmp_path / "train.parquet", [problem(number) for number in range(1, 9)])
    return tmp_path


def test_tensorboard_has_the_curves_of_the_log(folder: Path) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed: pip install tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    main(recipe(folder, report_to=["tensorboard"]))
    written = EventAccumulator(str(folder / "run" / "tensorboard"))
    written.Reload()
    log = read_log(folder / "run" / "log.jsonl")
    assert len(log) == 2
    for name in ("loss", "tokens_per_s"):
        curve = [(point.step, pytest.approx(point.value)) for point in written.Scalars(f"train/{name}")]
        assert [(entry["step"], entry[name]) for entry in log] == curve


def test_a_tracker_that_is_not_installed_is_named_before_anything_is_made(folder: Path) -> None:
    missing = [name for name in ("trackio", "wandb") if importlib.util.find_spec(name) is None]
    if not missing:
        pytest.skip("trackio and wandb are both installed")
    with pytest.raises(InputError, match=f"pip install {' '.join(missing)}"):
        main(recipe(folder, report_to=missing))
    assert not (folder / "run").exists()


def test_fused_kernels_without_a_gpu_are_refused(folder: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(InputError, match="liger: true needs"):
        main(recipe(folder, liger=True))
    assert not (folder / "run").exists()


def test_the_model_card_has_the_facts_of_the_run(folder: Path) -> None:
    exam = write_problems(folder / "exam.parquet", [problem(number) for number in (11, 12)])
    evaluate = {"problems": str(exam), "count": 2, "max_new_tokens": 8}
    main(recipe(folder, evaluate=evaluate, lora={"rank": 4}))
    path = folder / "run" / "model" / "README.md"
    card = ModelCard.load(path)
    assert card.data.library_name == "peft" and card.data.pipeline_tag == "image-text-to-text"
    assert "redstar-geo" in card.data.tags
    last = read_log(folder / "run" / "log.jsonl")[-1]
    text = path.read_text()
    assert "LoRA of rank 4" in text and f"{last['tokens']:,} tokens) seen in {last['step']} steps" in text
    assert "0 of 2 problems correct" in text
    assert "| aligner | " in text and "| language | " in text and "0.002 |" in text


def test_what_cannot_be_pushed_is_kept_and_the_same_command_only_pushes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(RedStarError, match=r"could not be pushed to somebody/geo \(OfflineModeIsEnabled"):
        main(recipe(folder, push_to_hub="somebody/geo"))
    run = folder / "run"
    assert read_manifest(run)["counts"].keys() == {"prepare", "train"}
    written = (run / "model" / "model.safetensors").stat().st_mtime_ns
    with pytest.raises(RedStarError, match="it only pushes"):
        main(recipe(folder, push_to_hub="somebody/geo"))
    main(recipe(folder))
    assert (run / "model" / "model.safetensors").stat().st_mtime_ns == written
    with pytest.raises(RedStarError, match="no repository/name/at all"):
        main(recipe(folder, push_to_hub="no repository/name/at all"))
