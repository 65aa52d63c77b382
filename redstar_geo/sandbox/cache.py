"""Verdicts that need not be computed twice: one cache, keyed by everything that determines them.

A TLE depends on how busy the machine was and a SANDBOX_ERROR on its state, so neither is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from redstar_geo import cache
from redstar_geo.sandbox.judge import Submission

_NOT_REPEATABLE = frozenset({"TLE", "SANDBOX_ERROR"})
_JUDGE = 3  # raised when the judge decides otherwise than before: what an older one decided is then not taken


def cache_key(submission: Submission, isolation: str) -> str:
    """The hash of everything that determines a verdict; `isolation` is the level reached, as results name it."""
    determining = [_JUDGE, asdict(submission), isolation]
    return hashlib.sha256(json.dumps(determining).encode()).hexdigest()


class Cache:
    """An open cache; use it as a context manager. Several processes may share the file."""

    def __init__(self, path: Path) -> None:
        self.kept = cache.Cache(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.kept.__exit__(*error)

    def get(self, key: str) -> dict[str, Any] | None:
        """The verdict under a key, None when there is none."""
        found = self.kept.get(key)
        return None if found is None else json.loads(found)

    def add(self, key: str, judgement: Mapping[str, Any]) -> None:
        """Keep a judgement, a row with its `verdict`, unless the verdict may be another one next time."""
        if judgement["verdict"] not in _NOT_REPEATABLE:
            self.kept.add(key, json.dumps(judgement))
