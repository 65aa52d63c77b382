"""For how many FormalGeo7k problems a proof is found without the given theorem sequence, and in what time.

A proof counts when the replay of the sequence that was found ends in the gold answer.

`python -m tests.bench.proof_search [problems] [seed] [all|rest|dev] [FILE]` prints a JSON object: "rest" are the
problems whose number leaves 4 on division by five, "dev" the others. What is in FILE, a line a problem, is not done
again.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.geometry.search import prove
from redstar_geo.sources import formalgeo7k
from tests.paths import FORMALGEO7K

_IN_TIME = 2.0  # CPU seconds


def proved(solver: FormalSolver, raw: Mapping[str, Any]) -> dict[str, Any]:
    """What comes of one problem, as plain values."""
    started, why, steps = time.process_time(), "", 0
    try:
        steps = len(prove(solver, raw).steps)
    except ReplayError as error:
        why = str(error)[:200]
    seconds = time.process_time() - started
    return {"id": raw["problem_id"], "why": why, "steps": steps, "given": len(raw["theorem_seqs"]), "seconds": seconds}


def main(count: int, seed: int, part: str, kept: Path | None) -> dict[str, Any]:
    wanted = {"all": range(5), "rest": [4], "dev": range(4)}[part]
    rows = [raw for _, raw in formalgeo7k.rows(FORMALGEO7K) if raw is not None and raw["problem_id"] % 5 in wanted]
    random.Random(seed).shuffle(rows)
    done = {row["id"]: row for row in map(json.loads, kept.open())} if kept and kept.exists() else {}
    solver = FormalSolver(FORMALGEO7K / "gdl")
    with nullcontext() if kept is None else kept.open("a") as out:
        for raw in rows[:count]:
            if raw["problem_id"] not in done:
                done[raw["problem_id"]] = found = proved(solver, raw)
                if out is not None:
                    print(json.dumps(found, ensure_ascii=False), file=out, flush=True)
    every = [done[raw["problem_id"]] for raw in rows[:count]]
    right = [found for found in every if not found["why"]]
    seconds = sorted(found["seconds"] for found in every)
    return {
        "problems": len(every),
        "found": len(right) / len(every),
        "found in time": sum(found["seconds"] <= _IN_TIME for found in right) / len(every),
        "steps, mean": sum(found["steps"] for found in right) / max(1, len(right)),
        "given steps of these, mean": sum(found["given"] for found in right) / max(1, len(right)),
        "median_s": seconds[len(seconds) // 2],
        "p95_s": seconds[int(0.95 * len(seconds))],
        "max_s": seconds[-1],
        "reasons": Counter(found["why"].partition(":")[0] for found in every),
        "not found": {found["id"]: found["why"] for found in every if found["why"]},
    }


if __name__ == "__main__":
    args = sys.argv[1:] + ["150", "1", "dev", ""][len(sys.argv) - 1 :]
    file = Path(args[3]) if args[3] else None
    print(json.dumps(main(int(args[0]), int(args[1]), args[2], file), ensure_ascii=False, indent=1))
