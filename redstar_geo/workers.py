"""Work beside an event loop: in processes that are ended when they take too long or too much memory.

A thread would not do: a regular expression or a template holds the interpreter, and with it all that the loop serves.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable
from multiprocessing import get_context
from typing import TypeVar

from pebble import ProcessExpired, ProcessPool

from redstar_geo.errors import RedStarError
from redstar_geo.limits import limit_memory

T = TypeVar("T")
_TIMEOUT_S = 10.0  # a safety net: most of what is done is bounded by counts
_MEMORY_MB = 1_024


class GaveUp(RedStarError):
    """The work had no end or no room; `reason` is `timeout`, `memory` or `worker_died`."""

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
            GaveUp: it took too long or too much, or its process ended.
        """
        future = self._processes().schedule(work, args=args, timeout=self.timeout_s)
        try:
            return await asyncio.wrap_future(future)  # type: ignore[no-any-return]
        except TimeoutError:
            raise GaveUp("timeout") from None
        except MemoryError:
            raise GaveUp("memory") from None
        except ProcessExpired:
            raise GaveUp("worker_died") from None

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
