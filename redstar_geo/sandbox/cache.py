"""Verdicts that need not be computed twice: one SQLite file, keyed by everything that determines them.

A TLE depends on how busy the machine was and a SANDBOX_ERROR on its state, so neither is kept.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from redstar_geo.sandbox.judge import Submission

_SCHEMA = """
CREATE TABLE IF NOT EXISTS verdicts (
    key TEXT PRIMARY KEY,       -- SHA-256 of program, tests with their checker, language, limits and isolation
    found TEXT NOT NULL         -- JSON of the judge's verdict
) WITHOUT ROWID
"""
_NOT_REPEATABLE = frozenset({"TLE", "SANDBOX_ERROR"})
_JUDGE = 2  # raised when the judge decides otherwise than before: what an older one decided is then not taken


def cache_key(submission: Submission, isolation: str) -> str:
    """The hash of everything that determines a verdict; `isolation` is the level reached, as results name it."""
    determining = [_JUDGE, asdict(submission), isolation]
    return hashlib.sha256(json.dumps(determining).encode()).hexdigest()


class Cache:
    """An open cache; use it as a context manager. Several processes may share the file."""

    def __init__(self, path: Path) -> None:
        self.database = sqlite3.connect(path, timeout=60)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=NORMAL")  # a power cut may cost the last verdicts, never the file
        self.database.execute(_SCHEMA)

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()

    def get(self, key: str) -> dict[str, Any] | None:
        """The verdict under a key, None when there is none."""
        row = self.database.execute("SELECT found FROM verdicts WHERE key = ?", (key,)).fetchone()
        return None if row is None else json.loads(row[0])

    def add(self, key: str, judgement: Mapping[str, Any]) -> None:
        """Keep a judgement, a row with its `verdict`, unless the verdict may be another one next time."""
        if judgement["verdict"] in _NOT_REPEATABLE:
            return
        with self.database:
            self.database.execute("INSERT OR IGNORE INTO verdicts VALUES (?, ?)", (key, json.dumps(judgement)))
