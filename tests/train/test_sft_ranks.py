"""One training, however it is spread: over accumulation, processes, ZeRO stages, or a kill and a second start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText

from redstar_geo.trainer.log import read_log
from tests.train.small import SIZE, problem, write_export
from tests.train.small_ranks import train

STEPS = 10
pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]  # two processes that wait for each other on busy cores
CLOSE = 1e-4
HALF = {"dtype": "bfloat16", "compute": "bfloat16"}
# An epoch of the six samples is one step in every form: of one row, of three rows and an idle one, or of two ranks.
FORMS: dict[str, tuple[int, dict[str, Any]]] = {
    "one": (1, {"pack": {"samples": 6}}),
    "accumulated": (1, {"pack": {"samples": 2}, "accumulate": 4}),
    "two": (2, {"pack": {"samples": 2}, "accumulate": 2}),
    "zero2": (2, {"pack": {"samples": 4}, "deepspeed": "zero2"}),
    "zero3": (2, {"pack": {"samples": 4}, "deepspeed": "zero3", "gradient_checkpointing": True}),
    "shared": (2, {"pack": {"samples": 6}, "sequence_parallel_size": 2}),
    "shared_accumulated": (2, {"pack": {"samples": 2}, "accumulate": 4, "sequence_parallel_size": 2}),
    "shared_zero3": (
        2,
        {"pack": {"samples": 6}, "sequence_parallel_size": 2, "deepspeed": "zero3", "gradient_checkpointing": True},
    ),
    "masters": (1, {"pack": {"samples": 6}, **HALF, "bfloat16_updates": "master_weights"}),
    "stochastic": (1, {"pack": {"samples": 6}, **HALF, "bfloat16_updates": "stochastic_rounding"}),
    "lora": (1, {"pack": {"samples": 6}, "lora": {"rank": 4, "dropout": 0.1}}),
    "lora_zero3": (
        2,
        {"pack": {"samples": 4}, "lora": {"rank": 4}, "deepspeed": "zero3", "gradient_checkpointing": True},
    ),
}


class Trainings:
    """Of the same samples, half of them with a picture, from the same base, each form once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        problems = [problem(number, with_picture=number % 2 == 0) for number in range(1, 7)]
        self.data = write_export(folder / "train.parquet", problems)

    def values(self, form: str, run: str) -> dict[str, Any]:
        values = {
            "method": "sft",
            "run": str(self.folder / run),
            "data": str(self.data),
            "tiny": SIZE | {"layers": 1},
            "epochs": STEPS,
        }
        numbers = {"learning_rate": 1e-3, "compute": "float32", "checkpoint_steps": 4, "loss_chunks": 2}
        return values | numbers | FORMS[form][1]

    def undisturbed(self, form: str) -> Path:
        """Trained once, however many tests ask."""
        ranks, _ = FORMS[form]
        run = self.folder / form
        if not (run / "model").exists():
            assert train(self.values(form, form), ranks) == [0] * ranks
        return run

    def killed(self, form: str) -> Path:
        """Killed while it wrote the checkpoint of step 8, and started again."""
        ranks, _ = FORMS[form]
        values, run = self.values(form, f"{form}_killed"), self.folder / f"{form}_killed"
        assert train(values, ranks, killed_at=run / "checkpoints" / "checkpoint-8") == [-9] * ranks
        assert not (run / "model").exists()
        assert train(values, ranks) == [0] * ranks
        return run


@pytest.fixture(scope="module")
def trainings(tmp_path_factory: pytest.TempPathFactory) -> Trainings:
    return Trainings(tmp_path_factory.mktemp("ranks"))


def losses(run: Path) -> list[float]:
    log = read_log(run / "log.jsonl")
    assert [entry["step"] for entry in log] == [4, 8, 10]
    return [entry["loss"] for entry in log]


def weights(run: Path) -> dict[str, torch.Tensor]:
    (file,) = (run / "model").glob("*.safetensors")
    return load_file(file)


def furthest(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> float:
    assert found.keys() == expected.keys()
    return max(float((found[name] - expected[name]).abs().max()) for name in expected)


SHARED = ["shared", "shared_accumulated", "shared_zero3"]  # every row by both ranks


@pytest.mark.parametrize("form", ["accumulated", "two", "zero2", "zero3", *SHARED])
def test_the_loss_is_that_of_one_process_and_one_row(trainings: Trainings, form: str) -> None:
    expected = losses(trainings.undisturbed("one"))
    assert expected[0] > expected[-1] + 0.3
    assert losses(trainings.undisturbed(form)) == pytest.approx(expected, rel=CLOSE)


@pytest.mark.parametrize("form", SHARED)
def test_ranks_that_share_rows_count_each_row_once(trainings: Trainings, form: str) -> None:
    one, shared = (read_log(trainings.undisturbed(name) / "log.jsonl") for name in ("one", form))
    assert losses(trainings.undisturbed(form)) == pytest.approx(losses(trainings.undisturbed("one")), rel=1e-5)
    for entry, expected in zip(shared, one, strict=True):
        assert (entry["samples"], entry["tokens"]) == (expected["samples"], expected["tokens"])


@pytest.mark.parametrize("form", ["zero2", "zero3"])
def test_the_model_is_saved_as_by_one_process(trainings: Trainings, form: str) -> None:
    run = trainings.undisturbed(form)
    assert furthest(weights(run), weights(trainings.undisturbed("one"))) < 2e-3
    _, loading = AutoModelForImageTextToText.from_pretrained(run / "model", output_loading_info=True)
    assert not loading["missing_keys"] and not loading["unexpected_keys"] and not loading["mismatched_keys"]


@pytest.mark.parametrize("form", ["zero2", "zero3", "lora", "masters", "stochastic", "shared"])
def test_a_kill_and_a_second_start_change_nothing(trainings: Trainings, form: str) -> None:
    undisturbed, killed = trainings.undisturbed(form), trainings.killed(form)
    assert losses(killed) == pytest.approx(losses(undisturbed), rel=1e-6)
    assert furthest(weights(killed), weights(undisturbed)) < 1e-6


def test_adapters_are_saved_under_zero3_as_by_one_process(trainings: Trainings) -> None:
    assert weights(trainings.undisturbed("lora_zero3")).keys() == weights(trainings.undisturbed("lora")).keys()
