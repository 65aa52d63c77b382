"""What a run read, so that it is known when it has changed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(value: Any) -> str:
    """SHA-256 of what JSON can say, whatever the order of its keys, in hexadecimal."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


_LONGEST = 64 << 20  # bytes of a value or a row of a database; a ledger keeps replies packed, of 1 MB at most


def of_output(path: Path) -> str:
    """SHA-256 of what a run has made; of a database its rows, since its bytes change when it is merely opened.

    Only what is stored: a generated column makes a gigabyte of nothing.

    Raises:
        OSError: it is not there, or cannot be read.
        sqlite3.Error: it is a database, and damaged, or with a value beyond all bounds.
    """
    if path.suffix != ".sqlite":
        return sha256(path)
    path.open("rb").close()  # one that is not there would be made here
    digest = hashlib.sha256()
    with closing(sqlite3.connect(path)) as database:
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        database.execute("PRAGMA trusted_schema = OFF")
        (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        tables = [
            name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
        ]
        for table in tables:
            columns = [name for _, name, *_ in database.execute(f"PRAGMA table_info({_quoted(table)})")]
            stored = ", ".join(map(_quoted, columns))
            for row in database.execute(f"SELECT {stored} FROM {_quoted(table)} ORDER BY 1"):
                digest.update(repr(row).encode())
    return digest.hexdigest()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
