"""docs/python.md and the notebooks run as they stand, each in a process and a folder of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import ROOT, blocks, text

PAGE = ROOT / "docs" / "python.md"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
A_STEP = """
log = trainer.state.log_history[0]
assert log["rewards/verified_answer/mean"] is not None and -1 <= log["rewards/true_steps/mean"] <= 1
assert log["reward_std"] > 0 and log["grad_norm"] > 0, log
"""


def run(code: str, folder: Path) -> str:
    """What the code prints."""
    done = subprocess.run([sys.executable, "-"], input=code, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def cells(notebook: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(text(notebook))["cells"]
    return found


def code_of(notebook: Path) -> str:
    sources = ["".join(cell["source"]) for cell in cells(notebook) if cell["cell_type"] == "code"]  # type: ignore[arg-type]
    return "\n".join(sources)


def test_the_page_runs_and_prints_what_it_says(tmp_path: Path) -> None:
    (command,) = (block.split() for block in blocks(PAGE, "") if block.startswith("redstar-geo "))
    subprocess.run([sys.executable, "-m", "redstar_geo", *command[1:]], cwd=tmp_path, check=True)
    printed = run("".join(blocks(PAGE, "python")) + A_STEP, tmp_path)
    comments = re.findall(r"^ *print\(.*\)  # (.+)$", text(PAGE), re.MULTILINE)
    (listing,) = (block for block in blocks(PAGE, "") if block.startswith("true"))
    assert len(comments) >= 10 and listing in printed
    place = 0
    for comment in comments:
        assert f"{comment}\n" in printed[place:], comment
        place = printed.index(f"{comment}\n", place)
    assert len(list(tmp_path.glob("problem_*.png"))) == 10


def test_the_tour_runs(tmp_path: Path) -> None:
    printed = run(code_of(ROOT / "notebooks" / "tour.ipynb"), tmp_path)
    assert re.search(r"^false +\S", printed, re.MULTILINE), "the changed number is found"
    assert "20 problems, 20 traces" in printed


@pytest.mark.long  # the page makes a step in `make test`
def test_the_grpo_notebook_runs(tmp_path: Path) -> None:
    printed = run(code_of(ROOT / "notebooks" / "grpo.ipynb") + A_STEP, tmp_path)
    assert "[1.0, 1.0, 0.0, None]" in printed, "the answers"
    assert "[1.0, 0.0, -1.0, 0.0]" in printed, "the steps"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_kept_without_outputs(notebook: Path) -> None:
    found = json.loads(text(notebook))
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in found["cells"]}) == len(found["cells"])
    assert not [cell for cell in cells(notebook) if cell.get("outputs") or cell.get("execution_count")]
