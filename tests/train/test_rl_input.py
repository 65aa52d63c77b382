"""What cannot be trained on is refused before the first step: one paragraph, exit code 2."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from redstar_geo.cli import app
from redstar_geo.errors import InputError
from redstar_geo.models.load import load_config, load_processor
from redstar_geo.report.reinforcement import write_reports
from redstar_geo.rl.optimise import deepspeed_config
from redstar_geo.rl.recipe import ReinforceRecipe
from redstar_geo.rl.setup import longest_response, open_training
from tests.rl.start import rl_problems, start, values, write_problems, write_recipe
from tests.train.small import problem, write_export

PPO = {"method": "ppo", "critic_learning_rate": 1e-4}


def refused(given: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught, open_training(ReinforceRecipe.model_validate(given), write_reports):
        pass
    assert not (Path(given["run"]) / "log.jsonl").exists()
    return str(caught.value)


def with_problems(tmp_path: Path, **changes: Any) -> dict[str, Any]:
    write_problems(tmp_path / "p.parquet", [replace(one, **changes) for one in rl_problems()])
    return values(start(), tmp_path / "run", problems=str(tmp_path / "p.parquet"))


def test_a_gold_answer_that_cannot_be_read(tmp_path: Path) -> None:
    found = refused(with_problems(tmp_path, answer="see the figure"))
    assert "gold answer is not rewarded with 1 on 8 of 8" in found


def test_an_empty_answer_that_is_rewarded(tmp_path: Path) -> None:
    tests = '{"kind": "stdin", "cases": []}'
    given = with_problems(tmp_path, answer_kind="tests", tests=tests, meta={"solutions": ["print(1)"]})
    assert "rewarded with 1 on" in refused(given)


def test_a_model_that_is_none(tmp_path: Path) -> None:
    assert "no configuration that transformers reads" in refused(values(start(), tmp_path / "run", model=str(tmp_path)))


def test_problems_that_are_none(tmp_path: Path) -> None:
    assert "problems=none.parquet is not there" in refused(values(start(), tmp_path / "run", problems="none.parquet"))


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vLLM is installed")
def test_vllm_that_is_not_installed(tmp_path: Path) -> None:
    assert "vllm: the package is not installed" in refused(values(start(), tmp_path / "run", vllm={}))


def test_another_recipe_in_the_same_folder(tmp_path: Path) -> None:
    given = values(start(), tmp_path / "run", max_new_tokens="auto", trained_on=str(tmp_path / "none-*.parquet"))
    assert "No file matches data" in refused(given)
    assert "was made with other recipe: learning_rate" in refused(given | {"learning_rate": 1.0})


def test_another_model_or_other_held_out_problems_in_the_same_folder(tmp_path: Path) -> None:
    shutil.copytree(start(), tmp_path / "start")
    held_out = tmp_path / "held_out.parquet"
    shutil.copy(tmp_path / "start" / "problems.parquet", held_out)
    evaluate = {"problems": str(held_out), "count": 1, "max_new_tokens": 4}
    given = values(tmp_path / "start", tmp_path / "run", evaluate=evaluate)
    with open_training(ReinforceRecipe.model_validate(given), write_reports):
        pass
    write_problems(held_out, rl_problems()[:3])
    assert f"was made with other inputs: {held_out}" in refused(given)
    shutil.copy(tmp_path / "start" / "problems.parquet", held_out)
    (tmp_path / "start" / "model" / "generation_config.json").write_text("{}")
    assert f"was made with other inputs: {tmp_path / 'start' / 'model'}" in refused(given)


def test_deepspeed_without_a_launcher(tmp_path: Path) -> None:
    assert "this one has none. Start it by `torchrun" in refused(values(start(), tmp_path / "run", deepspeed="zero2"))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("# A heading", "cannot be read as JSON"),
        ("[]", "no DeepSpeed configuration"),
        ('{"zero_optimization": 2}', "no DeepSpeed configuration"),
        ('{"zero_optimization": {"stage": 3}}', "ZeRO-3"),
    ],
)
def test_a_deepspeed_configuration_that_is_none(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / "zero").write_text(written)
    recipe = values(start(), tmp_path / "run", deepspeed=str(tmp_path / "zero"))
    with pytest.raises(InputError, match=said):
        deepspeed_config(ReinforceRecipe.model_validate(recipe))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"advantage": "grpo", "samples": 1, "sampled_together": 4}, "every advantage would be 0"),
        ({"advantage": "reinforce_pp_baseline", "samples": 1}, "every advantage would be 0"),
        ({"max_new_tokens": "auto"}, "auto needs trained_on"),
        ({"sampled_tokens": 0}, "sampled_tokens"),
        ({"prompts": 5, "updates": 2}, "multiple of updates"),
        ({"lora": {"dropout": 0.1}}, "lora.dropout must be 0"),
        ({"sample": 3}, "Did you mean 'samples'?"),
        ({"deepspeed": "zero2", "compute": "bfloat16"}, "deepspeed computes in dtype"),
        ({"seed": 1 << 32}, "seed: 4294967296 is not accepted"),
        ({"seed": -1}, "seed: -1 is not accepted"),
        ({"learning_rate": 1e38}, "learning_rate: 1e+38 is not accepted"),
        ({"reward": {"length": {"free": 100, "most": 50}}}, "length.most 50 must not be below length.free 100"),
        (PPO | {"critic_lora": {"dropout": 0.1}}, "critic_lora.dropout must be 0"),
        (PPO | {"critic_lora": {"quantise": True}}, "critic_lora.quantise must be false"),
    ],
)
def test_recipes_that_contradict_themselves(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    recipe = write_recipe(tmp_path / "r.yaml", **values(start(), tmp_path / "run", **changes))
    found = CliRunner().invoke(app, ["train", str(recipe)])
    assert isinstance(found.exception, InputError) and said in str(found.exception)


def test_check_knows_these_recipes(tmp_path: Path) -> None:
    problems = rl_problems()
    write_problems(tmp_path / "p.parquet", [replace(problems[0], answer="no number"), *problems[1:]])
    held_out = {"problems": str(tmp_path / "none.parquet")}
    given = values(start(), "run", problems=str(tmp_path / "p.parquet"), deepspeed="zero3", evaluate=held_out)
    recipe = write_recipe(tmp_path / "r.yaml", **given)
    found = CliRunner().invoke(app, ["check", str(recipe)])
    assert found.exit_code == 2
    assert "1 of 8 problems have a gold answer that is not rewarded" in found.output and "ZeRO-3" in found.output
    assert "none.parquet is not there" in found.output
    ppo = write_recipe(tmp_path / "p.yaml", **values(start(), "run", method="ppo", critic_learning_rate=1e-4))
    found = CliRunner().invoke(app, ["check", str(ppo)])
    assert found.exit_code == 0 and "16 responses of at most 12 tokens, 4 steps" in found.output
    said = " ".join(found.output.split())
    assert "memory, planned for this machine" in said and "fits first to be missed" in said


def test_the_cap_is_the_datas_own(tmp_path: Path) -> None:
    write_export(tmp_path / "train.parquet", [problem(number) for number in range(1, 9)])
    given = values(start(), tmp_path, max_new_tokens="auto", trained_on=str(tmp_path / "train.parquet"))
    recipe = ReinforceRecipe.model_validate(given)
    processor = load_processor(recipe.model, load_config(recipe.model))
    said = "<think>\nThe angles of a triangle add up to 180°.\n</think>\n∠C = \\boxed{10^\\circ}"
    around = len(processor.tokenizer(said)["input_ids"]) + 1
    assert abs(longest_response(recipe, processor) - around) <= 2
