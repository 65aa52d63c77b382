"""Every response of a teacher, durable: a row is on disk before it counts, and no request is sent twice.

One SQLite file (WAL). The key is the request's hash, so resuming does not depend on the order of rows.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from redstar_geo.errors import InputError, says_disk_full
from redstar_geo.generation.refusal import is_lasting
from redstar_geo.generation.reply import BadReply, read_reply
from redstar_geo.jsonl import read_object
from redstar_geo.records import Trace
from redstar_geo.run import write_rows

_SCHEMA = """
CREATE TABLE IF NOT EXISTS responses (
    key TEXT PRIMARY KEY,       -- SHA-256 of the request
    problem_id TEXT NOT NULL,
    sample INTEGER NOT NULL,
    failure TEXT,               -- reason when there is no response, else NULL
    body BLOB NOT NULL          -- zlib-compressed JSON: the response as it came
) WITHOUT ROWID
"""
_TYPES = {"key": pa.string(), "problem_id": pa.string(), "sample": pa.int64(), "failure": pa.string()}
EXPORTED = pa.schema(_TYPES | {"body": pa.string()})
_INSERT = """
INSERT INTO responses VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE
SET failure = excluded.failure, body = excluded.body WHERE responses.failure IS NOT NULL
"""


def request_key(request: Mapping[str, Any]) -> str:
    """The hash of everything that determines a response: teacher, parameters, messages, image hashes, sample."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class Ledger:
    """An open ledger; use it as a context manager. One writer at a time (the run folder's lock sees to that).

    Raises, whatever is done with it:
        InputError: the file is damaged, or of another kind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with _damage_reported(path):
            self.database = sqlite3.connect(path)
            self.database.execute("PRAGMA journal_mode=WAL")
            self.database.execute(_SCHEMA)
            self.database.execute(f"SELECT {', '.join(_TYPES)}, body FROM responses LIMIT 1")

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()

    def check(self) -> None:
        """That it is whole, which takes the time to read it: before anything is paid for that it is to keep.

        Raises:
            InputError: it is damaged.
        """
        with _damage_reported(self.path):
            (found,) = self.database.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise sqlite3.DatabaseError(" ".join(found.split()))

    def add(self, rows: Iterable[tuple[str, str, int, str | None, Mapping[str, Any]]]) -> None:
        """Store (key, problem_id, sample, failure, body) rows durably.

        A response that is there already stays; a failure gives way, since the request may have been sent again.
        """
        packed = [
            (key, problem_id, sample, failure, zlib.compress(json.dumps(body, ensure_ascii=False).encode()))
            for key, problem_id, sample, failure, body in rows
        ]
        with _damage_reported(self.path), self.database:
            self.database.executemany(_INSERT, packed)

    def keys(self) -> set[str]:
        with _damage_reported(self.path):
            return {key for (key,) in self.database.execute("SELECT key FROM responses")}

    def failed(self, reasons: Collection[str]) -> set[str]:
        """The keys that have failed for one of these reasons."""
        with _damage_reported(self.path):
            rows = self.database.execute("SELECT key, failure FROM responses WHERE failure IS NOT NULL")
            return {key for key, failure in rows if failure in reasons}

    def export(self, path: Path) -> int:
        """Write every row to Parquet in bounded memory, the body as JSON; the number of rows."""
        with _damage_reported(self.path):
            rows = self.database.execute(f"SELECT {', '.join(_TYPES)}, body FROM responses")
            columns = (
                dict(zip(_TYPES, row, strict=True)) | {"body": zlib.decompress(body).decode()} for *row, body in rows
            )
            return write_rows(path, EXPORTED, columns)

    def some(self, count: int) -> list[dict[str, Any]]:
        """The bodies of `count` responses."""
        with _damage_reported(self.path):
            rows = self.database.execute("SELECT body FROM responses WHERE failure IS NULL LIMIT ?", (count,))
            return [_unpacked(body) for (body,) in rows]

    def has_failures_to_ask_again(self) -> bool:
        """Whether a failure is there that was not its prompt's own."""
        with _damage_reported(self.path):
            rows = self.database.execute("SELECT body FROM responses WHERE failure IS NOT NULL")
            return any(not is_lasting(_unpacked(body)) for (body,) in rows)

    def get(self, key: str) -> tuple[str | None, dict[str, Any]] | None:
        """The failure (or None) and the body stored under a key; None when there is no such row."""
        with _damage_reported(self.path):
            row = self.database.execute("SELECT failure, body FROM responses WHERE key = ?", (key,)).fetchone()
            return None if row is None else (row[0], _unpacked(row[1]))


def _unpacked(body: bytes) -> dict[str, Any]:
    return read_object(zlib.decompress(body).decode())


@contextmanager
def _damage_reported(path: Path) -> Iterator[None]:
    """What reading a ledger raises that is not as it was written; what was paid for is never touched."""
    try:
        yield
    except (sqlite3.Error, zlib.error, ValueError, TypeError) as error:
        if says_disk_full(error):
            raise
        raise InputError(
            f"The ledger {path} cannot be used ({error}). It is left as it is, since it holds what was paid for: bring "
            "it back from a copy, or save what is whole of it by `sqlite3 ledger.sqlite .recover`."
        ) from None


def stored_trace(problem_id: str, sample: int, teacher: str, key: str, body: Mapping[str, Any]) -> Trace:
    """The trace of a stored response: a server's reply is parsed now, since it is kept as it came."""
    try:
        if "raw" not in body:
            told = {name: value for name, value in body.items() if name != "mistake"}  # the narrator's note to itself
            return Trace(problem_id=problem_id, sample=sample, teacher=teacher, request=key, **told)
        return read_reply(body["raw"], body.get("seconds")).trace(problem_id, sample, teacher, key)
    except (TypeError, BadReply) as error:
        raise InputError(f"Reply {sample} to {problem_id} in the ledger is not as it was stored ({error}).") from None
