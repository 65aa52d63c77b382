"""The shipped studies are right down to the last key of every cell, and what they need of the data stages works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from redstar_geo import recipe as recipes
from redstar_geo.answer import verify
from redstar_geo.data_prep.collect import collect
from redstar_geo.data_prep.select import Candidate, _reason_against
from redstar_geo.errors import InputError, RedStarError
from redstar_geo.geometry.narrate import narrate
from redstar_geo.preflight.check import check, check_cells
from redstar_geo.recipes.data import DataRecipe, Selection
from redstar_geo.records import Problem, read
from redstar_geo.run import open_run
from redstar_geo.sources.builtin import builds
from redstar_geo.study.plan import Task
from redstar_geo.study.recipe import Measure, StudyRecipe
from redstar_geo.study.results import read_measure
from tests.paths import DOZEN

STUDIES = sorted(path.name for path in (Path(__file__).parents[2] / "eval").glob("study_*.yaml"))
OF_FORMALGEO = {
    "study_paper_form.yaml": ["stages.data"],
    "study_paper_mistakes.yaml": ["stages.data"],
    "study_paper_modality.yaml": ["stages.data"],
    "study_paper_steps.yaml": ["stages.data", "stages.exam"],
}


def test_every_study_of_the_paper_is_shipped_small_and_large() -> None:
    questions = {
        "data_scaling",
        "difficulty",
        "form",
        "modality",
        "verification",
        "negatives",
        "steps",
        "forgetting",
    }
    of_the_paper = {f"study_{size}{name}.yaml" for name in questions for size in ("", "paper_")}
    small, large = (
        {"study_reinforcement.yaml", "study_teacher.yaml"},
        {"study_paper_rl.yaml", "study_paper_mistakes.yaml"},
    )
    assert set(STUDIES) == of_the_paper | small | large  # mistakes are a form of traces where it is small


@pytest.mark.parametrize("name", STUDIES)
def test_a_shipped_study_is_right_down_to_the_last_key(name: str) -> None:
    overrides = [f"{stage}.changes.source.path={DOZEN}" for stage in OF_FORMALGEO.get(name, [])]
    report = check(f"eval/{name}", overrides)
    assert not report.errors, "\n".join(report.errors)
    seeds = recipes.load(StudyRecipe, f"eval/{name}").axes["seed"]
    assert len(seeds.changes) >= 3


def test_wrong_keys_of_a_cell_are_named_with_their_stage_once() -> None:
    wrong = ["stages.train.changes.epoch=2", "stages.exam_taken.changes.max_tokens=3", "stages.data.verb=eval"]
    errors = "\n".join(check("eval/study_form.yaml", wrong).errors)
    assert errors.count("stage train: 1 error") == 1 and "'epochs'" in errors
    assert errors.count("stage exam_taken: 1 error") == 1 and "stage data" in errors
    with pytest.raises(InputError, match="stage train: 1 error"):
        check_cells(recipes.load(StudyRecipe, "eval/study_form.yaml", wrong[:1]))


def exam(folder: Path) -> list[Problem]:
    source = {"kind": "builtin", "families": ["angle_sum", "isosceles"], "count": 10, "choices": False}
    recipe = DataRecipe.model_validate({"run": str(folder), "source": source})
    with open_run(folder, recipe.as_run) as run:
        collect(run, recipe)
        rejected = run.manifest["counts"]["collect"]["rejected"]
    assert rejected == {}
    return list(read(Problem, folder / "problems.parquet"))


def test_answers_are_grouped_by_their_problems_and_benchmarks_are_read_from_their_folders(tmp_path: Path) -> None:
    problems = exam(tmp_path / "exam")
    lines = [
        {"id": each.id, "sample": 0, "verdict": "correct" if n % 2 else "wrong", "truncated": False}
        for n, each in enumerate(problems)
    ]
    for folder in (tmp_path / "taken", tmp_path / "taken" / "own"):
        folder.mkdir()
        (folder / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "taken" / "scores.json").write_text(
        json.dumps({"benchmarks": {"own": {"best": {"n": 10, "value": 0.3, "low": 0, "high": 1}}}})
    )
    values = {"run": str(tmp_path / "taken"), "problems": str(tmp_path / "exam" / "problems.parquet")}
    task = Task("taken", "key", "eval", (), values, (), 1.0)
    found = dict(read_measure("right", Measure(stage="taken", by="family"), task))
    assert {name: (one.n, one.value) for name, one in found.items()} == {
        "right · angle sum": (5, 0.0),
        "right · isosceles": (5, 1.0),
    }
    whole = dict(read_measure("right", Measure(stage="taken", benchmark="own"), task))["right"]
    assert (whole.n, whole.value) == (10, 0.5)
    false = [[problems[1].id, 0], [problems[3].id, 0]]
    scores = tmp_path / "taken" / "scores.json"
    scores.write_text(json.dumps(json.loads(scores.read_text()) | {"reasoning": {"false_steps": false}}))
    by_steps = dict(read_measure("right", Measure(stage="taken", steps=True), task))["right"]
    assert (by_steps.n, by_steps.value) == (10, 0.3)
    best = dict(read_measure("best", Measure(stage="taken", benchmark="own", score="best"), task))["best"]
    assert (best.n, best.value, best.answers) == (10, 0.3, None)
    with pytest.raises(RedStarError, match=r"says nothing of benchmarks\.other"):
        dict(read_measure("right", Measure(stage="taken", benchmark="other"), task))


def test_unverified_teaches_every_trace_that_is_fit_and_nothing_else_does() -> None:
    wrong = Candidate(0, "p", 0, "wrong", True, None, "text")
    assert _reason_against(wrong, Selection(), None, True) == "wrong"
    assert _reason_against(wrong, Selection(wrong_steps=True), None, True) == "wrong"
    assert _reason_against(wrong, Selection(unverified=True), None, True) is None
    unfit = Candidate(0, "p", 0, "wrong", True, "loop", "text")
    assert _reason_against(unfit, Selection(unverified=True), None, True) == "filter: loop"


def test_the_forms_of_a_trace_grow_from_the_answer_to_the_checks() -> None:
    for seed, built in enumerate(builds(["angle_sum", "exterior_angle"], 6, 1, [2])):
        told = {
            form: narrate(built.proof, form=form, seed=seed, voices=1)
            for form in ("answer", "short", "long_unchecked", "long")
        }
        assert {verify(built.problem.answer, each.response).status for each in told.values()} == {"correct"}
        short, unchecked, long = (told[form].reasoning for form in ("short", "long_unchecked", "long"))
        assert told["answer"].reasoning == "" and 0 < len(short) < len(unchecked)
        assert long.startswith(unchecked) and "put it in" in long.removeprefix(unchecked)
    spoken = [narrate(built.proof, form="long_unchecked", seed=seed).reasoning for seed in range(40)]
    checked = [narrate(built.proof, form="long", seed=seed).reasoning for seed in range(40)]
    assert sum(map(len, spoken)) < 0.9 * sum(map(len, checked))
