"""How much may be done to solve something, counted so that the end does not depend on how busy the machine is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from inspect import CO_GENERATOR
from types import FrameType
from typing import TypeVar

T = TypeVar("T")


class TooMuchWorkError(BaseException):
    """A bound is reached. No `Exception`, so that a library that goes on after those does not go on after this."""


class Work:
    """Counts the calls of Python functions, which are the same at any load.

    Attributes:
        left: calls that all that is still to come may make.
    """

    def __init__(self, left: int) -> None:
        self.left = left

    def bounded(self, piece: Callable[[], T], most: int) -> T:
        """What `piece` returns.

        Raises:
            TooMuchWorkError: it makes more than `most` calls, or more than are left.
        """
        calls, most = 0, min(most, self.left)

        def count(frame: FrameType, _event: str, _argument: object) -> None:
            nonlocal calls
            calls += 1
            # A generator may be about to be thrown away, and what is raised in it then is lost.
            if calls > most and not frame.f_code.co_flags & CO_GENERATOR:
                raise TooMuchWorkError

        before = sys.gettrace()
        sys.settrace(count)
        try:
            return piece()
        finally:
            sys.settrace(before)
            self.left -= calls
