from __future__ import annotations

import os
import signal
import time

import pytest

from redstar_geo.engine import Engine


def _work(task: int) -> tuple[int, int]:
    if task == 3:
        time.sleep(60)
    if task == 5:
        os.kill(os.getpid(), signal.SIGSEGV)
    if task == 7:
        raise ValueError("seven")
    return task * task, hash("a word")


@pytest.mark.long
def test_ray_and_local_give_the_same_outcomes_in_the_same_order() -> None:
    pytest.importorskip("ray", reason="Ray is an optional extra: pip install 'redstar-geo[ray]'")
    local = list(Engine("local", 1).mapped(_work, range(40), timeout_s=3.0))
    on_ray = list(Engine("ray", 2).mapped(_work, range(40), timeout_s=3.0))
    assert on_ray == local
    assert [task for task, _, _ in local] == list(range(40))
    assert {task: failure for task, _, failure in local if failure} == {
        3: "timeout",
        5: "worker_died",
        7: "ValueError('seven')",
    }
