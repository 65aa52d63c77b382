"""Adversarial texts in great number: `python -m tests.bench.answer_fuzz [COUNT]`; 100,000 unless told.

Each text is verified as a response and, one time in four, as a gold answer; what is counted is verdicts, crashes,
right ones that should not be, the slowest and the memory.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator

from redstar_geo.answer import verify
from tests.answer.adversarial import adversarial

_GOLDS = ("5√3", "\\frac{17}{23}", "(12, 35)", "x + 17", "y = 3x + 17", "[17, 23)", "53.13°", "{17, 23}")
_TOGETHER = 500


def fuzz(count: int) -> dict[str, object]:
    """The summary of so many texts."""
    verdicts: Counter[str] = Counter()
    slowest: dict[str, float] = {}
    start = time.perf_counter()
    for number, (family, text) in enumerate(_texts(count)):
        gold = _GOLDS[number % len(_GOLDS)]
        began = time.perf_counter()
        verdicts[verify(gold, text).status] += 1
        if number % 4 == 0:
            verdicts[verify(text, gold).status] += 1
        slowest[family] = max(slowest.get(family, 0.0), time.perf_counter() - began)
    return {
        "name": "answer.fuzz",
        "texts": count,
        "verdicts": dict(verdicts),
        "slowest_ms": {family: round(1e3 * seconds, 1) for family, seconds in sorted(slowest.items())},
        "seconds": round(time.perf_counter() - start, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _texts(count: int) -> Iterator[tuple[str, str]]:
    for seed in range(0, count, _TOGETHER):
        yield from adversarial(min(_TOGETHER, count - seed), seed)


if __name__ == "__main__":
    print(json.dumps(fuzz(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000), ensure_ascii=False))
