"""The benchmark of pairs: right on both is looking, and a limit leaves pairs whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from redstar_geo.benchmarks import load, problems
from redstar_geo.eval.questions import Questions
from redstar_geo.eval.run import main
from redstar_geo.eval.scoring import score
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipe import check
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.records import Problem
from redstar_geo.report.looking import pair_rows
from tests.eval.test_reading import item
from tests.train.small import SIZE


def test_any_model_is_asked_and_its_pairs_are_scored(tmp_path: Path) -> None:
    build_tiny(tmp_path / "model", ["Find the angle."], TinySize(**SIZE), seed=0)
    values = {"run": str(tmp_path / "run"), "model": str(tmp_path / "model"), "benchmarks": ["counterfactual"]}
    scores = main(check(EvalRecipe, values | {"limit": 5, "max_new_tokens": 4, "dtype": "float32"}, "test"))
    one = scores["benchmarks"]["counterfactual"]
    assert one["problems"] == 4 == one["looks"]["problems"], "two pairs are whole, three would be too many"
    assert one["pairs"]["pairs"] == 2 == one["pairs"]["none"]["correct"] and one["pairs"]["unpaired"] == 0
    assert list(one["pairs"]["by_family"]) == ["angle_sum", "exterior_angle"]
    assert "| counterfactual | 0.0 % |" in (tmp_path / "run" / "report.md").read_text()
    assert "right on one at most" in (tmp_path / "run" / "report.html").read_text()


def test_who_looks_is_right_on_both_and_who_guesses_is_not(tmp_path: Path) -> None:
    benchmark = load("counterfactual")
    asked = [each for each in problems(benchmark, limit=6) if isinstance(each, Problem)]
    questions = Questions("counterfactual", tmp_path, tmp_path / "none", asked, Counter(), benchmark)
    recipe = EvalRecipe(run=str(tmp_path), model="m", benchmarks=["counterfactual"])

    def pairs_of(said: list[str], of: Questions = questions) -> dict[str, object]:
        items = [item(of, each, rf"\boxed{{{text}}}", "stop") for each, text in zip(of.problems, said, strict=True)]
        return score(of, items, recipe, tmp_path / "facts.sqlite")["pairs"]

    sees = pairs_of([each.answer for each in asked])
    first_of = {each.meta["pair"]: each.answer for each in asked if "other" not in each.meta}
    guesses = pairs_of([first_of[each.meta["pair"]] for each in asked])
    assert (sees["both"]["correct"], guesses["both"]["correct"], guesses["one"]["correct"]) == (3, 0, 3)
    assert pair_rows({"counterfactual": {"pairs": sees}})[0][1] == "100.0 %"
    halves = replace(questions, problems=asked[:-1])
    assert pairs_of([each.answer for each in halves.problems], halves)["unpaired"] == 1
