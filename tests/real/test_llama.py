"""llama.cpp's server takes the requests of an evaluation, and its answers arrive whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from redstar_geo.eval.run import main as evaluate
from redstar_geo.recipe import check
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.records import SCHEMAS, Problem, to_row
from redstar_geo.run import write_rows
from redstar_geo.sources.builtin import problems
from tests.real import engines
from tests.real.compare import items
from tests.real.weights import SMALL

pytestmark = [pytest.mark.long, pytest.mark.real]


@pytest.mark.timeout(1800)
def test_an_evaluation_by_llama_cpp(tmp_path: Path) -> None:
    asked = list(problems(["angle_sum"], 2, 5, [1], "en", "text"))
    write_rows(tmp_path / "problems.parquet", SCHEMAS[Problem], map(to_row, asked))
    values = {"run": str(tmp_path / "run"), "problems": str(tmp_path / "problems.parquet"), "pictures": "none"}
    with engines.served("llama", SMALL) as where:
        evaluate(check(EvalRecipe, values | where | {"max_new_tokens": 60, "looks": 0}, "test"))
    answers = items(tmp_path / "run")
    assert {answer["id"] for answer in answers} == {problem.id for problem in asked}
    assert all(answer["response"] and 0 < answer["tokens"] <= 60 for answer in answers)
    assert all("angle" in answer["response"].lower() or "°" in answer["response"] for answer in answers)
