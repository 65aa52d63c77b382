"""Isolated runs a second on one core against a bare interpreter a run, and ten thousand programs in a row."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from redstar_geo.sandbox import Case, Limits, Submission, Tests, judge_many
from redstar_geo.sandbox.runner import Worker

_TURNS = 5
_RUNS = 100
_IN_A_ROW = 10_000
_PROGRAM = """
import sys
from collections import Counter
n, *numbers = map(int, sys.stdin.read().split())
print(max(Counter(numbers).values()), sum(sorted(numbers)[:n // 2]))
"""
_INPUT = b"200\n" + b" ".join(b"%d" % (number * 7919 % 101) for number in range(200)) + b"\n"


def bench() -> Iterator[dict[str, Any]]:
    yield _runs_per_s()
    yield _large_output()
    yield _in_a_row()


def _runs_per_s() -> dict[str, Any]:
    with _one_core(), tempfile.TemporaryDirectory() as folder, Worker() as worker:
        program = Path(folder) / "program.py"
        program.write_text(_PROGRAM)
        python = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"

        def bare() -> bytes:
            command = [str(python), "-I", "-S", str(program)]
            return subprocess.run(command, input=_INPUT, capture_output=True, check=True).stdout

        def isolated() -> bytes:
            return worker.run(_PROGRAM, _INPUT).stdout

        assert bare() == isolated()
        turns = [(_speed(isolated), _speed(bare)) for _ in range(_TURNS)]
    ours, theirs = (median(speeds) for speeds in zip(*turns, strict=True))
    return {
        "name": "sandbox.runs_per_s",
        "value": round(ours),
        "unit": "runs/s on one core",
        "against": "python3 -I -S, one process a run, no isolation",
        "against_value": round(theirs),
        "ratio": round(ours / theirs, 2),
        "n": _TURNS * _RUNS,
    }


@contextmanager
def _one_core() -> Iterator[None]:
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _speed(run: Callable[[], bytes]) -> float:
    started = time.perf_counter()
    for _ in range(_RUNS):
        run()
    return _RUNS / (time.perf_counter() - started)


def _large_output() -> dict[str, Any]:
    """150 MB out and 100,000 lines in, at once."""
    code = "import sys\nfor _ in range(1500):\n    print('x' * 99_999)\nprint(sum(map(int, sys.stdin)))"
    lines = b"".join(b"%d\n" % number for number in range(100_000))
    with Worker() as worker:
        started = time.perf_counter()
        outcome = worker.run(code, lines, limits=Limits(output_mib=160))
        seconds = time.perf_counter() - started
    assert outcome.verdict == "OK" and outcome.stdout.endswith(b"4999950000\n")
    return {
        "name": "sandbox.output_mb_per_s",
        "value": round(len(outcome.stdout) / 1e6 / seconds),
        "unit": "MB/s",
        "n": len(outcome.stdout),
    }


def _in_a_row() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        elsewhere, tempfile.tempdir = tempfile.gettempdir(), folder  # others use the common one meanwhile
        try:
            return _judged_in_a_row()
        finally:
            tempfile.tempdir = elsewhere


def _judged_in_a_row() -> dict[str, Any]:
    before = _held()
    started = time.perf_counter()
    programs = (_numbered(number) for number in range(_IN_A_ROW))
    verdicts: Counter[str] = Counter()
    middle: dict[str, int] = {}
    for number, judgement in enumerate(judge_many(programs, workers=len(os.sched_getaffinity(0)))):
        verdicts[judgement.verdict] += 1
        if number == _IN_A_ROW // 2:
            middle = _held()
    seconds = time.perf_counter() - started
    after = _held()
    return {
        "name": "sandbox.ten_thousand_in_a_row",
        "value": round(_IN_A_ROW / seconds),
        "unit": "programs/s",
        "verdicts": dict(verdicts),
        "left_behind": {kind: after[kind] - before[kind] for kind in before},
        "grown_in_second_half_mib": round((after["memory"] - middle["memory"]) / 2**20, 1),
        "n": _IN_A_ROW,
    }


def _numbered(number: int) -> Submission:
    """Another program each time: of every ten, one is wrong, one fails and one leaves files and threads."""
    code = f"n = int(input())\nprint(n + {number})"
    if number % 10 == 1:
        code = f"print({number})"
    if number % 10 == 2:
        code = f"print(1 / (int(input()) - 1), {number})"
    if number % 10 == 3:
        code += "\nimport threading, time\nopen('/tmp/left', 'w').write('x' * 10**6)"
        code += "\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    return Submission(code, Tests("stdin", (Case("1\n", f"{number + 1}\n"),)))


def _held() -> dict[str, int]:
    """What this process has of the machine, and what lies where something could be left."""
    process = psutil.Process()
    groups = Path("/sys/fs/cgroup")
    return {
        "processes": len(process.children(recursive=True)),
        "threads": process.num_threads(),
        "file_descriptors": process.num_fds(),
        "files": sum(1 for _ in Path(tempfile.gettempdir()).iterdir()),
        "cgroups": sum(1 for path in groups.rglob("*") if path.is_dir()) if groups.is_dir() else 0,
        "mounts": len(Path("/proc/self/mounts").read_text().splitlines()),
        "memory": process.memory_info().rss,
    }
