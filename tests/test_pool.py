from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import pytest

from redstar_geo.errors import RedStarError, says_disk_full
from redstar_geo.pool import KILLED, decided, mapped


def _work(task: int) -> int:
    if task == 3:
        time.sleep(60)
    if task == 5:
        os.kill(os.getpid(), signal.SIGSEGV)
    if task == 6:
        bytearray(2**33)
    if task == 7:
        raise ValueError("seven")
    if task == 8:
        os._exit(3)
    return task * task


def test_a_task_that_hangs_crashes_or_fails_costs_itself_and_the_order_stays() -> None:
    outcomes = list(mapped(_work, range(10), workers=2, timeout_s=1.5))
    assert [task for task, _, _ in outcomes] == list(range(10))
    failures = {task: failure for task, _, failure in outcomes if failure is not None}
    own = {3: "timeout", 5: "worker_died", 6: "memory", 7: "ValueError('seven')", 8: "worker_died"}
    assert failures == own
    assert [result for _, result, failure in outcomes if failure is None] == [0, 1, 4, 16, 81]


def _struck(task: int, folder: Path, strikes: dict[int, int], number: int) -> int:
    """Stands for a task during which something from outside sends `number` to its process, so many times."""
    tries = folder / str(task)
    with tries.open("a") as file:
        file.write("x")
    if tries.stat().st_size <= strikes.get(task, 0):
        os.kill(os.getpid(), number)
        time.sleep(60)
    return task * task


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_kills_a_process_from_outside_is_no_fault_of_its_task(tmp_path: Path, number: int) -> None:
    work = partial(_struck, folder=tmp_path, strikes={1: 1, 3: 2}, number=number)
    assert list(mapped(work, range(5), 2, 60)) == [(task, task * task, None) for task in range(5)]


def test_a_task_whose_processes_are_killed_again_and_again_is_not_decided(tmp_path: Path) -> None:
    work = partial(_struck, folder=tmp_path, strikes={1: 100}, number=signal.SIGKILL)
    outcomes = list(mapped(work, range(4), 2, 60))
    assert [failure for _, _, failure in outcomes] == [None, KILLED, None, None]
    with pytest.raises(RedStarError, match=r"killed from outside.* 1 item.*same command goes on"):
        list(decided(outcomes))


def test_processes_killed_while_they_wait_or_start_are_replaced() -> None:
    def slowly() -> list[int]:
        for task in range(6):
            for child in psutil.Process().children():
                with suppress(psutil.NoSuchProcess):  # it may have ended meanwhile; so says a zombie
                    if "spawn_main" in " ".join(child.cmdline()):
                        child.kill()
            yield task

    assert [result for _, result, _ in mapped(_squared_slowly, slowly(), 2, 60)] == [0, 1, 4, 9, 16, 25]


def _squared_slowly(task: int) -> int:
    time.sleep(0.05)
    return task * task


def test_a_stopped_process_costs_time_alone(tmp_path: Path) -> None:
    work = partial(_struck, folder=tmp_path, strikes={0: 1}, number=signal.SIGSTOP)
    assert list(mapped(work, range(2), 1, 1.0)) == [(0, 0, None), (1, 1, None)]


def test_a_step_of_the_clock_times_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = iter(range(10**9))
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600 * (-1) ** next(steps) * next(steps))
    assert [result for _, result, _ in mapped(_squared_slowly, range(20), 2, 5)] == [n * n for n in range(20)]


def _full(task: int) -> int:
    raise OSError(28, "No space left on device")


def test_a_full_disk_is_raised() -> None:
    with pytest.raises(OSError, match="No space left") as raised:
        list(mapped(_full, range(3), 1, 60))
    assert says_disk_full(raised.value)


_PARENT = """
import time
from redstar_geo.pool import mapped
if __name__ == "__main__":
    print("begun", flush=True)
    list(mapped(time.sleep, [3600, 3600], 2, 3600))
"""


def test_no_process_outlives_a_killed_parent(tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(_PARENT)
    parent = subprocess.Popen([sys.executable, str(tmp_path / "parent.py")])
    family: list[psutil.Process] = []
    while len(family) < 3:  # two workers and multiprocessing's tracker
        family = psutil.Process(parent.pid).children(recursive=True)
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    assert psutil.wait_procs(family, timeout=30)[1] == []


def _hash(task: str) -> int:
    return hash(task)


def test_workers_hash_strings_alike_in_every_run() -> None:
    first, second = ([result for _, result, _ in mapped(_hash, ["a", "b"], 1, 30)] for _ in range(2))
    assert first == second
