"""Where problems come from: one file per data set, from its real schema to `Problem`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rejected:
    """An item that could not become a problem; `reason` is machine-readable (`bad_json`, `missing_picture`, …)."""

    id: str
    reason: str
