"""One process at a time: a lock of the system's on what is written, which ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from weakref import WeakSet

from redstar_geo.errors import InputError

_HELD: WeakSet[IO[bytes]] = WeakSet()


def lock(file: IO[bytes], what: str, remedy: str) -> None:
    """Hold the file until it is closed, by whatever ends this process; forked children have no part in it.

    Args:
        what: that is in use then; `remedy`: what to do but wait.

    Raises:
        InputError: another process holds it; it is named.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(f"{what} is in use by {_holder(file)}. Wait for it to end, or {remedy}") from None
    _HELD.add(file)


@contextmanager
def locked(path: Path, what: str, remedy: str) -> Iterator[None]:
    """Hold a file that is there for this alone.

    Raises:
        InputError: another process holds it.
        OSError: it cannot be made.
    """
    with path.open("ab") as file:
        lock(file, what, remedy)
        yield


def _holder(file: IO[bytes]) -> str:
    """The process that has the file open and locked, as far as the system shows it."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            for opened in (process / "fd").iterdir():
                same = os.path.samestat(opened.stat(), os.fstat(file.fileno()))
                if same and process.name != str(os.getpid()) and "FLOCK" in _described(process, opened.name):
                    return f"process {process.name}"
    return "another process"


def _described(process: Path, opened: str) -> str:
    return (process / "fdinfo" / opened).read_text()


def _let_go() -> None:
    """In a child, such as a data worker, which outlives a killed parent for seconds: the same command must go on."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for file in _HELD:
        if not file.closed:
            os.dup2(nothing, file.fileno(), inheritable=False)
    os.close(nothing)


os.register_at_fork(after_in_child=_let_go)
