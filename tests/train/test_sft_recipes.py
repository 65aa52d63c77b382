"""The shipped recipes: each passes `redstar-geo check` as far as that goes without their models and data."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import yaml

from redstar_geo.preflight.check import Report, Verb, check
from redstar_geo.preflight.training import look_into_training
from redstar_geo.train.merge import MergeRecipe
from redstar_geo.train.sft import SftRecipe
from tests.train.small import problem, write_export

TRAIN = Path(__file__).parents[2] / "train"
GPUS = {  # that the recipe's first lines name: how many, and GiB of each
    "sft_geo_8b": (8, 80),
    "sft_geo_8b_lora": (1, 48),
    "sft_math_7b": (8, 80),
    "sft_math_14b": (8, 80),
    "sft_math_32b": (16, 80),
    "sft_code_math_32b": (16, 80),
}


def shipped(*methods: str) -> list[Path]:
    return [path for path in sorted(TRAIN.glob("*.yaml")) if yaml.safe_load(path.read_text())["method"] in methods]


def checked(path: Path, *changes: str, gpus: tuple[int, float] | None = None) -> Report:
    look = partial(look_into_training, ranks=gpus[0], device_gib=gpus[1]) if gpus else look_into_training
    models = {"sft": SftRecipe, "merge": MergeRecipe}
    return check(str(path), changes, [Verb("method", "sft", models, frozenset({"pack"}), {"sft": look})])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_export(tmp_path_factory.mktemp("data") / "train.parquet", [problem(number) for number in range(4)])


@pytest.mark.parametrize("path", shipped("sft", "merge"), ids=lambda path: path.stem)
def test_a_recipe_is_right_and_fits_the_machine_that_it_names(path: Path, data: Path) -> None:
    changes = [] if path.stem == "merge" else [f"data={data}"]
    report = checked(path, *changes, gpus=GPUS.get(path.stem))
    assert report.errors == []
    if path.stem in GPUS:
        assert report.plan is not None and report.plan.fits
        assert f"planned for {GPUS[path.stem][0]} GPU" in "".join(report.notes)
        assert any("vision" in line for line in report.lines()) == ("geo" in path.stem)
        print(f"{path.stem}: {report.plan.needs / 2**30:.0f} GiB of {GPUS[path.stem][1]}, host {report.plan.host}")


def test_the_variants_that_the_geometry_recipe_names_fit_too(data: Path) -> None:
    for model in ("Qwen/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen3-VL-8B-Thinking"):
        report = checked(TRAIN / "sft_geo_8b.yaml", f"data={data}", f"model={model}", gpus=(8, 80))
        assert report.errors == [] and report.plan is not None and report.plan.fits


def test_every_recipe_of_gpus_is_planned() -> None:
    planned = {path.stem for path in shipped("sft") if "model" in yaml.safe_load(path.read_text())}
    assert planned == set(GPUS)
