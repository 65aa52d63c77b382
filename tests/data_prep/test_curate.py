"""Curation of a generated run: what was planted is found, and no kill and no engine changes a row."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from redstar_geo.data_prep.pipeline import main
from redstar_geo.run import read_manifest
from tests.bench.curate import found, recipe
from tests.bench.million import make_run
from tests.killing import kill

ROOT = Path(__file__).parents[2]
FILES = (
    "problems.parquet",
    "prompts.parquet",
    "filters.parquet",
    "selection.parquet",
    "pairing.parquet",
    "sft/train.parquet",
    "pairs/train.parquet",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "run"
    make_run(folder, traces=4000, workers=1)
    return folder


@pytest.fixture(scope="module")
def curated(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("curated") / "run"
    main(recipe(made, run, workers=1))
    return run


def same(one: Path, other: Path) -> bool:
    tables = all(pq.read_table(one / name).equals(pq.read_table(other / name)) for name in FILES)
    return tables and read_manifest(one)["counts"] == read_manifest(other)["counts"]


def test_what_was_planted_is_found_and_nothing_else(made: Path, curated: Path) -> None:
    for label, cell in found(made, curated).items():
        assert cell["share"] <= 0.001 if "false alarms" in label else cell["share"] >= 0.99, (label, cell)
    reasons = read_manifest(curated)["counts"]["select"]["rejected"]
    assert {"wrong", "problem screened out", "over the cap per problem", "filter: loop at the end"} <= reasons.keys()


@pytest.mark.long
def test_killed_again_and_again_it_ends_with_the_same_rows(made: Path, curated: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    (tmp_path / "recipe.json").write_text(recipe(made, run, workers=2).model_dump_json())
    code = (
        "import sys; from pathlib import Path\n"
        "from redstar_geo.data_prep.pipeline import main; from redstar_geo.recipes.data import DataRecipe\n"
        "if __name__ == '__main__': main(DataRecipe.model_validate_json(Path(sys.argv[1]).read_text()))\n"
    )
    (tmp_path / "go.py").write_text(code)
    command = [sys.executable, str(tmp_path / "go.py"), str(tmp_path / "recipe.json")]
    for begun in (lambda: any(run.glob("parts/screen/*")), lambda: any(run.glob("parts/filter/*"))):
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True)
        kill(process, begun=begun, group=True)
    subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    assert same(run, curated)
    assert not (run / "parts").exists()


@pytest.mark.long
def test_ray_gives_the_same_rows(made: Path, curated: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="Ray is an optional extra: pip install 'redstar-geo[ray]'")
    main(recipe(made, tmp_path / "run", engine="ray", workers=2))
    assert same(tmp_path / "run", curated)
