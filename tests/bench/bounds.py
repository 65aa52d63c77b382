"""Whether the time to read a text grows as its length: seconds of CPU at a length and at twice that, for texts in which
a careless pattern takes the square of it. `python -m tests.bench bounds`; a ratio near 2 is linear, one near 4 is not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from redstar_geo.answer import verify
from redstar_geo.filters import reasons
from redstar_geo.generation.reply import split_thinking
from redstar_geo.geometry.claims import read
from redstar_geo.overlap.text import tokens
from redstar_geo.records import Trace

_UNITS = (
    *("7", "九", "1,", "½", "(", "(AB", "√(", "-", "=", "x=", "AB=", "{", "\\frac{", "\\", "$", "`", "*", " \n"),
    *("<think", "\u0300\u0316"),
)


def _filtered(text: str) -> None:
    reasons(Trace("", 0, "", "", text, "", "stop"), question="", language="en")


_READERS: dict[str, tuple[Callable[[str], Any], int]] = {  # with characters, of which twice as many are read too
    "claims": (read, 50_000),
    "answer": (lambda text: verify("5", text), 10_000),
    "filters": (_filtered, 50_000),
    "overlap": (tokens, 200_000),
    "reply": (split_thinking, 1_000_000),
}


def bench() -> Iterator[dict[str, Any]]:
    for name, (work, length) in _READERS.items():
        ratios = {}
        for unit in _UNITS:
            once, twice = (_seconds(work, unit * (size // len(unit))) for size in (length, 2 * length))
            ratios[unit] = twice / max(once, 1e-4)
        worst = max(ratios, key=lambda unit: ratios[unit])
        yield {
            "name": f"bounds.{name}_doubling", "value": round(median(ratios.values()), 2), "unit": "times as long",
            "against": f"2; the most is {ratios[worst]:.2f}, for {worst!r}", "n": len(ratios),
        }  # fmt: skip


def _seconds(work: Callable[[str], Any], text: str) -> float:
    spent = []
    for _ in range(3):
        started = time.process_time()
        work(text)
        spent.append(time.process_time() - started)
    return min(spent)
