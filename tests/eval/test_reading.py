"""The benchmark of reading diagrams: by kind of statement, for any model."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from redstar_geo.benchmarks import load, problems
from redstar_geo.eval.questions import Questions
from redstar_geo.eval.run import main
from redstar_geo.eval.scoring import score
from redstar_geo.generation.reply import Reply
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipe import check
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.records import Problem
from tests.paths import DOZEN
from tests.train.small import SIZE


def test_scores_by_kind(tmp_path: Path) -> None:
    benchmark = load("diagram_reading")
    asked = [each for each in problems(benchmark, str(DOZEN)) if isinstance(each, Problem)]
    first = asked[0]
    said = [f"<think>AB = 7\n</think>\n{first.answer}", "line AB\nAB ∥ CD\nhm", "lines AB, B"]
    questions = Questions("diagram_reading", tmp_path, tmp_path / "none", asked, Counter(), benchmark)
    items = [item(questions, *each) for each in zip(asked, said, ("stop", "stop", "length"), strict=True)]
    assert [each["verdict"] for each in items] == ["correct", "wrong", "undecided"]
    recipe = EvalRecipe(run=str(tmp_path), model="m", benchmarks=["diagram_reading"])
    found = score(questions, items, recipe, tmp_path / "facts.sqlite")["statements"]
    whole = found["all"]
    assert whole["said"] > whole["right"] and found["parallel"] == {
        "there": 0, "said": 1, "right": 0, "precision": 0.0, "recall": None, "f1": 0.0
    }  # fmt: skip
    lines = found["line"]
    assert lines["said"] == lines["right"] + 1 < lines["there"], "AB is a line of the second, and of the third as far"


def item(questions: Questions, problem: Problem, said: str, finish_reason: str) -> dict[str, object]:
    verdict = questions.grade(problem, Reply.of_text(said, finish_reason).trace(problem.id, 0))
    return {
        "id": problem.id,
        "sample": 0,
        "response": said,
        "verdict": verdict.status,
        "reason": verdict.reason,
        "extracted": verdict.extracted,
        "tokens": 1,
        "truncated": finish_reason == "length",
        "seconds": 0.1,
    }


@pytest.mark.parametrize("paths", [{}, {"diagram_reading": str(DOZEN)}])
def test_any_model_is_asked(tmp_path: Path, paths: dict[str, str]) -> None:
    build_tiny(tmp_path / "model", ["Read the diagram."], TinySize(**SIZE), seed=0)
    values = {"run": str(tmp_path / "run"), "model": str(tmp_path / "model"), "benchmarks": ["looking"], "paths": paths}
    scores = main(check(EvalRecipe, values | {"limit": 3, "max_new_tokens": 4, "dtype": "float32"}, "test"))
    one = scores["benchmarks"]["diagram_reading"]
    assert one["problems"] == 3 and one["statements"]["line"]["there"] > 3
    assert one["statements"]["all"]["right"] == 0 and "looks" not in one
    kept = [json.loads(line) for line in (tmp_path / "run/diagram_reading/items.jsonl").read_text().splitlines()]
    assert len(kept) == 3
    assert "| line |" in (tmp_path / "run" / "report.md").read_text()
    assert "Statements read off diagrams" in (tmp_path / "run" / "report.html").read_text()
