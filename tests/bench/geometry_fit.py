"""For how many of FormalGeo7k's problems numeric figures are found, and how often they show the gold answer.

`python -m tests.bench.geometry_fit [problems]` (a random sample, all by default) prints one JSON object.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from redstar_geo.geometry import cdl
from redstar_geo.geometry.figure import Figure, FigureError, close, measure
from redstar_geo.geometry.fit import fit
from redstar_geo.geometry.formal import balanced
from tests.paths import FORMALGEO7K

_AGREES = 1e-3  # gold answers are written to few digits


def goal_agrees(figures: tuple[Figure, ...], problem: dict[str, Any]) -> bool:
    """Whether what is asked for has the gold value in every figure."""
    goal = cdl.parse(balanced(problem["goal_cdl"]))
    asked = cdl.Term("Sub", goal.args) if goal.head == "Equal" else goal.terms[0]
    gold = 0.0 if goal.head == "Equal" else float(cdl.value(problem["problem_answer"]).evalf())
    return all(close(measure(figure, asked), gold, _AGREES) for figure in figures)


def fit_one(file: Path) -> dict[str, Any]:
    problem = json.loads(file.read_text(encoding="utf-8"))
    givens = [balanced(text) for text in (*problem["text_cdl"], *problem["image_cdl"])]
    started = time.perf_counter()
    fitted = fit(problem["construction_cdl"], givens)
    row = {
        "id": file.stem,
        "seconds": time.perf_counter() - started,
        "realisations": len(fitted.figures),
        "reason": fitted.reason,
        "departures": list(fitted.departures),
    }
    if fitted.figures:
        try:
            row["goal_agrees"] = goal_agrees(fitted.figures, problem)
        except (FigureError, cdl.CDLError) as error:
            row["goal_agrees"], row["goal_error"] = False, str(error)
    return row


def main(count: int) -> dict[str, Any]:
    files = sorted((FORMALGEO7K / "problems").glob("*.json"))
    random.Random(1).shuffle(files)
    started = time.perf_counter()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        rows = list(pool.map(fit_one, files[:count], chunksize=20))
    fitted = [row for row in rows if row["realisations"]]
    seconds = sorted(row["seconds"] for row in rows)
    return {
        "problems": len(rows),
        "fitted": len(fitted) / len(rows),
        "two_or_more": sum(row["realisations"] > 1 for row in rows) / len(rows),
        "goal_agrees": sum(row["goal_agrees"] for row in fitted) / len(fitted),
        "departures": Counter(name for row in fitted for name in row["departures"]),
        "reasons": Counter(row["reason"].partition(":")[0] for row in rows if row["reason"]),
        "seconds_mean": sum(seconds) / len(rows),
        "seconds_99": seconds[int(0.99 * len(rows))],
        "seconds_max": seconds[-1],
        "seconds_all": time.perf_counter() - started,
        "without": {row["id"]: row["reason"] for row in rows if row["reason"]},
        "departing": {row["id"]: row["departures"] for row in fitted if row["departures"]},
        "goal_differs": [row["id"] for row in fitted if not row["goal_agrees"]],
    }


if __name__ == "__main__":
    report = main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
    print(json.dumps(report, ensure_ascii=False, indent=1))
