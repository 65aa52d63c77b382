"""Every shipped recipe of an evaluation runs, key by key: a tiny model, few problems, a stand-in for its servers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from redstar_geo.eval.run import main
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipe import check
from redstar_geo.recipes.evaluation import EvalRecipe
from tests.eval.test_judging import JUDGE, hello, jsonl, sedar
from tests.teacher.conftest import serve  # noqa: F401
from tests.train.small import SIZE, problem, trace, write_problems

pytestmark = pytest.mark.long
EVAL = Path(__file__).parents[2] / "eval"
NAMES = sorted(path.stem for path in EVAL.glob("*.yaml") if not path.stem.startswith("study_"))  # those: see below
PROBLEMS = [problem(number, with_picture=number % 2 == 0) for number in range(1, 5)]


def test_the_recipes_of_studies_are_the_only_others() -> None:
    """Their cells are recipes of other verbs: tests/eval/test_study_recipes.py reads every one of them."""
    assert NAMES == ["endpoint", "geometry", "judged", "quickstart", "tiny_cpu"]


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_evaluates_and_is_done_the_second_time(name: str, tmp_path: Path, serve: Any) -> None:  # noqa: F811
    values: dict[str, Any] = yaml.safe_load((EVAL / f"{name}.yaml").read_text(encoding="utf-8"))
    values |= {"run": str(tmp_path / "run"), "max_new_tokens": 8}
    if name == "judged":
        hello_rows, sedar_rows = [hello(number) for number in range(3)], [sedar(number) for number in range(3)]
        folder = jsonl(tmp_path / "hello" / "open_ended_qa.jsonl", hello_rows).parent
        values["paths"] = {"hellobench": str(folder), "sedareval": str(jsonl(tmp_path / "sedar.jsonl", sedar_rows))}
        (tmp_path / "golds.json").write_text(json.dumps({"Judge an answer": JUDGE[:1], "评分": JUDGE[:1]}))
        judge = serve(golds=str(tmp_path / "golds.json"), model=values["judge"]["model"])
        values["judge"]["endpoint"]["servers"] = [{"url": judge}]
    else:
        values.pop("benchmarks", None)  # of the hub
        asked = [replace(each, question=f"gold={each.answer}; {each.question}", images=()) for each in PROBLEMS]
        values["problems"] = str(
            write_problems(tmp_path / "asked.parquet", asked if "endpoint" in values else PROBLEMS)
        )
    if "endpoint" in values:
        values["endpoint"]["servers"] = [{"url": serve(model=values["model"])}]
    else:
        build_tiny(tmp_path / "model", [each.question + trace(each) for each in PROBLEMS], TinySize(**SIZE), seed=0)
        values["model"] = str(tmp_path / "model")
    scores = main(check(EvalRecipe, values, name))
    assert (tmp_path / "run" / "report.html").is_file()
    assert main(check(EvalRecipe, values, name)) == scores
    if name == "endpoint":
        assert scores["of_all"]["correct"] == scores["of_all"]["n"] == len(PROBLEMS) * values["samples"]
