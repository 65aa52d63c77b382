"""A cache in one SQLite file: what is in it is checked, and whatever befalls it costs time and nothing else."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self, TypeVar

from redstar_geo import __version__
from redstar_geo.errors import says_disk_full
from redstar_geo.progress import tell

T = TypeVar("T")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS kept (
    key TEXT PRIMARY KEY,       -- SHA-256 of all that determines the body, and of this version
    digest TEXT NOT NULL,       -- SHA-256 of key and body
    body TEXT NOT NULL
) WITHOUT ROWID
"""
_WAIT_S = 60.0  # for another process that writes
_told = set[Path]()  # once a process


class Cache:
    """Texts by key; use it as a context manager. Several processes may share the file.

    A row that is not as it was written is none. A file that cannot be read or written is told once, and done without:
    the next `checked` puts it aside.

    Args:
        path: the file; None for memory alone.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.database: sqlite3.Connection | None = None
        self._try(self._open)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.database is not None:
            self.database.close()

    def get(self, key: str) -> str | None:
        """The text under a key, None when there is none."""
        own = _own(key)
        row = self._try(lambda of: of.execute("SELECT digest, body FROM kept WHERE key = ?", (own,)).fetchone())
        return str(row[1]) if row is not None and row[0] == digest(own, row[1]) else None

    def add(self, key: str, body: str) -> None:
        """Keep a text."""
        own = _own(key)
        self._try(lambda of: _insert(of, (own, digest(own, body), body)))

    def _open(self, database: sqlite3.Connection) -> None:
        if self.path is not None:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")  # what a crash loses can be computed again
        with database:
            database.execute(_SCHEMA)

    def _try(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """What the file gives; None where it gives nothing.

        Raises:
            sqlite3.OperationalError: the disk is full.
        """
        try:
            if self.database is None:
                self.database = sqlite3.connect(":memory:" if self.path is None else self.path, timeout=_WAIT_S)
            return work(self.database)
        except sqlite3.Error as error:
            if says_disk_full(error):
                raise
            _tell(self.path, f"cannot be used ({error}): its contents are computed again")
            self.path = None
            self.__exit__()
            self.database = None
            self._try(self._open)
            return None


def checked(path: Path) -> Path:
    """The path of a cache, which is put aside if it is damaged; to be called before anything works with it.

    Raises:
        sqlite3.OperationalError: the disk is full.
    """
    if path.exists() and (why := _damage(path)):
        aside = path.with_name(f"{path.name}.damaged")
        for suffix in ("-wal", "-shm"):
            with suppress(OSError):
                path.with_name(path.name + suffix).unlink()
        with suppress(OSError):  # another process was first, or nothing may be written here
            path.replace(aside)
        _tell(path, f"was damaged ({why}) and stands as {aside.name} now: its contents are computed again")
    return path


def _damage(path: Path) -> str | None:
    """What is wrong with the file; None for nothing, or where that is not to be known now."""
    try:
        database = sqlite3.connect(path, timeout=_WAIT_S)
        try:
            (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            database.close()
    except sqlite3.OperationalError as error:
        if says_disk_full(error):
            raise
        return None  # locked or not to be opened, which says nothing of what is in it
    except sqlite3.Error as error:
        return str(error)
    return None if found == "ok" else str(found)


def _insert(database: sqlite3.Connection, row: tuple[str, str, str]) -> None:
    with database:
        database.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", row)


def _own(key: str) -> str:
    """Of this version, since another may have computed or written otherwise."""
    return hashlib.sha256(f"{__version__}\n{key}".encode()).hexdigest()


def digest(key: str, body: str) -> str:
    """What stands beside a row's key and body."""
    return hashlib.sha256(f"{key}\n{body}".encode()).hexdigest()


def _tell(path: Path | None, what: str) -> None:
    if path is not None and path not in _told:
        _told.add(path)
        tell(f"The cache {path} {what}.")
