"""FormalGeo's own searches beside ours: how many FormalGeo7k problems each solves, and in what CPU time.

Every problem is searched in a process of its own, with the same limit of CPU seconds for all. FormalGeo's are its
forward search at random and its backward search breadth first, each the best of its four strategies by its authors
(arXiv 2310.18021), with their depth of 15; they are told which theorems the data set uses at all, as the authors' are.
One that does not end counts with the limit, so that ratios are at least those given.

`python -m tests.bench.formalgeo_search [problems] [seed] [CPU seconds] [FILE]` prints a JSON object; what is in FILE, a
line a problem, is not done again.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import resource
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

from formalgeo.solver import BackwardSearcher, ForwardSearcher

from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.geometry.search import prove
from redstar_geo.sources import formalgeo7k
from tests.paths import FORMALGEO7K

_DEPTH, _BEAM = 15, 20
_MEMORY = 6 * 2**30
_WAITS = 100  # times the CPU seconds: a safety net on a busy machine
Search = Callable[[Mapping[str, Any]], bool]


def searches(rows: list[Mapping[str, Any]]) -> dict[str, Search]:
    used = Counter(call.partition("(")[0] for raw in rows for call in raw["theorem_seqs"])
    gdl = [json.loads((FORMALGEO7K / "gdl" / f"{name}_GDL.json").read_text()) for name in ("predicate", "theorem")]
    known = {name.partition("(")[0]: (1, used[name.partition("(")[0]]) for name in gdl[1]}
    forward = ForwardSearcher(*gdl, "rs", _DEPTH, _BEAM, known)
    backward = BackwardSearcher(*gdl, "bfs", _DEPTH, _BEAM, known)
    solver = FormalSolver(FORMALGEO7K / "gdl")

    def theirs(searcher: ForwardSearcher | BackwardSearcher) -> Search:
        def search(raw: Mapping[str, Any]) -> bool:
            searcher.init_search(dict(raw))
            return bool(searcher.problem.goal.solved or searcher.search()[0])

        return search

    def ours(raw: Mapping[str, Any]) -> bool:
        try:
            prove(solver, raw)
        except ReplayError:
            return False
        return True

    return {"ours": ours, "forward": theirs(forward), "backward": theirs(backward)}


def limited(search: Search, raw: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """Whether one problem is solved, and in what CPU time, in a child that the kernel ends at the limit."""
    context = multiprocessing.get_context("fork")
    mine, its = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(search, raw, limit, its))
    child.start()
    its.close()
    found = {"what": "not waited for", "seconds": float(limit)}
    try:
        if mine.poll(_WAITS * limit):
            found = mine.recv()
    except EOFError:
        found["what"] = "over the limit"
    child.kill()
    child.join()
    return found


def _child(search: Search, raw: Mapping[str, Any], limit: int, its: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    warnings.simplefilter("ignore")
    random.seed(0)
    started = time.process_time()
    try:
        what = "solved" if search(raw) else "not solved"
    except (ArithmeticError, AssertionError, LookupError, MemoryError, RuntimeError, TypeError, ValueError) as error:
        what = type(error).__name__
    its.send({"what": what, "seconds": time.process_time() - started})


def main(count: int, seed: int, limit: int, kept: Path | None) -> dict[str, Any]:
    rows = [raw for _, raw in formalgeo7k.rows(FORMALGEO7K) if raw is not None]
    each = searches(rows)
    random.Random(seed).shuffle(rows)
    done = {row["id"]: row for row in map(json.loads, kept.open())} if kept and kept.exists() else {}
    each["ours"](rows[-1])  # what is loaded when it is first needed is no problem's work
    with nullcontext() if kept is None else kept.open("a") as out:
        for raw in rows[:count]:
            if raw["problem_id"] not in done:
                found = {name: limited(search, raw, limit) for name, search in each.items()}
                done[raw["problem_id"]] = row = {"id": raw["problem_id"], "limit": limit, **found}
                if out is not None:
                    print(json.dumps(row), file=out, flush=True)
    every = [done[raw["problem_id"]] for raw in rows[:count]]
    return {
        "problems": len(every),
        "limit_s": limit,
        **{name: summary([row[name] for row in every], [row["ours"] for row in every]) for name in each},
    }


def summary(found: list[dict[str, Any]], ours: list[dict[str, Any]]) -> dict[str, Any]:
    solved = [row["seconds"] for row in found if row["what"] == "solved"]
    both = [(row, own) for row, own in zip(found, ours, strict=True) if row["what"] == own["what"] == "solved"]
    return {
        "outcomes": Counter(row["what"] for row in found),
        "solved": len(solved) / len(found),
        "median_s": median(row["seconds"] for row in found),
        "median_s of solved": median(solved) if solved else None,
        "median over ours": median(row["seconds"] for row in found) / median(row["seconds"] for row in ours),
        "solved by both": len(both),
        "median ratio of these": median(row["seconds"] / own["seconds"] for row, own in both) if both else None,
    }


if __name__ == "__main__":
    args = sys.argv[1:] + ["200", "3", "20", ""][len(sys.argv) - 1 :]
    print(json.dumps(main(int(args[0]), int(args[1]), int(args[2]), Path(args[3]) if args[3] else None), indent=1))
