"""Filters, overlap and selection at scale: `make bench ONLY=curate`, or `python -m tests.bench.curate 1000000`.

Prints seconds, the peak memory of the whole process tree, and how many of the planted cases were found. `make bench`
takes 100,000 traces; the million takes half an hour.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq

from redstar_geo.data_prep.pipeline import main as run_data
from redstar_geo.recipe import check
from redstar_geo.recipes.data import DataRecipe
from tests.bench.million import labels, make_run

_STAGES = ("collect", "screen", "filter", "select", "prompts")


def recipe(made: Path, run: Path, engine: str = "local", workers: int = 2) -> DataRecipe:
    """Everything that this part of the pipeline does, over one finished run."""
    values = {
        "run": str(run),
        "engine": engine,
        "workers": workers,
        "sources": {"made": {"kind": "run", "path": str(made)}},
        "prompts": {
            "difficulty": [2, 10],
            "benchmarks": {"made": {"kind": "problems", "path": str(made / "benchmark" / "problems.parquet")}},
        },
        "filters": {},
        "select": {"per_problem": 3, "choose": "shortest"},
    }
    return check(DataRecipe, values, "curate")


class Watch:
    """Seconds, and the largest sum of proportional set sizes of this process and those below it."""

    def __enter__(self) -> Watch:
        self.peak, self._stop = 0, threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        self._started = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self._started
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        me = psutil.Process()
        while not self._stop.wait(0.5):
            total = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    total += process.memory_full_info().pss
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
            self.peak = max(self.peak, total)


def curate(made: Path, run: Path, engine: str = "local", workers: int = 2) -> dict[str, Any]:
    """Run it once; seconds by stage are read off the manifest's own times."""
    with Watch() as watch:
        counts = run_data(recipe(made, run, engine, workers))
    return {"seconds": round(watch.seconds, 1), "peak_gib": round(watch.peak / 2**30, 2), "counts": counts}


def found(made: Path, run: Path) -> dict[str, dict[str, Any]]:
    """By planted class: how many there are and how many were found; and false alarms among what is clean."""
    problems, traces = labels(made)
    screened = pq.read_table(run / "prompts.parquet").to_pylist()
    filtered = pq.read_table(run / "filters.parquet", columns=["problem_id", "sample", "reason"]).to_pylist()
    table: dict[str, dict[str, Any]] = {}
    expected = {"near duplicate": "near duplicate", "contaminated": "in a benchmark, by text"}
    _tally(table, "problem", ((problems[row["problem_id"]], row["reason"]) for row in screened), expected)
    expected = {"near duplicate": "near duplicate", "loop": None, "language": None, "no answer": None}
    rows = ((traces[row["problem_id"], row["sample"]], row["reason"]) for row in filtered)
    _tally(table, "trace", rows, expected)
    return table


def _tally(
    table: dict[str, dict[str, Any]],
    what: str,
    rows: Iterator[tuple[str, str | None]],
    expected: dict[str, str | None],
) -> None:
    planted, caught, reasons = Counter[str](), Counter[str](), Counter[str]()
    for kind, reason in rows:
        reason = None if reason == "outside the difficulty range" else reason
        name = kind if kind in expected else "clean"
        planted[name] += 1
        caught[name] += reason is not None and expected.get(name) in (None, reason)
        if name == "clean" and reason is not None:
            reasons[reason] += 1
    for name, number in sorted(planted.items()):
        label = f"{what}: {'false alarms' if name == 'clean' else name}"
        table[label] = {"planted": number, "found": caught[name], "share": round(caught[name] / number, 5)}
        if name == "clean":
            table[label]["reasons"] = dict(reasons)


def bench(traces: int = 100_000, engine: str = "local") -> Iterator[dict[str, Any]]:
    folder = Path(tempfile.mkdtemp(prefix="curate"))
    try:
        make_run(folder / "made", traces)
        ended = curate(folder / "made", folder / f"run_{engine}", engine)
        number = ended["counts"]["filter"]["in"]
        yield {"name": "curate.traces_s", "value": ended["seconds"], "unit": "s", "n": number, "engine": engine}
        yield {"name": "curate.peak_gib", "value": ended["peak_gib"], "unit": "GiB", "n": number}
        for label, cell in found(folder / "made", folder / f"run_{engine}").items():
            yield {"name": f"curate.{label}", "value": cell["share"], "unit": "share", **cell}
    finally:
        shutil.rmtree(folder)


def plot(seconds: dict[int, float], peaks: dict[int, float], path: Path) -> None:
    """Time and memory over the number of traces, with the line of equal time a trace as in the largest run."""
    import matplotlib.pyplot as plt

    sizes = sorted(seconds)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    left.loglog(sizes, [seconds[n] for n in sizes], "o-", color="#2b6cb0", label="measured")
    left.loglog(sizes, [seconds[sizes[-1]] * n / sizes[-1] for n in sizes], "--", color="#888888", label="linear")
    left.set(xlabel="traces of 4 KB", ylabel="seconds")
    left.legend(frameon=False)
    right.semilogx(sizes, [peaks[n] for n in sizes], "o-", color="#b3261e")
    right.set(xlabel="traces of 4 KB", ylabel="peak GiB, all processes", ylim=(0, 4))
    for axis in (left, right):
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.3)
    figure.savefig(path, dpi=110)


def main() -> None:
    """`python -m tests.bench.curate 10000 100000 1000000 [ray] [plot=docs/curate.png]`"""
    seconds, peaks = dict[int, float](), dict[int, float]()
    engine = "ray" if "ray" in sys.argv else "local"
    for size in (int(argument) for argument in sys.argv[1:] if argument.isdigit()):
        for figure in bench(size, engine):
            print(json.dumps(figure, ensure_ascii=False), flush=True)
            if figure["name"] == "curate.traces_s":
                seconds[figure["n"]] = figure["value"]
            elif figure["name"] == "curate.peak_gib":
                peaks[figure["n"]] = figure["value"]
    for argument in sys.argv[1:]:
        if argument.startswith("plot="):
            plot(seconds, peaks, Path(argument.removeprefix("plot=")))


if __name__ == "__main__":
    main()
