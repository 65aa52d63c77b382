"""Killed, out of time by a step of the clock, out of room: the results are those of an undisturbed run.

`REDSTAR_KILLS=200 REDSTAR_JUMPS=50 pytest -m long tests/test_disturbed.py` disturbs as often as that in all, each
command its share, and says how often it was. A kill counts if the process was at work and ended by it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from redstar_geo.data_prep.pipeline import main
from redstar_geo.errors import InputError, RedStarError
from redstar_geo.records import Problem, Trace, read
from redstar_geo.run import read_manifest
from tests.accidents import made, small
from tests.disks import SmallDisk, no_file_beyond
from tests.fuzzing import MOST_S, hold, spent
from tests.killing import alive, kill
from tests.teacher.conftest import ROOT

VERBS = ["data", "steps", "verify", "judge"]
KILLS = -(-int(os.environ.get("REDSTAR_KILLS", "32")) // (2 * len(VERBS)))  # of each, and of its workers
JUMPS = -(-int(os.environ.get("REDSTAR_JUMPS", "8")) // len(VERBS))
COUNT = 24
LONGEST_WAIT = {"data": 1.5, "steps": 1.5, "verify": 1.5, "judge": 0.3}  # seconds that its workers work, about
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An undisturbed run, and beside it answers, traces and programs with their undisturbed results."""
    folder = tmp_path_factory.mktemp("calm")
    main(small(folder / "run", COUNT))
    traces = list(read(Trace, folder / "run" / "traces.parquet"))
    answers = {problem.id: problem.answer for problem in read(Problem, folder / "run" / "problems.parquet")}
    write(folder / "traces.jsonl", [{"id": each.problem_id, "response": each.text} for each in traces])
    write(folder / "answers.jsonl", [{"gold": answers[t.problem_id], "prediction": t.text} for t in traces] * 20)
    tests = {"kind": "stdin", "cases": [{"input": "2", "expected": "4"}]}
    wide = "x" * 4_000  # of an id, so that their verdicts fill the disk of the tests below
    programs = [{"id": f"{n}{wide}", "code": f"print(int(input()) * {n % 3})", "tests": tests} for n in range(40)]
    write(folder / "programs.jsonl", programs)
    for verb in ("verify", "steps", "judge"):
        assert ended(command(verb, folder, folder / f"{verb}.jsonl")) == 0
    return folder


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def command(verb: str, calm: Path, out: Path) -> list[str]:
    if verb == "data":
        recipe = out.with_name(f"{out.name}.yaml")
        recipe.write_text(json.dumps(small(out, COUNT).model_dump(exclude_none=True)))
        return [*_REDSTAR, "data", str(recipe), "-q"]
    problems = ["--problems", str(calm / "run" / "problems.parquet")] if verb == "steps" else []
    name = {"verify": "answers", "steps": "traces", "judge": "programs"}[verb]
    return [*_REDSTAR, verb, str(calm / f"{name}.jsonl"), *problems, "--out", str(out), "-q"]


_REDSTAR = [sys.executable, "-m", "redstar_geo"]


def started(command: list[str], **options: Any) -> subprocess.Popen[str]:
    pipes: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes, **options)


def ended(command: list[str], **options: Any) -> int:
    process = started(command, **options)
    _, said = process.communicate()
    assert "Traceback" not in said, said
    return process.returncode


def results(verb: str, out: Path) -> Any:
    """Without what depends on how fast a machine is."""
    if verb == "data":
        return made(out)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    return [{key: value for key, value in row.items() if key != "cpu_s"} for row in rows]


def size(verb: str, out: Path) -> int:
    path = out / "ledger.sqlite-wal" if verb == "data" else out
    return path.stat().st_size if path.exists() else 0


def same_as_calm(verb: str, calm: Path, out: Path) -> None:
    assert results(verb, out) == results(verb, calm / ("run" if verb == "data" else f"{verb}.jsonl"))


def workers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """What works for it: processes of a pool, or sandboxes."""
    try:
        return [child for child in psutil.Process(process.pid).children() if _is_worker(child)]
    except psutil.Error:
        return []


