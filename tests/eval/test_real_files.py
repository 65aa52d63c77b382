"""The real files end to end on an untrained model, a few items of each: read, asked, graded, scored, reported."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from redstar_geo import benchmarks
from redstar_geo.eval.run import EvalRecipe, main
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipe import check
from tests.paths import FORMALGEO7K, SHARED
from tests.train.small import SIZE

DATA = SHARED / "data"
LIMIT = 3
ASKED = {
    "geometry3k_choices": ({"split": "train"}, DATA / "geometry3k"),
    "geometry3k_free": ({"split": "train"}, DATA / "geometry3k"),
    "gsm8k": ({"split": "train"}, DATA / "gsm8k_train"),
    "omni_math": ({}, DATA / "omni_math"),
    "exam": ({"count": 6}, None),
}
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real files are not in ../shared/data")


def own_file(folder: Path, name: str, changes: dict[str, Any]) -> Path:
    """A shipped benchmark, of the part of its source that is here."""
    benchmark = benchmarks.load(name)
    values = benchmark.model_dump(exclude={"name"}, exclude_none=True)
    values["source"] |= changes
    file = folder / f"real_{name}.yaml"
    file.write_text(yaml.safe_dump(values))
    return file


def some_of_formalgeo7k(folder: Path) -> Path:
    """Four of its problems in its own layout."""
    (folder / "problems").mkdir(parents=True)
    for number in ("1", "10", "1001", "1002"):
        (folder / "problems" / f"{number}.json").symlink_to(FORMALGEO7K / "problems" / f"{number}.json")
    for name in ("diagrams", "gdl"):
        (folder / name).symlink_to(FORMALGEO7K / name)
    about = {"title": "FormalGeo7k", "protocol": "free", "category": "origin", "citation": "Zhang et al., 2023"}
    file = folder.parent / "real_formalgeo7k.yaml"
    file.write_text(yaml.safe_dump(about | {"source": {"kind": "formalgeo7k", "path": str(folder)}}))
    return file


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of one evaluation of all of them, and its scores."""
    folder = tmp_path_factory.mktemp("real")
    build_tiny(folder / "model", ["How many degrees is angle ABC?"], TinySize(**SIZE), seed=0)
    files = [own_file(folder, name, changes) for name, (changes, _) in ASKED.items()]
    values = {
        "run": str(folder / "run"),
        "model": str(folder / "model"),
        "benchmarks": [str(file) for file in [*files, some_of_formalgeo7k(folder / "formalgeo7k")]],
        "paths": {f"real_{name}": str(path) for name, (_, path) in ASKED.items() if path},
        "gdl": str(FORMALGEO7K / "gdl"),
        "limit": LIMIT,
        "max_new_tokens": 8,
        "dtype": "float32",
    }
    return folder / "run", main(check(EvalRecipe, values, "test"))


@pytest.mark.parametrize("name", [*ASKED, "formalgeo7k"])
def test_a_real_benchmark_runs_end_to_end(evaluated: tuple[Path, dict[str, Any]], name: str) -> None:
    folder, scores = evaluated[0] / f"real_{name}", evaluated[1]["benchmarks"][f"real_{name}"]
    items = [json.loads(line) for line in (folder / "items.jsonl").read_text().split("\n")[:-1]]
    assert len({item["id"] for item in items}) == len(items) == LIMIT == scores["n"]
    assert sum(scores["verdicts"].values()) == LIMIT and scores["of_all"]["correct"] == 0
    assert scores["truncated_share"] == sum(item["truncated"] for item in items) / LIMIT
    known = LIMIT if name in ("exam", "formalgeo7k") else 0  # of these the proofs are known
    assert scores["reasoning"]["n"] == known
    page = (evaluated[0] / "report.html").read_text()
    assert f"<h2>real_{name}</h2>" in page


def test_their_pictures_are_in_the_report(evaluated: tuple[Path, dict[str, Any]]) -> None:
    page = (evaluated[0] / "report.html").read_text()
    assert page.count("data:image/png;base64,") >= 3 * LIMIT and "<script" not in page
