import json

import pytest

from redstar_geo.errors import InputError
from redstar_geo.eval.run import EvalRecipe, main
from redstar_geo.recipe import check
from redstar_geo.vlm.tiny import TinySize, build_tiny
from tests.train.small import SIZE, problem, trace, write_export, write_problems

PROBLEMS = [problem(number, with_picture=number % 4 != 0) for number in range(1, 13)]


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("untrained")
    build_tiny(folder, [each.question + trace(each) for each in PROBLEMS], TinySize(**SIZE), seed=0)
    return folder


@pytest.fixture
def recipe(tmp_path, untrained):
    path = write_problems(tmp_path / "problems.parquet", PROBLEMS)

    def make(**changes):
        values = {"run": str(tmp_path / "run"), "model": str(untrained), "problems": str(path), "dtype": "float32"}
        return check(EvalRecipe, values | {"max_new_tokens": 8, "batch_size": 5} | changes, "test")

    return make


def items_of(tmp_path):
    return [json.loads(line) for line in (tmp_path / "run" / "items.jsonl").read_text().split("\n")[:-1]]


def test_an_untrained_model_is_scored_and_every_item_is_accounted_for(tmp_path, recipe):
    scores = main(recipe())
    items = items_of(tmp_path)
    assert {item["id"] for item in items} == {each.id for each in PROBLEMS}
    assert scores["n"] == sum(scores["verdicts"].values()) == sum(scores["reasons"].values()) == len(PROBLEMS)
    assert scores["of_all"]["n"] == len(PROBLEMS) and scores["of_all"]["right"] == 0
    assert scores["of_all"]["accuracy"] == 0.0 < scores["of_all"]["high"]
    assert scores["of_decided"]["n"] == len(PROBLEMS) - scores["verdicts"].get("undecided", 0)
    assert scores["truncated_share"] == sum(item["truncated"] for item in items) / len(PROBLEMS)
    assert sum(group["n"] for group in scores["by_family"].values()) == len(PROBLEMS)
    assert sum(group["n"] for group in scores["by_difficulty"].values()) == len(PROBLEMS)
    assert set(scores["by_family"]) == {"angle sum", "other"}
    assert all(item["tokens"] == 8 for item in items if item["truncated"])


def test_a_batch_answers_as_one_at_a_time_does(tmp_path, recipe):
    main(recipe())
    batched = {item["id"]: item["response"] for item in items_of(tmp_path)}
    main(recipe(run=str(tmp_path / "single" / "run"), batch_size=1))
    assert {item["id"]: item["response"] for item in items_of(tmp_path / "single")} == batched


def test_a_kill_resumes_after_the_last_whole_line(tmp_path, recipe):
    scores = main(recipe())
    path = tmp_path / "run" / "items.jsonl"
    whole = items_of(tmp_path)
    (tmp_path / "run" / "run.json").write_text(_unfinished(tmp_path / "run" / "run.json"))
    lines = path.read_text().split("\n")
    path.write_text("\n".join([*lines[:7], lines[7][: len(lines[7]) // 2]]))
    again = main(recipe())
    resumed = items_of(tmp_path)
    assert resumed[:7] == whole[:7]
    assert {item["id"] for item in resumed} == {item["id"] for item in whole} and len(resumed) == len(whole)
    assert again["verdicts"] == scores["verdicts"]
    stamp = path.stat().st_mtime_ns
    assert main(recipe()) == again
    assert path.stat().st_mtime_ns == stamp


def _unfinished(path):
    manifest = json.loads(path.read_text())
    del manifest["counts"]["evaluate"]
    return json.dumps(manifest)


def test_limit_takes_the_same_problems_for_the_same_seed(tmp_path, recipe):
    main(recipe(limit=4, seed=1))
    first = {item["id"] for item in items_of(tmp_path)}
    main(recipe(limit=4, seed=1, run=str(tmp_path / "again" / "run")))
    assert len(first) == 4 and {item["id"] for item in items_of(tmp_path / "again")} == first


def test_another_model_at_the_same_path_is_refused(tmp_path, recipe, untrained):
    folder = tmp_path / "model"
    build_tiny(folder, ["abc"], TinySize(**SIZE), seed=1)
    main(recipe(model=str(folder), limit=1))
    build_tiny(folder, ["abc"], TinySize(**SIZE), seed=2)
    with pytest.raises(InputError, match="other inputs"):
        main(recipe(model=str(folder), limit=1))


def test_what_cannot_be_read_is_named(tmp_path, recipe):
    with pytest.raises(InputError, match="nowhere"):
        main(recipe(problems=str(tmp_path / "nowhere.parquet")))
    with pytest.raises(InputError, match="cannot be read as problems"):
        main(recipe(problems=str(write_export(tmp_path / "export.parquet", PROBLEMS))))
    with pytest.raises(InputError, match="no problems"):
        main(recipe(problems=str(write_problems(tmp_path / "empty.parquet", []))))
    with pytest.raises(InputError, match="cannot be loaded"):
        main(recipe(model=str(tmp_path / "missing")))
