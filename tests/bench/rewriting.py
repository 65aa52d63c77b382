"""How many further problems GeoQA's proofs give, and how often figures that know no proof show their answers.

`python -m tests.bench.rewriting MOST [PROBLEMS]` (at most so many of each; a random sample, all by default) prints one
JSON object.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from typing import Any

from redstar_geo.geometry.figure import FigureError
from redstar_geo.geometry.fit import fit
from redstar_geo.geometry.formal import FormalSolver, balanced
from redstar_geo.records import Problem
from redstar_geo.sources import formalgeo7k
from tests.bench.geometry_fit import goal_agrees
from tests.paths import FORMALGEO7K


def shown(meta: dict[str, Any]) -> str:
    """Whether fitted figures show the answer: `agrees`, `differs`, or `no figure`."""
    givens = [balanced(text) for text in (*meta["text_cdl"], *meta["image_cdl"])]
    figures = fit(meta["construction_cdl"], givens).figures
    try:
        return "no figure" if not figures else "agrees" if goal_agrees(figures, meta) else "differs"
    except FigureError:
        return "no figure"


def main(most: int, count: int | None) -> dict[str, Any]:
    rows = [(name, raw) for name, raw in formalgeo7k.rows(FORMALGEO7K) if raw and raw["source"].startswith("GeoQA")]
    random.Random(1).shuffle(rows)
    solver, tally, theorems, differing = FormalSolver(FORMALGEO7K / "gdl"), Counter[str](), Counter[int](), []
    for name, raw in rows[:count]:
        for item in formalgeo7k.others(name, FORMALGEO7K, raw, "en", solver, most):
            if isinstance(item, Problem):
                verdict = shown(item.meta)
                tally[verdict] += 1
                theorems[len(item.meta["theorem_seqs"])] += 1
                differing += [item.id] * (verdict == "differs")
            else:
                tally[item.reason] += 1
    return {"problems": len(rows[:count]), "made": theorems.total(), **tally, "theorems": theorems, "differ": differing}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)))
