"""Shipped benchmarks end to end on an untrained model, a few items of each: read, asked, graded, scored, reported."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from redstar_geo import benchmarks
from redstar_geo.eval.run import main
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipe import check
from redstar_geo.recipes.evaluation import EvalRecipe
from tests.paths import DOZEN
from tests.sources import test_gsm8k, test_omni_math
from tests.sources.small import jsonl
from tests.sources.test_geometry3k import official
from tests.train.small import SIZE

LIMIT = 3


def geometry3k(folder: Path) -> Path:
    for number in range(4):
        official(folder / "test", number)
    return folder


def gsm8k(folder: Path) -> Path:
    return jsonl(folder / "test.jsonl", test_gsm8k.ROWS[:2] * 2)


def omni_math(folder: Path) -> Path:
    return jsonl(folder / "test.jsonl", [test_omni_math.ROW | {"answer": str(number)} for number in range(4)])


FILES: dict[str, Callable[[Path], Path]] = {
    "geometry3k_choices": geometry3k,
    "geometry3k_free": geometry3k,
    "gsm8k": gsm8k,
    "omni_math": omni_math,
}


def own_file(folder: Path, name: str, values: dict[str, Any]) -> str:
    """A benchmark of its own beside the shipped ones."""
    file = folder / f"own_{name}.yaml"
    file.write_text(yaml.safe_dump(values))
    return str(file)


def short_exam() -> dict[str, Any]:
    values = benchmarks.load("exam").model_dump(exclude={"name"}, exclude_none=True)
    return values | {"source": values["source"] | {"count": 6}, "items": 6}


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of one evaluation of all of them, and its scores."""
    folder = tmp_path_factory.mktemp("shipped")
    build_tiny(folder / "model", ["How many degrees is angle ABC?"], TinySize(**SIZE), seed=0)
    formalgeo = {"title": "FormalGeo7k", "protocol": "free", "category": "origin", "citation": "Zhang et al., 2023"}
    formalgeo |= {"source": {"kind": "formalgeo7k", "path": str(DOZEN)}}
    own = [own_file(folder, "formalgeo7k", formalgeo), own_file(folder, "exam", short_exam())]
    values = {
        "run": str(folder / "run"),
        "model": str(folder / "model"),
        "benchmarks": [*FILES, *own],
        "paths": {name: str(write(folder / name)) for name, write in FILES.items()},
        "gdl": str(DOZEN / "gdl"),
        "limit": LIMIT,
        "max_new_tokens": 8,
        "dtype": "float32",
    }
    return folder / "run", main(check(EvalRecipe, values, "test"))


@pytest.mark.parametrize("name", [*FILES, "own_formalgeo7k", "own_exam"])
def test_a_benchmark_runs_end_to_end(evaluated: tuple[Path, dict[str, Any]], name: str) -> None:
    folder, scores = evaluated[0] / name, evaluated[1]["benchmarks"][name]
    items = [json.loads(line) for line in (folder / "items.jsonl").read_text().split("\n")[:-1]]
    assert len({item["id"] for item in items}) == len(items) == LIMIT == scores["n"]
    assert sum(scores["verdicts"].values()) == LIMIT and scores["of_all"]["correct"] == 0
    assert scores["truncated_share"] == sum(item["truncated"] for item in items) / LIMIT
    known = LIMIT if name.startswith("own_") else 0  # of these the proofs are known
    assert scores["reasoning"]["n"] == known
    page = (evaluated[0] / "report.html").read_text()
    assert f"<h2>{name}</h2>" in page


def test_their_pictures_are_in_the_report(evaluated: tuple[Path, dict[str, Any]]) -> None:
    page = (evaluated[0] / "report.html").read_text()
    assert page.count("data:image/png;base64,") >= 3 * LIMIT and "<script" not in page
