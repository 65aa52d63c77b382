"""Tasks of lm-evaluation-harness on a model of ours, from local files: its figures are those of its own items."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from redstar_geo.errors import InputError
from redstar_geo.eval.run import main
from redstar_geo.generation.local import LocalModel
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipe import check
from redstar_geo.recipes.evaluation import EvalRecipe
from tests.sources.small import jsonl
from tests.train.small import SIZE, problem, write_problems

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("lm_eval") is None, reason="lm-evaluation-harness is not installed (pip install lm-eval)"
)
COLOURS = ["red", "blue", "green"]
ROWS = [
    {"question": f"What colour is thing {n}?", "choices": COLOURS, "answer": COLOURS.index(COLOURS[n % 3])}
    for n in range(7)
]


def task(folder: Path, name: str, rows: list[dict[str, Any]], **changes: Any) -> None:
    values = {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(jsonl(folder / f"{name}.jsonl", rows))}},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "{{question}} ",
        "doc_to_choice": "choices",
        "doc_to_target": "answer",
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
    } | changes
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(values))


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tasks")
    task(folder, "colours_a", ROWS)
    task(folder, "colours_b", ROWS[:4])
    about = [{"metric": "acc", "aggregation": "mean", "weight_by_size": True}]
    group = {"group": "colours", "task": ["colours_a", "colours_b"], "aggregate_metric_list": about}
    (folder / "colours.yaml").write_text(yaml.safe_dump(group))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model")
    build_tiny(folder, [row["question"] for row in ROWS] + COLOURS, TinySize(**SIZE), seed=0)
    return str(folder)


@pytest.fixture
def recipe(tmp_path: Path, tasks: Path, model: str):
    def make(**changes: Any) -> EvalRecipe:
        own = tmp_path / "general_colours.yaml"
        about = {"title": "Colours", "harness": "colours", "metric": "acc", "ability": "commonsense", "citation": "x"}
        own.write_text(yaml.safe_dump(about | {"folder": str(tasks)} | changes.pop("task", {})))
        values = {"run": str(tmp_path / "run"), "model": model, "dtype": "float32", "benchmarks": [str(own)]}
        return check(EvalRecipe, values | changes, "test")

    return make


def test_a_group_of_tasks_is_scored_item_by_item_and_told_in_the_report(tmp_path: Path, recipe, monkeypatch) -> None:
    scores = main(recipe())
    found = scores["general"]["general_colours"]
    folder = tmp_path / "run" / "general_colours"
    items = [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]
    assert found["n"] == len(items) == 11 and {name: one["n"] for name, one in found["by_task"].items()} == {
        "colours_a": 7,
        "colours_b": 4,
    }
    assert found["value"] == pytest.approx(sum(item["value"] for item in items) / 11)
    assert found["by_harness"] == pytest.approx(found["value"])
    assert found["low"] < found["value"] < found["high"] and found["harness"].startswith("lm-eval ")
    page, table = ((tmp_path / "run" / name).read_text() for name in ("report.html", "report.md"))
    assert "General abilities" in page and "| general_colours |" in table
    assert not list(folder.glob("requests*"))

    def load_nothing(*args: Any) -> None:
        raise AssertionError("a finished task is run again")

    (tmp_path / "run" / "scores.json").unlink()
    manifest = json.loads((tmp_path / "run" / "run.json").read_text())
    (tmp_path / "run" / "run.json").write_text(json.dumps(manifest | {"counts": {}}))
    monkeypatch.setattr(LocalModel, "__init__", load_nothing)
    assert main(recipe()) == scores


def test_tasks_stand_beside_benchmarks_asked_here(tmp_path: Path, recipe) -> None:
    path = write_problems(tmp_path / "few.parquet", [problem(1), problem(2)])
    about = {"title": "few", "source": {"kind": "problems", "path": str(path)}, "protocol": "as_given", "citation": "x"}
    own = tmp_path / "few.yaml"
    own.write_text(yaml.safe_dump(about))
    both = recipe()
    scores = main(recipe(benchmarks=[*both.benchmarks, str(own)], max_new_tokens=4, limit=1))
    assert scores["benchmarks"]["few"]["n"] == 1
    assert scores["general"]["general_colours"]["n"] == 2  # the limit is of each task


def test_what_cannot_be_run_is_named(tmp_path: Path, recipe) -> None:
    with pytest.raises(InputError, match="cannot run 'no_such_task'"):
        main(recipe(task={"harness": "no_such_task"}))
    with pytest.raises(InputError, match=r"no metric 'bleu'.*it has acc"):
        main(recipe(run=str(tmp_path / "other"), task={"metric": "bleu"}))
    with pytest.raises(InputError, match="likelihoods"):
        main(recipe(run=str(tmp_path / "served"), endpoint={"servers": [{"url": "http://127.0.0.1:9/v1"}]}))
