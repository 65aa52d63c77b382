"""Where the app works on texts and proofs: in processes beside the server, which are ended when they take too long.

A thread would not do: a regular expression or a solver holds the interpreter, and with it every page.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from multiprocessing import get_context
from typing import TypeVar

from pebble import ProcessExpired, ProcessPool

from redstar_geo.errors import RedStarError

T = TypeVar("T")
_PROCESSES = 2
_TIMEOUT_S = 10.0  # a safety net: what they do is bounded by counts


class GaveUp(RedStarError):
    """The work took too long, or ended its process; `reason` is `timeout` or `worker_died`."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"This could not be worked out ({reason}).")
        self.reason = reason


class Workers:
    """Processes that start when they are first needed and end with the server."""

    def __init__(self, timeout_s: float = _TIMEOUT_S) -> None:
        self.timeout_s = timeout_s
        self._starting = threading.Lock()
        self._pool: ProcessPool | None = None

    async def run(self, work: Callable[..., T], *args: object) -> T:
        """What `work`, a function of a module, returns in another process.

        Raises:
            GaveUp: it took too long, or its process ended.
        """
        future = self._processes().schedule(work, args=args, timeout=self.timeout_s)
        try:
            return await asyncio.wrap_future(future)  # type: ignore[no-any-return]
        except TimeoutError:
            raise GaveUp("timeout") from None
        except ProcessExpired:
            raise GaveUp("worker_died") from None

    def _processes(self) -> ProcessPool:
        with self._starting:
            if self._pool is None:
                self._pool = ProcessPool(max_workers=_PROCESSES, context=get_context("spawn"))
            return self._pool
