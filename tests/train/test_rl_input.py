"""What cannot be trained on is refused before the first step: one paragraph, exit code 2."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from redstar_geo.cli import app
from redstar_geo.errors import InputError
from redstar_geo.rl.preparation import longest_response, open_training
from redstar_geo.rl.settings import ReinforceRecipe
from redstar_geo.vlm.families import load_config, load_processor
from tests.rl.start import practised, start, values, write_problems, write_recipe
from tests.train.small import problem, write_export


def refused(given: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught, open_training(ReinforceRecipe.model_validate(given)):
        pass
    assert not (Path(given["run"]) / "log.jsonl").exists()
    return str(caught.value)


def with_problems(tmp_path: Path, **changes: Any) -> dict[str, Any]:
    write_problems(tmp_path / "p.parquet", [replace(one, **changes) for one in practised()])
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
    assert "cannot be read as problems" in refused(values(start(), tmp_path / "run", problems="none.parquet"))


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vLLM is installed")
def test_vllm_that_is_not_installed(tmp_path: Path) -> None:
    assert "vllm: the package is not installed" in refused(values(start(), tmp_path / "run", vllm={}))


def test_another_recipe_in_the_same_folder(tmp_path: Path) -> None:
    given = values(start(), tmp_path / "run", max_new_tokens="auto", taught=str(tmp_path / "none-*.parquet"))
    assert "No file matches data" in refused(given)
    assert "was made with other recipe: learning_rate" in refused(given | {"learning_rate": 1.0})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"advantage": "grpo", "samples": 1, "sampled_together": 4}, "every advantage would be 0"),
        ({"advantage": "reinforce_pp_baseline", "samples": 1}, "every advantage would be 0"),
        ({"max_new_tokens": "auto"}, "auto needs taught"),
        ({"sampled_together": 6, "samples": 4}, "multiple of samples"),
        ({"prompts": 5, "updates": 2}, "multiple of updates"),
        ({"lora": {"dropout": 0.1}}, "lora.dropout must be 0"),
        ({"sample": 3}, "Did you mean 'samples'?"),
    ],
)
def test_recipes_that_contradict_themselves(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    recipe = write_recipe(tmp_path / "r.yaml", **values(start(), tmp_path / "run", **changes))
    found = CliRunner().invoke(app, ["train", str(recipe)])
    assert isinstance(found.exception, InputError) and said in str(found.exception)


def test_check_knows_these_recipes(tmp_path: Path) -> None:
    problems = practised()
    write_problems(tmp_path / "p.parquet", [replace(problems[0], answer="no number"), *problems[1:]])
    given = values(start(), tmp_path / "run", problems=str(tmp_path / "p.parquet"), deepspeed="zero3")
    recipe = write_recipe(tmp_path / "r.yaml", **given)
    found = CliRunner().invoke(app, ["check", str(recipe)])
    assert found.exit_code == 2
    assert "1 of 8 problems have a gold answer that is not rewarded" in found.output and "ZeRO-3" in found.output
    ppo = write_recipe(tmp_path / "p.yaml", **values(start(), "run", method="ppo", critic_learning_rate=1e-4))
    found = CliRunner().invoke(app, ["check", str(ppo)])
    assert found.exit_code == 0 and "16 responses of at most 12 tokens, 4 steps" in found.output


def test_the_cap_is_the_datas_own(tmp_path: Path) -> None:
    write_export(tmp_path / "train.parquet", [problem(number) for number in range(1, 9)])
    given = values(start(), tmp_path, max_new_tokens="auto", taught=str(tmp_path / "train.parquet"))
    recipe = ReinforceRecipe.model_validate(given)
    processor = load_processor(recipe.model, load_config(recipe.model))
    said = "<think>\nThe angles of a triangle add up to 180°.\n</think>\n∠C = \\boxed{10^\\circ}"
    around = len(processor.tokenizer(said)["input_ids"]) + 1
    assert abs(longest_response(recipe, processor) - around) <= 2
