"""All of FormalGeo7k through the solver: how many replays reach the gold answer, in what time, and why others do not.

`python -m tests.bench.geometry_replay [problems] [busy] [KEPT.jsonl]` (a random sample, all by default; beside so many
busy processes) prints one JSON object. `proofs` is a digest of all proofs, the same at any load. With a file, every
replay is kept in it with its proof, and the next call goes on behind the last.
"""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.pool import mapped
from tests.paths import FORMALGEO7K

_TIMEOUT_S = 600.0


@lru_cache(maxsize=1)
def _solver() -> FormalSolver:
    return FormalSolver(FORMALGEO7K / "gdl")


def replay_one(file: Path) -> tuple[str, str, float, float]:
    """In a worker: the reason of a failure, empty for a proof that ends in the gold answer; the proof; wall and CPU
    seconds."""
    problem = json.loads(file.read_text(encoding="utf-8"))
    solver = _solver()
    started, used = time.perf_counter(), time.process_time()
    reason = proof = ""
    try:
        proof = solver.replay(problem).to_json()
    except ReplayError as error:
        reason = str(error)
    return reason, proof, time.perf_counter() - started, time.process_time() - used


def replayed(files: list[Path], kept: Path | None) -> Iterator[tuple[str, tuple[str, str, float, float]]]:
    """Names with what `replay_one` says of them: those kept, then the others, which are kept as they come."""
    lines = kept.read_text(encoding="utf-8").splitlines() if kept is not None and kept.exists() else []
    done = dict(json.loads(line) for line in lines)
    yield from ((file.stem, tuple(done[file.stem])) for file in files if file.stem in done)
    missing = [file for file in files if file.stem not in done]
    for file, outcome, lost in mapped(replay_one, missing, 2, _TIMEOUT_S):
        said = outcome or (str(lost), "", _TIMEOUT_S, _TIMEOUT_S)
        if kept is not None:
            with kept.open("a", encoding="utf-8") as lasting:
                lasting.write(json.dumps([file.stem, said], ensure_ascii=False) + "\n")
        yield file.stem, said


def main(count: int, kept: Path | None) -> dict[str, Any]:
    files = sorted((FORMALGEO7K / "problems").glob("*.json"))
    random.Random(1).shuffle(files)
    files = files[:count]
    started = time.perf_counter()
    failures, proofs, seconds, cpu = {}, {}, {}, 0.0
    for name, (reason, proof, seconds[name], used) in replayed(files, kept):
        proofs[name] = hashlib.sha256(proof.encode()).hexdigest()[:16]
        cpu += used
        if reason:
            failures[name] = reason[:300]
    slowest = sorted(seconds.items(), key=lambda item: -item[1])
    return {
        "problems": len(files),
        "gold_answer": 1 - len(failures) / len(files),
        "proofs": hashlib.sha256("".join(f"{name} {proofs[name]}\n" for name in sorted(proofs)).encode()).hexdigest(),
        "seconds_all": time.perf_counter() - started,
        "cpu_seconds_all": cpu,
        "seconds_median": slowest[len(slowest) // 2][1],
        "seconds_99": slowest[len(slowest) // 100][1],
        "slowest": dict(slowest[:20]),
        "reasons": Counter(reason.partition(":")[0] for reason in failures.values()),
        "failures": failures,
    }


if __name__ == "__main__":
    problems, load = (*map(int, sys.argv[1:3]), *(10_000, 0)[len(sys.argv[1:3]) :])
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(load)]
    try:
        report = main(problems, Path(sys.argv[3]) if len(sys.argv) > 3 else None)
    finally:
        for other in others:
            other.kill()
    print(json.dumps(report, ensure_ascii=False, indent=1))
