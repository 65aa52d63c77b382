"""Requests a second against a server's ideal rate: 2 s latency and room for 512, every request with a picture.

`python -m tests.bench.teacher_requests [requests] [picture.svg]` prints one JSON object, and draws the live table as it
stands half-way.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import qwen_vl_utils  # noqa: F401  brings torch: not to be loaded while the clock runs
from rich.console import Console

from redstar_geo.data_prep.ask import asking, judge
from redstar_geo.generation.address import ServerAddress
from redstar_geo.generation.client import Client
from redstar_geo.progress import console
from redstar_geo.recipes.data import EndpointTeacher, Sampling
from redstar_geo.records import Problem, read
from redstar_geo.teacher.dispatch import Dispatcher
from redstar_geo.teacher.ledger import Ledger
from redstar_geo.teacher.live import Live
from redstar_geo.teacher.sampling import Budget, Fixed
from tests.teacher.conftest import ROOT, write_problems

_LATENCY_S, _ROOM, _SAMPLES = 2.0, 512, 10


@contextlib.contextmanager
def _server() -> Iterator[str]:
    behaviour = json.dumps({"latency_s": _LATENCY_S, "room": _ROOM})
    command = [sys.executable, "-m", "tests.servers.chat", behaviour]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        process.kill()


def measure(requests: int, picture: Path | None = None) -> dict[str, Any]:
    """Ask `requests` times; rate, processor time and memory of the client."""
    console.quiet = picture is None
    with tempfile.TemporaryDirectory() as folder, _server() as url:
        problems = Path(folder) / "problems.parquet"
        write_problems(problems, requests // _SAMPLES)
        started, processor = time.perf_counter(), time.process_time()
        asyncio.run(_ask(url, Path(folder), problems, requests // _SAMPLES, picture))
        seconds, spent = time.perf_counter() - started, time.process_time() - processor
    ideal = requests / (_ROOM / _LATENCY_S) + _LATENCY_S  # the last ones need their latency too
    return {
        "requests": requests,
        "seconds": round(seconds, 1),
        "requests_per_s": round(requests / seconds, 1),
        "share_of_ideal": round(ideal / seconds, 3),
        "cores": round(spent / seconds, 2),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }


async def _ask(url: str, folder: Path, problems: Path, count: int, picture: Path | None) -> None:
    servers = [ServerAddress(url=url, start=_ROOM, most=_ROOM)]
    teacher = EndpointTeacher(kind="endpoint", model="teacher", servers=servers, sampling=Sampling(fixed=_SAMPLES))
    client = Client(teacher)
    with Ledger(folder / "ledger.sqlite") as ledger:
        async with client:
            dispatcher = Dispatcher(client, ledger, asking(teacher, 0), Fixed(), Budget(), judge)
            async with Live(dispatcher, client, folder / "log.jsonl", count) as live:
                drawing = asyncio.create_task(_draw(live, picture)) if picture else None
                await dispatcher.run(read(Problem, problems))
                if drawing is not None:
                    await drawing


async def _draw(live: Live, picture: Path) -> None:
    while live.dispatcher.progress.finished < live.problems / 2:
        await asyncio.sleep(0.2)
    recording = Console(record=True, width=110, file=io.StringIO())
    recording.print(live.table())
    picture.write_text(recording.export_svg(title="redstar-geo data data_prep/geoqa.yaml"), encoding="utf-8")


def bench() -> Iterator[dict[str, Any]]:
    found = measure(5_000)
    yield {
        "name": "teacher.requests_per_s",
        "value": found["requests_per_s"],
        "unit": "requests/s",
        "against": "the server's ideal: 512 at once, 2 s each",
        "ratio": found["share_of_ideal"],
        "n": found["requests"],
    }


if __name__ == "__main__":
    path = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, path)))
