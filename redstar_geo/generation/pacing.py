"""How many requests a server gets at once: up by one a success, halved on trouble, none while it is down.

Additive increase and multiplicative decrease (Chiu and Jain, 1989) with a start that doubles, and a circuit breaker.
Pure bookkeeping: the clock is an argument, so that tests need not wait.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from statistics import median

_WINDOW = 64  # successes whose median latency is looked at
_SLOWER = 3.0  # median latency of a window against the best one so far that counts as trouble
_FORGETS = 1.001  # growth of the best latency with each success, so that a lasting change is accepted in time
_TRIPS_AFTER = 8  # failures in a row that open the breaker
_FIRST_REST_S, _LONGEST_REST_S = 0.5, 4.0


@dataclass
class Pace:
    """The state of one server.

    Attributes:
        limit: how many requests it may have at once now.
        most: the recipe's bound on it.
        in_flight: how many it has.
        closed_until: no request before this time (Retry-After, or the breaker).
    """

    limit: float
    most: int
    in_flight: int = 0
    closed_until: float = 0.0
    doubling: bool = True
    _failures: int = 0  # in a row
    _smooth: int = 0  # successes in a row
    _rest_s: float = _FIRST_REST_S
    _halved_at: float = -math.inf
    _best_s: float = math.inf
    _window: deque[float] = field(default_factory=lambda: deque(maxlen=_WINDOW))

    def room(self, now: float) -> int:
        """How many more requests it may get now; one at a time while it is being tried again after a failure."""
        if now < self.closed_until:
            return 0
        limit = 1 if self._failures >= _TRIPS_AFTER else math.floor(self.limit)
        return max(0, limit - self.in_flight)

    def started(self) -> None:
        self.in_flight += 1

    def succeeded(self, seconds: float, now: float) -> None:
        """A response came after so many seconds."""
        self.in_flight -= 1
        self._failures, self._rest_s = 0, _FIRST_REST_S
        self._smooth += 1
        if self._smooth > self.limit:  # a whole round without trouble: what was the matter is over
            self.doubling = True
        self._window.append(seconds)
        if len(self._window) == self._window.maxlen:
            typical = median(self._window)
            self._best_s = min(_FORGETS * self._best_s, typical)
            if typical > _SLOWER * self._best_s:
                self._window.clear()
                self._smooth = -_WINDOW  # no doubling before the next window has been seen
                self._halve(now)
                return
        if self.in_flight + 1 >= 0.7 * self.limit:  # only a limit that is made use of can be found too low
            self.limit = min(self.most, self.limit + (1.0 if self.doubling else 1.0 / self.limit))

    def failed(self, now: float, retry_after_s: float | None = None) -> None:
        """429, 5xx, a dropped connection, a deadline: fewer at once; after several in a row, none for a while."""
        self.in_flight -= 1
        self._failures += 1
        self._smooth = 0
        self._halve(now)
        if retry_after_s is not None:
            self.closed_until = max(self.closed_until, now + retry_after_s)
        if self._failures >= _TRIPS_AFTER and now >= self.closed_until:
            self.closed_until = now + self._rest_s
            self._rest_s = min(_LONGEST_REST_S, 2 * self._rest_s)

    def refused(self) -> None:
        """The request itself was at fault: that says nothing about the server."""
        self.in_flight -= 1

    @property
    def down(self) -> bool:
        return self._failures >= _TRIPS_AFTER

    def _halve(self, now: float) -> None:
        """At most once in the time that a request takes, since all that are in flight see the same trouble."""
        pause = median(self._window) if self._window else 1.0
        if now - self._halved_at >= pause:
            self.limit = max(1.0, self.limit / 2)
            self.doubling = False
            self._halved_at = now
