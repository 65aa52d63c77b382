"""How often one visitor may ask: a bucket of tokens that fills with time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

_MOST_VISITORS = 10_000


class RateLimit:
    """At most `burst` questions at once, `per_minute` in the long run; the visitor seen longest ago is forgotten."""

    def __init__(self, per_minute: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_second, self.burst, self.clock = per_minute / 60, burst, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # visitor → tokens, when

    def allows(self, visitor: str) -> bool:
        """Whether this question may be asked; if so it is counted."""
        now = self.clock()
        tokens, then = self._left.pop(visitor, (float(self.burst), now))
        tokens = min(self.burst, tokens + (now - then) * self.per_second)
        allowed = tokens >= 1
        self._left[visitor] = (tokens - allowed, now)
        if len(self._left) > _MOST_VISITORS:
            self._left.popitem(last=False)
        return allowed
