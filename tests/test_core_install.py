"""The core stands without its extras: what `pip install redstar-geo` promises works where nothing of them is there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from redstar_geo import extras

ROOT = Path(__file__).resolve().parents[1]
BLOCKED = {
    *("accelerate", "datasets", "deepspeed", "gradio", "huggingface_hub", "lm_eval", "matplotlib", "peft", "psutil"),
    *("ray", "safetensors", "scipy", "sklearn", "tokenizers", "torch", "torchvision", "transformers", "trl"),
    *("pebble", "bitsandbytes", "liger_kernel", "qwen_vl_utils", "vllm", "pillow_heif"),
}
WITHOUT = (
    f"import sys; sys.modules.update(dict.fromkeys({sorted(BLOCKED)})); from redstar_geo.exits import main; main()"
)


def run(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command line in a process that finds none of the extras' packages, nor do the processes that it forks."""
    return subprocess.run([sys.executable, "-c", WITHOUT, *args], capture_output=True, text=True, cwd=cwd)


def succeeds(*args: str, cwd: Path) -> str:
    result = run(*args, cwd=cwd)
    assert result.returncode == 0, result.stderr
    return result.stdout


def lines(path: Path, *rows: dict[str, object]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_all_that_an_extra_holds_is_blocked_here() -> None:
    held = {extras.module_of(package) for packages in extras.packages().values() for package in packages}
    assert held == BLOCKED


def test_verify(tmp_path: Path) -> None:
    file = lines(tmp_path / "answers.jsonl", {"gold": "5√3", "prediction": "So it is 8.66."})
    succeeds("verify", file, "--out", "verdicts.jsonl", cwd=tmp_path)
    assert json.loads((tmp_path / "verdicts.jsonl").read_text())["verdict"] == "correct"


@pytest.mark.long
def test_data_with_the_formal_teacher_then_steps(tmp_path: Path) -> None:
    succeeds("data", "data_prep/angles.yaml", "run=made", "source.count=6", "filters={}", "workers=1", cwd=tmp_path)
    traces = pq.read_table(tmp_path / "made" / "traces.parquet").to_pylist()
    assert [trace["verdict"]["status"] for trace in traces] == ["correct"] * 6
    rows = [{"id": trace["problem_id"], "response": trace["reasoning"]} for trace in traces]
    items = lines(tmp_path / "items.jsonl", *rows)
    succeeds("steps", items, "--problems", "made/problems.parquet", "--out", "steps.jsonl", cwd=tmp_path)
    judged = [json.loads(line) for line in (tmp_path / "steps.jsonl").read_text().splitlines()]
    claims = [claim for row in judged for claim in row["claims"]]
    assert len(claims) > 6 and {claim["status"] for claim in claims} == {"true"}


@pytest.mark.skipif(not shutil.which("bwrap"), reason="needs bubblewrap: sudo apt-get install bubblewrap")
def test_judge(tmp_path: Path) -> None:
    tests = {"kind": "stdin", "cases": [{"input": "1\n", "expected": "2\n"}]}
    file = lines(tmp_path / "programs.jsonl", {"code": "print(int(input()) + 1)", "tests": tests})
    succeeds("judge", file, "--out", "verdicts.jsonl", cwd=tmp_path)
    assert json.loads((tmp_path / "verdicts.jsonl").read_text())["verdict"] == "AC"


def test_doctor_says_how_to_install_each_extra(tmp_path: Path) -> None:
    found = succeeds("doctor", cwd=tmp_path)
    assert all(f"'redstar-geo[{extra}]'" in found for extra in extras.packages())


@pytest.mark.parametrize(
    ("args", "extra"),
    [
        (("train", "train/sft_tiny_cpu.yaml"), "train"),
        (("eval", "eval/tiny_cpu.yaml"), "eval"),
        (("app",), "app"),
        (("compare", "a", "b"), "analysis"),
        (("quickstart",), "train"),
        (("check", "train/sft_tiny_cpu.yaml"), "train"),
        (("data", "data_prep/difficulty.yaml", "problems=[made]"), "analysis"),
        (("data", "data_prep/angles.yaml", "run=made", "source.count=6", "prompts={}"), "analysis"),
        (("data", "data_prep/math.yaml", "run=hub"), "train"),
    ],
)
def test_a_missing_extra_is_one_sentence_with_the_command_that_installs_it(
    tmp_path: Path, args: tuple[str, ...], extra: str
) -> None:
    result = run(*args, cwd=tmp_path)
    assert result.returncode == 2, result.stderr
    assert result.stderr.splitlines()[-1].startswith(f"Error: `redstar-geo {args[0]}` needs ")
    assert result.stderr.endswith(f"which is not installed: pip install 'redstar-geo[{extra}]'\n")
    assert "Traceback" not in result.stderr


def test_the_extras_are_those_of_pyproject() -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert list(extras.packages()) == [extra for extra in named if extra not in ("all", "dev")]
    assert "torch" in extras.packages()["eval"] and "scipy" in extras.packages()["eval"], "an extra may hold another"
