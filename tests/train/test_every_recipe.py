"""Every shipped recipe of a training, key by key: a tiny model of its family takes three steps, is killed and loaded.

Changed are only what names files (`run`, `data`, `model`, …) and how much there is of it; two ranks over gloo where the
recipe names DeepSpeed.
"""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml

from redstar_geo.models.load import load
from redstar_geo.trainer.log import read_log
from tests.forks import exit_codes, fork, fork_ranks
from tests.killing import die_with
from tests.rl.start import rl_problems, start
from tests.train.every_method import train
from tests.train.small import write_export
from tests.train.test_dpo import pair, write_pairs

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]  # two processes that wait for each other on busy cores
FAMILIES = {  # of the base that the recipe names, or of the training that it goes on from
    "sft_geo_8b": "internvl",
    "sft_geo_8b_lora": "qwen2_5_vl",
    "sft_math_7b": "qwen2",
    "sft_math_14b": "qwen2",
    "sft_math_32b": "qwen2",
    "sft_code_math_32b": "qwen2",
    "sft_tiny_cpu": None,
    "quickstart": None,
    "dpo_geo_8b": "internvl",
    "dpo_math_32b": "qwen2",
    "dpo_tiny_cpu": "qwen2_5_vl",
    "ppo_geo_8b": "internvl",
    "ppo_math_7b": "qwen2",
    "ppo_tiny_cpu": "qwen2_5_vl",
    "reinforce_pp_geo_8b": "internvl",
    "reinforce_pp_math_7b": "qwen2",
    "reinforce_pp_tiny_cpu": "qwen2_5_vl",
    "dagger_tiny_cpu": "qwen2_5_vl",
    "distill_tiny_cpu": "qwen2_5_vl",
    "distill_geo_7b": "qwen2_5_vl",
}
ELSEWHERE = {"base_tiny": "tests/train/test_base.py", "merge": "with sft_geo_8b_lora"}
TRAIN = Path(__file__).parents[2] / "train"
SAMPLES = 6


def shipped(name: str) -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load((TRAIN / f"{name}.yaml").read_text(encoding="utf-8"))
    return values


def test_no_recipe_is_left_out() -> None:
    assert {path.stem for path in TRAIN.glob("*.yaml")} == FAMILIES.keys() | ELSEWHERE.keys()


def tiny(name: str, folder: Path) -> dict[str, Any]:
    """The recipe's values over tiny files."""
    values, family = shipped(name), FAMILIES[name]
    problems = rl_problems(family or "qwen2_5_vl")[:SAMPLES]
    values["run"] = str(folder / "run")
    if family is not None:
        values["model"] = str(start(family) / "model")
    if values["method"] == "dpo":
        rows = [pair(number, bool(problems[0].images)) for number in range(1, SAMPLES + 1)]
        values["data"] = str(write_pairs(folder / "pairs.parquet", rows))
    exported = write_export(folder / "train.parquet", problems)
    if values["method"] == "sft":
        values |= {"data": str(exported), "epochs": 3}  # all samples share a row, so that an epoch is a step
    if values["method"] in ("sft", "dpo"):
        if "samples" in values["pack"]:
            values["pack"] = {"samples": SAMPLES}
        return values | {"epochs": 3, "checkpoint_steps": 2, "workers": 1}
    if "trained_on" in values:
        values["trained_on"] = str(exported)
    else:
        values["max_new_tokens"] = 12
    values |= {"problems": str(start(str(family)) / "problems.parquet"), "prompts": 4, "steps": 3}
    if "teacher" in values:
        values["teacher"] = values["model"]
    return values | {"sampled_together": 2 * values["samples"], "checkpoint_steps": 2}


def trained(values: dict[str, Any], killed_at: Path | None = None) -> list[int]:
    """On two ranks under DeepSpeed, else without a launcher; the exit codes."""
    if "deepspeed" in values:
        return exit_codes(fork_ranks(_train, 2, values, killed_at))
    return exit_codes([fork(_train, values, killed_at)])


def _train(values: dict[str, Any], killed_at: Path | None) -> None:
    if killed_at is not None:
        threading.Thread(target=die_with, args=(killed_at,), daemon=True).start()
    train(values)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_recipe_trains_is_killed_goes_on_and_is_loaded(name: str, tmp_path: Path) -> None:
    values = tiny(name, tmp_path)
    run, ranks = tmp_path / "run", 2 if "deepspeed" in values else 1
    second = "checkpoint-2/whole" if values["method"] in ("sft", "dpo") else "step-2"
    assert trained(values, killed_at=run / "checkpoints" / second) == [-signal.SIGKILL] * ranks
    assert not (run / "model").exists()
    assert trained(values) == [0] * ranks
    log = read_log(run / "log.jsonl")
    assert log[-1]["step"] == 3 and all(entry["loss"] == entry["loss"] for entry in log)
    page = (run / "report.html").read_text(encoding="utf-8")
    assert values.get("model") is None or f"Model: {values['model']}" in page
    if "lora" not in values:
        load(str(run / "model"), "auto")
    elif name == "sft_geo_8b_lora":
        merge = shipped("merge") | {"run": str(tmp_path / "merged"), "model": values["model"]}
        assert trained(merge | {"adapter": str(run / "model")}) == [0]
        load(str(tmp_path / "merged" / "model"), "auto")
