"""Typed errors. The command line turns them into one paragraph and an exit code."""

from __future__ import annotations

import errno
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

_FULL = (  # as the system, SQLite and torch say it
    "No space left on device",
    "Disk quota exceeded",
    "File too large",  # of a file system, or than this user may write (ulimit -f)
    "database or disk is full",
    "PytorchStreamWriter failed writing",
    "inline_container.cc",
)
_FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SQLITE_FULL = {  # what "disk I/O error" means: a limit of the user's (ulimit -f, a quota), and room for a shared index
    "SQLITE_IOERR_WRITE",
    "SQLITE_IOERR_SHMSIZE",
    "SQLITE_IOERR_TRUNCATE",
    "SQLITE_IOERR_FSYNC",
}


class RedStarError(Exception):
    """Work could not be finished (exit code 1)."""


class InputError(RedStarError):
    """The user's input is at fault (exit code 2): the message gives value, cause and remedy."""


class Interrupted(RedStarError):
    """The user stopped it by Ctrl-C (exit code 130)."""


class DiskFull(RedStarError):
    """There is no room to write to (exit code 1); what was finished before is kept."""


class disk_full_reported(AbstractContextManager[None]):
    """Around whatever writes to `place`: what a full disk raises, which differs by who was writing, as `DiskFull`.

    A class, since it has to see exceptions of every kind: safetensors, datasets and pickle have their own.
    """

    def __init__(self, place: str | Path) -> None:
        self.place = place

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, Exception) and not isinstance(error, DiskFull) and (why := says_disk_full(error)):
            raise DiskFull(
                f"The disk of {self.place} is full ({why}). What was finished is kept: make room, and the same command "
                "goes on from there."
            ) from None


def says_disk_full(error: BaseException | None) -> str | None:
    """The line in which an error, or one that led to it, says that the disk is full; None if none does."""
    while error is not None:
        if (name := vars(error).get("sqlite_errorname")) in _SQLITE_FULL:
            return f"{error}, {name}"
        if isinstance(error, OSError) and error.errno in _FULL_ERRNOS:
            return str(error)
        for line in str(error).split("\n"):
            if any(words in line for words in _FULL):
                return line
        error = error.__cause__ or error.__context__
    return None


class TrainingDiverged(RedStarError):
    """Going on would spoil the weights. The checkpoints written so far are kept."""
