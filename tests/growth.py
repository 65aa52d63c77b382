"""How the work of a function grows: counted, for the clock tells more of the machine than of the code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def calls(work: Callable[[], object]) -> int:
    """How many functions are called, of Python and of C. What loops inside C alone is only kept from running for ever,
    by the time limit that every test has."""
    count = 0

    def counted(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def linear(work: Callable[[int], object], size: int) -> bool:
    """Whether twice the size calls at most little more than twice as many functions."""
    work(size)  # what is loaded once is loaded now
    return calls(lambda: work(2 * size)) <= 2.2 * calls(lambda: work(size)) + 200