def _is_worker(child: psutil.Process) -> bool:
    line = child.cmdline()  # none of one that is gone
    return "spawn_main" in " ".join(line) or "".join(line[:1]).endswith("/bwrap")


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Iterator[Counter[str]]:
    """How often there was a disturbance of each kind."""
    counted: Counter[str] = Counter()
    yield counted
    plugins = request.config.pluginmanager
    kinds = ", ".join(f"{kind} {times}" for kind, times in sorted(counted.items()))
    with plugins.getplugin("capturemanager").global_and_fixture_disabled():
        plugins.getplugin("terminalreporter").write_line(f"\nDisturbed {counted.total()} times: {kinds}")


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("verb", VERBS)
def test_killed_workers_cost_nothing(verb: str, calm: Path, tmp_path: Path, tally: Counter[str]) -> None:
    out, chance, done = tmp_path / "out", random.Random(verb), 0
    while done < KILLS:
        process = started(command(verb, calm, out))
        while alive(process) and done < KILLS:
            for worker in workers(process)[:1]:
                time.sleep(chance.uniform(0, LONGEST_WAIT[verb]))
                done += killed(worker)
            time.sleep(0.02)
        said = process.communicate()[1]
        assert "Traceback" not in said and process.returncode in (0, 1), said
        if process.returncode == 0 and done < KILLS:
            same_as_calm(verb, calm, out)
            shutil.rmtree(out) if out.is_dir() else out.unlink()
    assert ended(command(verb, calm, out)) == 0
    same_as_calm(verb, calm, out)
    tally[f"killed workers of {verb}"] += done


def killed(worker: psutil.Process) -> bool:
    """Whether it was this signal that ended the process, which was at work until then."""
    with suppress(psutil.Error):
        worker.suspend()  # it cannot end by itself between the question and the signal
        while (status := worker.status()) != psutil.STATUS_STOPPED:
            if status == psutil.STATUS_ZOMBIE:
                return False
            time.sleep(0.002)
        worker.kill()
        return True
    return False


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("verb", VERBS)
def test_a_killed_command_goes_on(verb: str, calm: Path, tmp_path: Path, tally: Counter[str]) -> None:
    out, chance, done = tmp_path / "out", random.Random(verb), 0
    while done < KILLS:
        process, goal = started(command(verb, calm, out)), size(verb, out) + chance.randint(1, 4000)
        while alive(process) and size(verb, out) < goal:
            time.sleep(0.005)
        if alive(process):
            kill(process, begun=lambda: True)
            done += 1
        else:
            assert process.returncode == 0, process.communicate()[1]
            same_as_calm(verb, calm, out)
            shutil.rmtree(out) if out.is_dir() else out.unlink()
    assert ended(command(verb, calm, out)) == 0
    same_as_calm(verb, calm, out)
    tally[f"killed {verb}"] += done


_JUMPING = """
import random, threading, time
_real, _real_ns, _chance, _off = time.time, time.time_ns, random.Random(%d), 0
def _jump():
    global _off
    while True:
        time.sleep(_chance.uniform(0.05, 0.5))
        _off = _chance.choice([-1, 1]) * _chance.choice([100, 10**5, 10**9])
        with open(%r, "ab") as jumps:
            jumps.write(b".")
time.time = lambda: _real() + _off
time.time_ns = lambda: _real_ns() + _off * 10**9
threading.Thread(target=_jump, daemon=True).start()
"""


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("verb", VERBS)
def test_a_clock_that_jumps_costs_nothing(verb: str, calm: Path, tmp_path: Path, tally: Counter[str]) -> None:
    """In the command and its workers; the machine's own clock is left alone."""
    jumps, number = tmp_path / "jumps", 0
    while not jumps.exists() or jumps.stat().st_size < JUMPS:
        (tmp_path / "sitecustomize.py").write_text(_JUMPING % (number, str(jumps)))
        out, number = tmp_path / f"out{number}", number + 1
        environment = os.environ | {"PYTHONPATH": str(tmp_path)}
        assert ended(command(verb, calm, out), env=environment) == 0
        same_as_calm(verb, calm, out)
    tally[f"jumps of the clock in {verb}"] += jumps.stat().st_size


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("size", ["8k", "32k", "96k"])
def test_a_full_disk_is_one_paragraph_and_costs_nothing(
    verb: str, size: str, calm: Path, small_disk: SmallDisk, tmp_path: Path
) -> None:
    out = small_disk(size) / "out"
    line = command_into(verb, calm, out, tmp_path)
    full(started(line), out)
    small_disk("64m")
    assert ended(line) == 0
    same_as_calm(verb, calm, out)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("verb", "size"), [("data", 6_000), ("data", 40_000), ("steps", 6_000), ("judge", 6_000)])
