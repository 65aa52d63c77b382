from __future__ import annotations

import os
import signal
import time

from redstar_geo.pool import mapped


def _work(task: int) -> int:
    if task == 3:
        time.sleep(60)
    if task == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    if task == 7:
        raise ValueError("seven")
    return task * task


def test_a_task_that_hangs_dies_or_fails_costs_itself_and_the_order_stays() -> None:
    outcomes = list(mapped(_work, range(9), workers=2, timeout_s=1.5))
    assert [task for task, _, _ in outcomes] == list(range(9))
    failures = {task: failure for task, _, failure in outcomes if failure is not None}
    assert failures == {3: "timeout", 5: "worker_died", 7: "ValueError('seven')"}
    assert [result for _, result, failure in outcomes if failure is None] == [0, 1, 4, 16, 36, 64]


def _hash(task: str) -> int:
    return hash(task)


def test_workers_hash_strings_alike_in_every_run() -> None:
    first, second = ([result for _, result, _ in mapped(_hash, ["a", "b"], 1, 30)] for _ in range(2))
    assert first == second
