"""The script for one GPU runs through on a CPU where nothing but torch and transformers is installed."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from redstar_geo.models.adapters import Lora
from redstar_geo.models.flops import SampleSize, StepFlops
from redstar_geo.models.known_configs import KNOWN
from redstar_geo.models.parts import Tuning
from tests.gpu import h200

ROOT = Path(__file__).parents[2]
MODELS = ("Qwen/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen3-VL-8B-Instruct", "OpenGVLab/InternVL3-8B-hf")


def needed(names: list[str]) -> set[str]:
    """Distributions that these need, themselves included, without extras."""
    found: set[str] = set()
    while names:
        wanted = Requirement(names.pop())
        if wanted.name not in found and (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
            found.add(wanted.name)
            names += metadata.requires(wanted.name) or []
    return found


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of links to torch, transformers and what they need."""
    site = tmp_path_factory.mktemp("bare")
    for name in needed(["torch", "transformers"]) - {"pydantic", "pydantic-core"}:  # of new versions of typer alone
        files = metadata.distribution(name).files or []
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(metadata.distribution(name).locate_file(top))))
    return site


def lines(bare: Path, *arguments: str) -> list[dict[str, Any]]:
    paths = {"PYTHONPATH": f"{bare}:{ROOT}", "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "HOME": str(bare)}
    command = [sys.executable, "-S", "-m", "tests.gpu.h200", "--tiny", "--patience", "20", *arguments]
    done = subprocess.run(command, env=paths, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(line.get("ended", "done") == "done" for line in found), done.stderr
    return found


@pytest.mark.parametrize("model", [MODELS[0], *(pytest.param(name, marks=pytest.mark.long) for name in MODELS[1:])])
def test_every_section_has_its_lines_where_nothing_else_is_installed(bare: Path, model: str) -> None:
    for absent in ("pydantic", "trl", "datasets", "deepspeed", "peft", "accelerate"):
        assert not (bare / absent).exists()
    found = lines(bare, "--model", model, "--sections", *h200.SECTIONS.keys() - {"continuous"})
    by = {name: [one for one in found if one.get("section") == name and "ended" not in one] for name in h200.SECTIONS}
    assert [one["case"] for one in by["attention"]] == ["text", "windows", "pictures"]
    for one in by["attention"]:
        assert one["ours_error"] <= 1.5 * one["sdpa_error"] and one["ours_gradient_error"] < 0.05
    assert [(one["kind"], one["form"]) for one in by["steps"]] == [
        (kind, form) for form in ("packed", "padded") for kind in h200.KINDS
    ]
    assert all(one["tokens_per_s"] > 0 and one["mfu"] is None for one in by["steps"])
    moved = {one["form"]: one["moved"] for one in by["precision"]}
    assert moved["to_the_nearest"] < 0.01 < moved["stochastic_rounding"]
    assert [one["form"] for one in by["rollouts"]] == ["unmerged", "merged"]
    assert [one["tokens"] for one in by["long_rows"]] == [400, 800]
    assert sum(by["profile"][0]["share"].values()) > 0.5


@pytest.mark.long  # its cache takes half of the machine's memory
def test_continuous_batching_too(bare: Path) -> None:
    found = lines(bare, "--sections", "continuous")
    assert found[1]["responses"] == 2 and found[1]["tokens_per_s"] > 0


def test_a_section_that_is_late_is_ended_and_said(capfd: pytest.CaptureFixture[str]) -> None:
    bench = h200.tiny(h200.Bench(MODELS[0], KNOWN[MODELS[0]](), "cpu"))
    h200.run(["precision", "steps"], bench, patience=0.0)
    found = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(one["section"], one["ended"]) for one in found] == [("precision", "deadline"), ("steps", "deadline")]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", h200.KINDS)
def test_operations_are_counted_as_in_a_training(model: str, kind: str) -> None:
    bench = h200.tiny(h200.Bench(model, KNOWN[model](), "cpu"))
    samples = h200.samples_of(bench)
    lora = Lora(rank=bench.rank) if kind == "lora" else None
    tuning = Tuning(language=1.0) if lora else Tuning(language=1.0, aligner=1.0)
    grid = (1, 4, 4) if bench.config.model_type == "internvl" else (1, bench.grid, bench.grid)
    sizes = [SampleSize(len(one.input_ids), int(one.labels.ge(0).sum()), (grid,)) for one in samples]
    expected = StepFlops(bench.config, tuning, lora)(sizes)
    found = h200.flops(h200.model_of(bench, kind, attention=False), samples)
    assert found == pytest.approx(expected, rel=1e-3)


def test_the_plan_is_added_to_lines_of_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = {"section": "steps", "model": MODELS[0], "kind": "lora", "form": "packed", "row": [16384, 16000, 8192, 8]}
    (tmp_path / "lines").write_text(json.dumps(line) + "\n" + json.dumps({"torch": "2.11"}) + "\n")
    h200.main(["--plan", str(tmp_path / "lines")])
    found = [json.loads(one) for one in capsys.readouterr().out.splitlines()]
    assert 20 < found[0]["planned_gib"] < 60 and found[1] == {"torch": "2.11"}
