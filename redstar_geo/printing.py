"""What commands print on standard output: paragraphs and tables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

_UNREADABLE_SHOWN = 3
_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """A text without what a terminal would obey: words of servers and of data stand in many a sentence."""
    return _OBEYED.sub("�", text)


def say(text: str) -> None:
    """A paragraph as it is, on one line however long."""
    Console().print(printable(text), markup=False, highlight=False, soft_wrap=True)


def say_json(value: Any) -> None:
    Console().print_json(data=value)


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str | None = None) -> None:
    """A table of what the cells are as text."""
    drawn = Table(*columns, title=title)
    for row in rows:
        drawn.add_row(*map(str, row))
    Console().print(drawn, markup=False)


def counts(run: str, stages: Mapping[str, Mapping[str, Any]]) -> None:
    """The counts of a run's stages, as its manifest has them."""
    rows = []
    for stage, count in stages.items():
        rejected = json.dumps(count["rejected"], ensure_ascii=False) if count["rejected"] else "–"
        rows.append((stage, count["in"], count["out"], rejected, count["pending"]))
    table(("stage", "in", "out", "rejected", "pending"), rows, title=run)


def unreadable(lines: Sequence[tuple[int, str]]) -> int:
    """Name the first lines that could not be read, with what is wrong; the exit code, which is 1 if there are any."""
    if not lines:
        return 0
    first = "; ".join(f"line {number} ({why})" for number, why in lines[:_UNREADABLE_SHOWN])
    how_many = "1 line" if len(lines) == 1 else f"{len(lines):,} lines"
    say(f"{how_many} could not be read: {first}{' …' if len(lines) > _UNREADABLE_SHOWN else ''}")
    return 1
