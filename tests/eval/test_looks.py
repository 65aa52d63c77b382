"""Does it look? The same problems with their own pictures, with others', and with none, in every evaluation."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from redstar_geo.eval.looks import asked_again, looks
from redstar_geo.eval.questions import Questions
from redstar_geo.eval.run import main
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipe import check
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.records import Problem
from redstar_geo.report.looking import look_rows
from tests.train.small import SIZE, problem, write_problems

PROBLEMS = [problem(number, with_picture=number % 4 != 0) for number in range(1, 17)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    build_tiny(folder, [each.question for each in PROBLEMS], TinySize(**SIZE), seed=0)
    return folder


def recipe_in(folder: Path, model: Path, **changes: object) -> EvalRecipe:
    path = write_problems(folder / "problems.parquet", PROBLEMS)
    values = {"run": str(folder / "run"), "model": str(model), "problems": str(path), "dtype": "float32"}
    return check(EvalRecipe, values | {"max_new_tokens": 4, "batch_size": 5} | changes, "test")


def answers(folder: Path, name: str) -> dict[str, dict[str, object]]:
    rows = map(json.loads, (folder / "run" / name).read_text().splitlines())
    return {row["id"]: row for row in rows}


def test_every_evaluation_asks_some_again_and_says_what_comes_of_it(tmp_path: Path, model: Path) -> None:
    scores = main(recipe_in(tmp_path, model, looks=5, samples=2, temperature=1.0))
    found = scores["looks"]
    assert scores["n"] == 2 * len(PROBLEMS) and found["problems"] == 5 and found["no_other_picture"] == 0
    assert {found[shown]["n"] for shown in ("own", "swapped", "none")} == {5}
    swapped, none = (answers(tmp_path, f"items_{shown}.jsonl") for shown in ("swapped", "none"))
    assert len(swapped) == 5 and swapped.keys() == none.keys() < {each.id for each in PROBLEMS if each.images}
    for page in ("report.html", "report.md"):
        assert "does it look?" in (tmp_path / "run" / page).read_text()


def test_it_resumes_answer_by_answer_and_a_finished_one_is_left_alone(tmp_path: Path, model: Path) -> None:
    recipe = recipe_in(tmp_path, model)
    scores = main(recipe)
    file, manifest = tmp_path / "run" / "items_swapped.jsonl", tmp_path / "run" / "run.json"
    kept = file.read_text().splitlines(keepends=True)
    assert len(kept) == 12, "50 are more than there are"
    assert main(recipe) == scores
    values = json.loads(manifest.read_text())
    del values["counts"]["evaluate"]
    manifest.write_text(json.dumps(values))
    file.write_text("".join(kept[:7]) + kept[7][:20])
    assert main(recipe)["looks"] == scores["looks"]
    assert file.read_text().splitlines(keepends=True)[:7] == kept[:7]


@pytest.mark.parametrize("changes", [{"looks": 0}, {"pictures": "none"}, {"pictures": "swapped"}])
def test_nothing_is_asked_again_where_there_is_nothing_to_learn(
    tmp_path: Path, model: Path, changes: dict[str, object]
) -> None:
    assert "looks" not in main(recipe_in(tmp_path, model, **changes))
    assert not list((tmp_path / "run").glob("items_*"))


def questions(tmp_path: Path, problems: list[Problem]) -> Questions:
    return Questions("problems", tmp_path, tmp_path / "none", problems, Counter())


def item(each: Problem, right: bool, sample: int = 0) -> dict[str, object]:
    verdict = {"verdict": "correct" if right else "wrong", "reason": "equal", "extracted": "1", "truncated": False}
    return {"id": each.id, "sample": sample, "response": "", "tokens": 1, "seconds": 0.0, **verdict}


def test_who_looks_and_who_reads_the_text_are_told_apart(tmp_path: Path) -> None:
    alike = replace(PROBLEMS[0], id="alike", answer="none other", images=PROBLEMS[0].images)
    alone = [each for each in PROBLEMS if each.images]
    recipe = EvalRecipe(run=str(tmp_path), model="m", problems="p", looks=100)
    asked = asked_again(questions(tmp_path, [*PROBLEMS, alike]), recipe)
    own = [item(each, each is not alone[0], sample) for each in asked.problems for sample in (0, 1)]
    seen = {pictures: [item(each, False) for each in again.problems] for pictures, again in asked.again.items()}
    read = {pictures: [item(each, True) for each in again.problems] for pictures, again in asked.again.items()}
    sees, reads = looks(asked, own, seen), looks(asked, own, read)
    assert sees["own"] == reads["own"] and (sees["own"]["correct"], sees["own"]["n"]) == (12, 13)
    assert sees["swapped"]["correct"] == 0 == sees["none"]["correct"]
    assert sees["over_swapped"]["value"] == pytest.approx(12 / 13) and sees["over_swapped"]["low"] > 0
    assert reads["over_swapped"]["value"] == pytest.approx(-1 / 13)
    assert look_rows({"exam": {"looks": sees}, "other": {}})[0][0] == "exam"


def test_problems_that_cannot_be_swapped_are_counted(tmp_path: Path) -> None:
    same = [replace(problem(number), answer="7") for number in range(3)]
    recipe = EvalRecipe(run=str(tmp_path), model="m", problems="p")
    assert not asked_again(questions(tmp_path, same), recipe).again, "all have one answer"
    two = [*same, problem(4)]
    asked = asked_again(questions(tmp_path, [*two, replace(same[0], id="x", images=problem(4).images)]), recipe)
    found = looks(
        asked,
        [item(each, True) for each in asked.problems],
        {k: [item(p, True) for p in v.problems] for k, v in asked.again.items()},
    )
    assert found["no_other_picture"] == 1 and found["problems"] == 4, "x shows the picture of the only other answer"
