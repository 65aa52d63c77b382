"""Where the tasks of a stage run: a pool of processes on this machine, or Ray Data on a cluster.

The same functions run in either, each task in a process of its own with its limit, and results come in the order of
the tasks: rows do not depend on the engine or on how many workers it has.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import pyarrow as pa

from redstar_geo import pool
from redstar_geo.errors import InputError
from redstar_geo.pool import Outcome, Result, Task, Work

_TASKS_A_ROUND = 4096  # handed to Ray at once: what it holds in memory
_TASKS_A_BLOCK = 16


@dataclass(frozen=True)
class Engine:
    """`local` or `ray`, how many workers, and the address of a Ray cluster (None: one is started here)."""

    kind: Literal["local", "ray"] = "local"
    workers: int = 1
    address: str | None = None

    def mapped(
        self, work: Work[Task, Result], tasks: Iterable[Task], timeout_s: float
    ) -> Iterator[Outcome[Task, Result]]:
        """Every task with its result or the reason why there is none, in order; see `redstar_geo.pool.mapped`.

        Raises:
            InputError: Ray is asked for and not installed, or there is no cluster at the address.
        """
        if self.kind == "local":
            return pool.mapped(work, tasks, self.workers, timeout_s)
        return self._on_ray(work, tasks, timeout_s)

    def _on_ray(
        self, work: Work[Task, Result], tasks: Iterable[Task], timeout_s: float
    ) -> Iterator[Outcome[Task, Result]]:
        ray_data = _started(self.workers, self.address)
        remaining = iter(tasks)
        while held := list(islice(remaining, _TASKS_A_ROUND)):
            rows = [{"number": number, "task": pickle.dumps(task)} for number, task in enumerate(held)]
            blocks = ray_data.from_items(rows, override_num_blocks=-(-len(rows) // _TASKS_A_BLOCK)).map_batches(
                _Worker,
                fn_constructor_args=(work, timeout_s),
                concurrency=self.workers,
                batch_size=None,
                batch_format="pyarrow",
            )
            ended = {
                row["number"]: pickle.loads(row["outcome"]) for row in blocks.iter_rows()
            }  # our own workers' bytes
            for number, task in enumerate(held):
                yield task, *ended[number]


class _Worker:
    """An actor of Ray Data with one process under it, so that a hung or dying task costs itself alone."""

    def __init__(self, work: Work[Any, Any], timeout_s: float) -> None:
        self.work, self.timeout_s = work, timeout_s
        self.processes = pool.pool(1)
        self.process = self.processes.__enter__()  # ends with the actor

    def __call__(self, block: pa.Table) -> pa.Table:
        tasks: Sequence[Any] = [pickle.loads(task) for task in block.column("task").to_pylist()]
        ended = pool.outcomes(self.process, self.work, tasks, self.timeout_s)
        outcomes = [pickle.dumps((result, failure)) for _, result, failure in ended]
        return pa.table({"number": block.column("number"), "outcome": pa.array(outcomes, pa.binary())})


def _started(workers: int, address: str | None) -> Any:
    """Ray Data on the cluster at `address`, or on one of our own with a core a worker."""
    try:
        import ray
        import ray.data
    except ImportError:
        raise InputError(
            "engine=ray needs Ray Data, which is missing. Run: pip install 'redstar-geo[ray]', or use engine=local."
        ) from None
    if not ray.is_initialized():
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing is reported anywhere
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
        if address is None:
            ray.init(address="local", num_cpus=workers, include_dashboard=False, **quiet)
        else:
            try:
                ray.init(address=address, **quiet)
            except ConnectionError as error:
                raise InputError(
                    f"No Ray cluster answers at ray_address={address}: {error}. Start one with `ray start --head`, or "
                    "leave ray_address out."
                ) from None
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    return ray.data
