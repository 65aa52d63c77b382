"""How much one visitor may ask: a bucket of tokens that fills with time. A visitor is an address."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache

_MOST_VISITORS = 10_000
_OWN_NETWORK = 64  # bits of an IPv6 address that a provider gives to one customer


class RateLimit:
    """At most `burst` questions at once, `per_minute` in the long run; the visitor seen longest ago is forgotten."""

    def __init__(self, per_minute: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_second, self.burst, self.clock = per_minute / 60, burst, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # visitor → tokens, when

    def allows(self, visitor: str, cost: float = 1.0) -> bool:
        """Whether this may be asked, which counts as `cost` questions; if so it is counted."""
        now = self.clock()
        tokens, then = self._left.pop(visitor, (float(self.burst), now))
        tokens = min(self.burst, tokens + (now - then) * self.per_second)
        allowed = tokens >= cost
        self._left[visitor] = (tokens - cost if allowed else tokens, now)
        if len(self._left) > _MOST_VISITORS:
            self._left.popitem(last=False)
        return allowed


@lru_cache(maxsize=_MOST_VISITORS)
def visitor(host: str | None) -> str:
    """Who counts as one: an IPv4 address, or an IPv6 network of 64 bits, since all of it is one customer's."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return host or "unknown"
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _OWN_NETWORK), strict=False))
