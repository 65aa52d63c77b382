"""A benchmark of one's own, added as docs/evaluation.md shows it: its blocks are what is done here."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from redstar_geo.benchmarks import library
from redstar_geo.cli import app
from redstar_geo.models.tiny import TinySize, build_tiny
from tests.train.small import SIZE

DOC = Path(__file__).parents[2] / "docs" / "evaluation.md"


@pytest.fixture
def blocks() -> list[str]:
    """The file, its questions, the command and the line of the suite."""
    text = DOC.read_text().partition("## A benchmark of your own")[2].partition("\n## ")[0]
    return re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)


def test_what_the_docs_show_is_a_benchmark(tmp_path: Path, blocks: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    file, rows, command, _ = blocks
    monkeypatch.chdir(tmp_path)
    assert len(file.splitlines()) <= 20
    Path("solid.yaml").write_text(file)
    Path("data").mkdir()
    Path(yaml.safe_load(file)["source"]["path"]).write_text(rows)
    build_tiny(Path("runs/sft/model"), rows.splitlines(), TinySize(**SIZE), seed=0)
    name, *words = shlex.split(command)
    assert name == "redstar-geo"
    done = CliRunner().invoke(app, [*words, "max_new_tokens=8"])
    assert done.exit_code == 0, done.output
    report = Path("runs/geometry/report.md").read_text()
    assert "| solid | 0.0 % |" in report and "| 2 | 2 |" in report


def test_one_line_puts_it_into_a_suite(tmp_path: Path, blocks: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    file, _, _, line = blocks
    folder = shutil.copytree(Path(library.__file__).parent, tmp_path / "benchmarks")
    (folder / "solid.yaml").write_text(file)
    suite, added = line.splitlines()
    suites = (folder / "suites.yaml").read_text()
    (folder / "suites.yaml").write_text(suites.replace(f"{suite}\n", f"{suite}\n{added}\n", 1))
    before = [each.name for each in library.resolve(["geometry"])]
    monkeypatch.setattr(library, "_FOLDER", folder)
    assert [each.name for each in library.resolve(["geometry"])] == ["solid", *before]
    assert "solid" in library.names()
