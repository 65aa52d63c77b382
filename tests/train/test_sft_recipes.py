"""The shipped recipes: each passes `redstar-geo check` as far as that goes without their models and data."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from redstar_geo.models.shipped import BASE
from redstar_geo.preflight.check import check
from redstar_geo.preflight.report import Report
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
    return check(str(path), changes, *(gpus or ()))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_export(tmp_path_factory.mktemp("data") / "train.parquet", [problem(number) for number in range(4)])


def test_the_recipe_of_a_merge_is_right() -> None:
    assert "runs/sft_geo_8b_lora/model is not a LoRA adapter" in checked(TRAIN / "merge.yaml").errors[0]


@pytest.mark.long  # planning 8 to 32 billion parameters takes seconds; tests/test_docs.py checks every recipe
@pytest.mark.parametrize("path", shipped("sft"), ids=lambda path: path.stem)
def test_a_recipe_is_right_and_fits_the_machine_that_it_names(path: Path, data: Path) -> None:
    report = checked(path, f"data={data}", gpus=GPUS.get(path.stem))
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
    models = {path.stem: yaml.safe_load(path.read_text()).get("model") for path in shipped("sft")}
    assert {name for name, model in models.items() if model not in (None, BASE)} == set(GPUS)
