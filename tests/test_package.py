"""What ships: the package with its recipes and the licences of all in it, no tests; each time the same bytes."""

from __future__ import annotations

import fnmatch
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

import redstar_geo
from tests import licences
from tests.documents import ROOT, text

OURS = (".py", ".yaml", ".html", ".css", ".js", ".json", ".sbatch", "py.typed")


def test_the_page_of_licences_is_up_to_date() -> None:
    assert text(licences.PAGE) == licences.page(), "write it anew: python -m tests.licences"


def test_a_package_that_is_not_here_keeps_its_row() -> None:
    assert licences._kept("vllm") == "Apache-2.0" and not licences._kept("nobody")


def test_how_to_cite_is_whole() -> None:
    cited = yaml.safe_load(text(ROOT / "CITATION.cff"))
    assert cited["cff-version"] == "1.2.0" and {"message", "title", "authors", "license"} <= cited.keys()
    assert cited["version"] == redstar_geo.__version__
    assert all({"type", "title", "authors", "url"} <= reference.keys() for reference in cited["references"])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two builds of the last commit, in processes of their own."""
    folders = [tmp_path_factory.mktemp("dist") for _ in range(2)]
    for folder in folders:
        command = [sys.executable, ".ci/build.py", str(folder), "--no-isolation"]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folders


@pytest.mark.long
def test_two_builds_are_the_same(built: list[Path]) -> None:
    first, second = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in built)
    assert len(first) == 2 and first == second


@pytest.mark.long
def test_all_that_ships_is_ours_or_has_its_licence(built: list[Path]) -> None:
    (wheel,) = built[0].glob("*.whl")
    names = [name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")]
    kept = [name for name in names if name.startswith("redstar_geo/")]
    foreign = [name for name in kept if not name.endswith(OURS) and "/LICENSE" not in name]
    assert foreign and not [name for name in foreign if not any(fnmatch.fnmatch(name, one) for one in licences.FOREIGN)]
    texts = {text for _, _, text in licences.FOREIGN.values()}
    assert texts <= set(kept) and {re.sub(r"^.*/licenses/", "", name) for name in names} >= {"LICENSE", *texts}
    assert not [name for name in names if "test" in name.split("/")[0] or name.endswith(".ipynb")]


@pytest.mark.long
def test_the_source_archive_is_whole(built: list[Path]) -> None:
    (archive,) = built[0].glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert {"README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "SECURITY.md", "docs/index.md"} <= names
    assert {"data_prep/own.yaml", "train/slurm/sft.sbatch", "app/demo.py", "notebooks/tour.ipynb"} <= names
    assert not [name for name in names if name.startswith("tests")]
