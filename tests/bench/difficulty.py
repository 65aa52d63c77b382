"""Questions scored per second by the embedded scorer, and how far it is above what the length alone tells.

Omni-MATH's questions, by 10-fold cross-validation; five seeds of folds when run as `python -m tests.bench.difficulty`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from redstar_geo.difficulty import labelled, text
from redstar_geo.difficulty.measure import compare, cross_validated
from tests.paths import SHARED

OMNI_MATH = SHARED / "data" / "omni_math" / "omni_math_numeric_400.jsonl"

QUESTIONS = 220_000
FOLDS = 10


def agreement(seeds: range) -> Iterator[dict[str, Any]]:
    """Spearman and within-one accuracy with their intervals, against the length baseline's on the same folds."""
    examples, _ = labelled.examples([OMNI_MATH])
    questions, levels = [each.question for each in examples], np.array([each.level for each in examples])
    for seed in seeds:
        found = compare(cross_validated(lambda q, y: text.train(q, y).score, questions, levels, FOLDS, seed))
        for key in ("spearman", "within_one", "mae"):
            ours, its, gain = (vars(who)[key] for who in (found.scorer, found.length, found.gain))
            yield {
                "name": f"difficulty.{key}",
                "value": round(ours.value, 3),
                "unit": "levels" if key == "mae" else "",
                "interval": [round(ours.low, 3), round(ours.high, 3)],
                "against": {"length alone": round(its.value, 3), "interval": [round(its.low, 3), round(its.high, 3)]},
                "gain": [round(gain.low, 3), round(gain.high, 3)],
                "disjoint": found.disjoint[key],
                "n": found.n,
                "seed": seed,
            }


def speed() -> dict[str, Any]:
    """Scoring as many questions as the paper's prompts; each is a little different, so that nothing is remembered."""
    examples, _ = labelled.examples([OMNI_MATH])
    started = time.perf_counter()
    scorer = text.train([each.question for each in examples], [each.level for each in examples])
    trained = time.perf_counter()
    asked = [f"{examples[number % len(examples)].question} {number}" for number in range(QUESTIONS)]
    begun = time.perf_counter()
    scorer.score(asked)
    seconds = time.perf_counter() - begun
    return {
        "name": "difficulty.questions_per_s",
        "value": round(QUESTIONS / seconds),
        "unit": "questions/s",
        "seconds": round(seconds, 1),
        "training_s": round(trained - started, 2),
        "n": QUESTIONS,
    }


def bench() -> Iterator[dict[str, Any]]:
    if OMNI_MATH.is_file():
        yield from agreement(range(1))
        yield speed()


if __name__ == "__main__":
    for figure in (*agreement(range(5)), speed()):
        print(json.dumps(figure), flush=True)