def test_a_limit_of_the_user_s_files_is_a_full_disk(verb: str, size: int, calm: Path, tmp_path: Path) -> None:
    """Which SQLite calls an input or output error."""
    line = command_into(verb, calm, tmp_path / "out", tmp_path)
    full(started(line, preexec_fn=no_file_beyond(size)), tmp_path / "out")
    assert ended(line) == 0
    same_as_calm(verb, calm, tmp_path / "out")


def command_into(verb: str, calm: Path, out: Path, recipes: Path) -> list[str]:
    """The command with its recipe in another place."""
    if verb != "data":
        return command(verb, calm, out)
    return [*command(verb, calm, recipes / "recipe"), f"run={out}"]


def full(process: subprocess.Popen[str], out: Path) -> None:
    """It ended with one paragraph that names the place."""
    said = process.communicate()[1]
    assert process.returncode == 1 and "Traceback" not in said, said
    assert f"The disk of {out} is full" in said and "make room" in said, said


@pytest.mark.timeout(1800)
def test_whatever_becomes_of_its_files_a_run_leaves_only_typed_errors(tmp_path: Path) -> None:
    """A fuzzer of run folders: bytes, lengths, kinds and JSON values are changed, then the same command is given."""
    whole, run, chance = tmp_path / "whole", tmp_path / "run", random.Random(0)
    began = spent()
    main(small(whole, 4))
    from_nothing = spent() - began
    (whole / "run.json").write_text(json.dumps(read_manifest(whole) | {"outputs": {}}))  # nothing is found by these
    calm, ends = made(whole), Counter[str]()

    def damaged() -> Iterator[list[str]]:
        while True:
            shutil.rmtree(run, ignore_errors=True)
            shutil.copytree(whole, run)
            files = [path for path in sorted(run.rglob("*")) if path.is_file() and path.name != ".lock"]
            yield [disturb(path, chance) for path in chance.sample(files, chance.randint(1, 2))]

    def work(_: list[str]) -> None:
        try:
            main(small(run, 4))
            ends["made"] += 1
        except RedStarError as error:
            assert isinstance(error, InputError) or "items" not in str(error)
            ends["refused"] += 1
        for reads in (read_manifest, lambda folder: list(read(Trace, folder / "traces.parquet"))):
            with suppress(InputError, FileNotFoundError):
                reads(run)

    hold(work, damaged(), most_s=from_nothing + MOST_S)
    assert made(whole) == calm and min(ends["made"], ends["refused"]) > 0


def disturb(path: Path, chance: random.Random) -> str:
    """What was done to which file."""
    data = bytearray(path.read_bytes())
    how = chance.choice(["cut", "bytes", "empty", "gone", "json"])
    if how == "json" and path.suffix == ".json":
        value = json.loads(data)
        changed(value, chance)
        path.write_text(json.dumps(value))
    elif how == "gone":
        path.unlink()
    elif how == "cut" and data:
        path.write_bytes(data[: chance.randrange(len(data))])
    elif how == "bytes" and data:
        for _ in range(chance.choice((1, 8, 64))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
    elif how == "empty":
        path.write_bytes(b"")
    return f"{path.name}: {how}"


def changed(value: Any, chance: random.Random) -> None:
    """One value, however deep, becomes one of another kind."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = chance.choice(keys)
        if not isinstance(value[key], dict | list) or not value[key] or chance.random() < 0.3:
            value[key] = chance.choice([None, 0, -1, 1e308, "", "x", [], {}, [[]], {"a": None}, True])
            return
        value = value[key]
