import json
import signal
import subprocess
import sys
from functools import partial
from importlib import metadata
from pathlib import Path

import pytest

from redstar_geo.cli import app
from tests.killing import send


def run(*args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "redstar_geo", *args], capture_output=True, text=True, cwd=cwd)


def test_the_version_is_that_of_the_package() -> None:
    assert run("--version").stdout == f"redstar-geo {metadata.version('redstar-geo')}\n"


@pytest.mark.parametrize("command", [command.name or command.callback.__name__ for command in app.registered_commands])
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.returncode == 0
    assert f"Example: redstar-geo {command}" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("data", "no/such.yaml"), "neither a file here nor a shipped recipe"),
        (("data", "data_prep/geoqa_formal.yaml", "source.path=nowhere"), "has no problems/*.json"),
        (("data", "data_prep/geoqa_formal.yaml", "sauce.path=x"), "Did you mean 'source'"),
        (("train", "train/sft_tiny_cpu.yaml", "data=nowhere.parquet"), "nowhere.parquet"),
        (("data", "data_prep/exam.yaml", "run=/dev/null/run"), "cannot be made or written to"),
        (("verify", ".", "--out", "out.jsonl"), "is a folder"),
        (("eval", "eval/tiny_cpu.yaml", "model=nowhere", "problems=nowhere.parquet"), "nowhere"),
        (("data", "train/sft_tiny_cpu.yaml"), "it has 'method', so use train"),
        (("eval", "data_prep/exam.yaml"), "so use data"),
        (("train", "eval/study_form.yaml"), "so use study"),
        (("study", "eval/tiny_cpu.yaml"), "so use eval"),
        (("quickstart", "--model", "./nowhere", "--run", "first"), "no such folder"),
    ],
)
def test_a_users_mistake_is_one_paragraph_and_code_2(tmp_path: Path, args: tuple[str, ...], expected: str) -> None:
    result = run(*args, cwd=tmp_path)
    assert result.returncode == 2, result.stderr
    assert expected in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "first").exists(), "it is told before anything is made"


def test_doctor_runs() -> None:
    result = run("doctor")
    assert result.returncode == 0
    assert "train (training" in result.stdout and "bubblewrap" in result.stdout


def test_a_forecast_is_json_that_a_program_can_read_from_stdout(tmp_path: Path) -> None:
    found = run("study", "eval/study_form.yaml", f"run={tmp_path / 'form'}", "--plan")
    assert json.loads(found.stdout)["cells"] == 21, found.stderr
    assert not list(tmp_path.iterdir()), "a forecast leaves nothing behind"


def test_ctrl_c_has_an_exit_code_and_a_word(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "redstar_geo", "data", "data_prep/exam.yaml", f"run={tmp_path / 'exam'}"]
    heard = partial(signal.signal, signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heard)
    send(process, signal.SIGINT, begun=(tmp_path / "exam").is_dir)
    said = process.communicate()[1]
    assert process.returncode == 130 and said.endswith("Stopped by Ctrl-C. The same command goes on.\n"), said


def test_what_a_terminal_would_obey_is_not_printed() -> None:
    said = run("verify", "no\x1b]52;c;cm0=\x07\x1b[2J\x9b1m\u202e", "--out", "x", "--quiet").stderr
    assert "no�]52;c;cm0=��[2J�1m�" in said and "\x1b" not in said
