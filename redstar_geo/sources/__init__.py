"""Where problems come from: one file per data set, from its real schema to `Problem`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from redstar_geo.records import Problem
from redstar_geo.run import Counts


@dataclass(frozen=True)
class Rejected:
    """An item that is no usable problem; `reason` is machine-readable (`bad_json`, `missing_picture`, …)."""

    id: str
    reason: str


def accepted(items: Iterable[Problem | Rejected], counts: Counts) -> Iterator[Problem]:
    """The problems among the items; every item is counted."""
    for item in items:
        if isinstance(item, Rejected):
            counts.add(item.reason)
        else:
            counts.add()
            yield item
