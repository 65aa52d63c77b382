"""The same recipe twice, in processes that were started apart, ends at the same loss to the last digit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.trainer.log import read_log
from tests.rl.start import start, values
from tests.train.small import SIZE, problem, write_export
from tests.train.test_dpo import pair, write_pairs

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
LORA = {"lora": {"rank": 4}}
FULL = {"dtype": "bfloat16", "compute": "bfloat16", "bfloat16_updates": "stochastic_rounding"}


def recipes(folder: Path) -> dict[str, dict[str, Any]]:
    """Of every method that has chance of its own: weights, adapters, a critic's, dropout, rounding."""
    problems = [problem(number, number % 2 == 0) for number in range(1, 7)]
    data = write_export(folder / "train.parquet", problems)
    pairs = write_pairs(folder / "pairs.parquet", [pair(number, number % 2 == 0) for number in range(1, 7)])
    of_rl = start()
    tuning = {"learning_rate": 1e-3, "compute": "float32", "pack": {"samples": 2}, "seed": 3}
    sft = tuning | {"method": "sft", "data": str(data), "epochs": 2}
    tiny, known = {"tiny": SIZE | {"layers": 1}}, {"model": str(of_rl / "model")}
    dpo = tuning | known | {"method": "dpo", "data": str(pairs)}
    ppo = values(of_rl, "", steps=2, seed=3, method="ppo", critic_learning_rate=1e-3)
    return {
        "sft": sft | tiny,
        "sft_lora": sft | known | {"lora": {"rank": 4, "dropout": 0.1}},
        "sft_half": sft | known | FULL,
        "dpo": dpo,
        "dpo_lora": dpo | LORA,
        "reinforce_pp_lora": values(of_rl, "", steps=2, seed=3, **LORA),
        "reinforce_pp_half": values(of_rl, "", steps=2, seed=3, **FULL),
        "ppo": ppo,
        "ppo_lora": ppo | LORA | {"critic_lora": LORA["lora"]},
    }


def test_two_commands_end_at_the_same_loss(tmp_path: Path) -> None:
    given = recipes(tmp_path)
    for turn in ("first", "second"):
        files = []
        for name, recipe in given.items():
            files.append(tmp_path / f"{turn}_{name}.json")
            files[-1].write_text(json.dumps(recipe | {"run": str(tmp_path / turn / name)}))
        subprocess.run([sys.executable, "-m", "tests.train.every_method", *files], check=True)
    for name in given:
        first, second = (read_log(tmp_path / turn / name / "log.jsonl") for turn in ("first", "second"))
        assert len(first) == len(second) and first[-1]["loss"] == second[-1]["loss"], name
        for key in ("grad_norm", "gradient_norm", "value_loss", "kl"):
            assert first[-1].get(key) == second[-1].get(key), (name, key)
