"""Work beside an event loop: in processes that are ended when they take too long or too much memory.

A thread would not do: a regular expression or a template holds the interpreter, and with it all that the loop serves.

Not `redstar_geo.pool`: who leaves cancels what is at work for them, which ends its process at once, nothing is tried
twice while somebody waits, and typed errors arrive as they were raised. There no task is ever given up but for its own
fault, and there is nobody to be quick for.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import weakref
from collections.abc import Callable
from multiprocessing import get_context
from typing import TypeVar

from pebble import ProcessExpired, ProcessPool

from redstar_geo.errors import RedStarError
from redstar_geo.limits import limit_memory

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
_REASONS: dict[type[BaseException], str] = {
    TimeoutError: "timeout",
    MemoryError: "memory",
    ProcessExpired: "worker_died",
}
_TIMEOUT_S = 10.0  # a safety net: most of what is done is bounded by counts
_MEMORY_MB = 1_024


class GaveUp(RedStarError):
    """The work has no result: `reason` is `timeout`, `memory`, `worker_died`, or the error that nobody foresaw."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"This could not be worked out ({reason}).")
        self.reason = reason


class Workers:
    """Processes that start when they are first needed, and end with this object."""

    def __init__(self, processes: int, timeout_s: float = _TIMEOUT_S) -> None:
        self.processes, self.timeout_s = processes, timeout_s
        self._starting = threading.Lock()
        self._pool: ProcessPool | None = None

    async def run(self, work: Callable[..., T], *args: object) -> T:
        """What `work`, a function of a module, returns in another process.

        Raises:
            GaveUp: it took too long or too much, its process ended, or it failed as nobody foresaw, which is logged.
            RedStarError: as `work` raises it.
        """
        future = self._processes().schedule(work, args=args, timeout=self.timeout_s)
        (answer,) = await asyncio.gather(asyncio.wrap_future(future), return_exceptions=True)
        if isinstance(answer, RedStarError):
            raise answer
        if not isinstance(answer, BaseException):
            return answer  # type: ignore[no-any-return]
        if type(answer) not in _REASONS:
            _LOG.error("Work beside the app ended by an error that nobody foresaw", exc_info=answer)
        raise GaveUp(_REASONS.get(type(answer), type(answer).__name__))

    def _processes(self) -> ProcessPool:
        with self._starting:
            if self._pool is None:
                self._pool = ProcessPool(
                    max_workers=self.processes,
                    context=get_context("spawn"),
                    initializer=limit_memory,
                    initargs=[_MEMORY_MB],
                )
                weakref.finalize(self, _end, self._pool)
            return self._pool


def _end(pool: ProcessPool) -> None:
    pool.stop()
    pool.join()
