"""What every fuzzer asserts: no exception but typed ones, no item that takes long or much.

Limits are of processor time and of memory held at once, so that a busy machine fails nothing.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

FUZZ_S = float(os.environ.get("REDSTAR_FUZZ_S", "120"))  # of the processor, for each fuzzer of the long tier
MOST_S, MOST_MEBIBYTES = 2.0, 300


def spent() -> float:
    """Seconds of the processor that this process and those that it has waited for have taken."""
    own, children = (resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def hold(work: Callable[[T], object], items: Iterable[T], seconds: float = FUZZ_S, most_s: float = MOST_S) -> int:
    """How many items were worked on in that time, each within the limits; what `work` raises fails the test."""
    before, began, count = peak(), spent(), 0
    for item in items:
        started = spent()
        work(item)
        took = spent() - started
        assert took <= most_s, (took, repr(item)[:300])
        assert peak() - before <= MOST_MEBIBYTES << 10, (peak() - before, repr(item)[:300])
        count += 1
        if spent() - began > seconds:
            break
    return count


def peak() -> int:
    """The most memory that this process has held, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
