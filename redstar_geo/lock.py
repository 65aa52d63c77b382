"""One process at a time: a lock of the system's on what is written, which ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from redstar_geo.errors import InputError


def lock(file: IO[bytes], what: str, remedy: str) -> None:
    """Hold the file until it is closed, by whatever ends this process.

    Args:
        what: that is in use then; `remedy`: what to do but wait.

    Raises:
        InputError: another process holds it; it is named.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(f"{what} is in use by {_holder(file)}. Wait for it to end, or {remedy}") from None


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
