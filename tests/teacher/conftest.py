from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.geometry.construct import construct
from redstar_geo.records import SCHEMAS, Problem, to_row
from redstar_geo.run import write_rows

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def servers() -> Iterator[Callable[..., str]]:
    """Starts servers as processes of their own; gives the base URL."""
    running = []

    def start(**behaviour: Any) -> str:
        command = [sys.executable, "-m", "tests.servers.chat", json.dumps(behaviour)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        return f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    with servers() as start:
        yield start


def write_problems(path: Path, count: int) -> None:
    """Problems whose question tells the test server the answer; all share one picture."""
    picture = construct("isosceles", seed=1).problem.images
    problems = (
        Problem(
            id=f"test/{number:05d}",
            domain="geometry",
            source="test",
            split="train",
            licence="Apache-2.0",
            question=f"prompt={number}; gold={number + 3}; What is it?",
            answer=str(number + 3),
            answer_kind="number",
            language="en",
            images=picture,
        )
        for number in range(count)
    )
    write_rows(path, SCHEMAS[Problem], map(to_row, problems))
