"""A model in this process as teacher, and the same model behind `transformers serve`."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.data_prep.pipeline import fingerprints, main
from redstar_geo.errors import InputError
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import Trace, read
from redstar_geo.run import Counts, open_run
from tests.train.small import SIZE, problem, trace, write_problems

PROBLEMS = [problem(number, with_picture=number % 3 != 0) for number in range(1, 7)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    build_tiny(folder, [each.question + trace(each) for each in PROBLEMS], TinySize(**SIZE), seed=0)
    return folder


def ask(run: Path, **teacher: Any) -> dict[str, Any]:
    asked = {
        "sampling": {"fixed": 2},
        "parameters": {"max_tokens": 6, "temperature": 1.0},
        "min_pixels": 3136,
    } | teacher
    source = {"kind": "builtin", "families": ["isosceles"], "count": 1}
    loaded = DataRecipe.model_validate({"run": str(run), "source": source, "teacher": asked, "workers": 1})
    with open_run(run, loaded.as_run, fingerprints(loaded)) as opened:
        write_problems(opened.path("problems.parquet"), PROBLEMS)
        opened.finish("collect", Counts(in_=len(PROBLEMS), out=len(PROBLEMS)))
    return main(loaded)


def test_a_local_model_answers_in_batches_and_cut_answers_are_undecided(tmp_path: Path, model: Path) -> None:
    counts = ask(tmp_path / "run", kind="local", model=str(model), batch_size=4, dtype="float32")
    assert counts["sample"] == {"in": 12, "out": 12, "rejected": {}, "pending": 0}
    traces = list(read(Trace, tmp_path / "run" / "traces.parquet"))
    assert all(trace.completion_tokens and trace.completion_tokens <= 6 and trace.prompt_tokens for trace in traces)
    assert {trace.finish_reason for trace in traces} <= {"length", "stop"}
    assert all(t.verdict and t.verdict.status == "undecided" for t in traces if t.finish_reason == "length")


def test_a_model_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nobody-has-this"):
        ask(tmp_path / "run", kind="local", model=str(tmp_path / "nobody-has-this"))


@pytest.mark.long
def test_the_same_model_behind_transformers_serve(tmp_path: Path, model: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("transformers")), "serve", "--port", str(port), "--host", "127.0.0.1"]
    process = subprocess.Popen([*command, "--dtype", "float32"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1)
                break
            except OSError:
                time.sleep(0.3)
        servers = [{"url": f"http://127.0.0.1:{port}/v1", "start": 2, "most": 2}]
        counts = ask(tmp_path / "run", kind="endpoint", model=str(model), servers=servers, deadline_s=60)
    finally:
        process.kill()
        process.wait()
    assert counts["sample"]["out"] == 12, counts
