"""Sample: problems → teacher → ledger. A response is on disk before it counts, so nothing is made twice.

The formal teacher works in a pool of processes; a problem that outlasts its limit loses its process, not the run.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping
from multiprocessing import get_context
from pathlib import Path

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from redstar_geo.data_prep.recipe import DataRecipe, FormalGeo7kSource, FormalTeacher
from redstar_geo.geometry.formal import ReplayError
from redstar_geo.progress import progress
from redstar_geo.records import Problem, read
from redstar_geo.run import Counts, Run
from redstar_geo.teacher import formal
from redstar_geo.teacher.ledger import Ledger, request_key

_IN_FLIGHT = 64  # problems handed out and not yet stored: all that a kill can cost
_Told = list[tuple[str, int, str | None, Mapping[str, str]]]  # key, sample, failure, response


def sample(run: Run, recipe: DataRecipe, teacher: FormalTeacher) -> None:
    """Ask for every response that the ledger does not hold yet."""
    counts = Counts()
    gdl = Path(recipe.source.path) / "gdl" if isinstance(recipe.source, FormalGeo7kSource) else None
    with Ledger(run.path("ledger.sqlite")) as ledger:
        _fill(run, recipe, teacher, gdl, ledger)
        for _, key, _ in requests(run, recipe, teacher):
            counts.in_ += 1
            stored = ledger.get(key)
            if stored is None:
                counts.pending += 1
            elif stored[0] is not None:
                counts.reject(stored[0])
            else:
                counts.out += 1
    run.finish("sample", counts)


def requests(run: Run, recipe: DataRecipe, teacher: FormalTeacher) -> Iterator[tuple[Problem, str, int]]:
    """Every request of the run as (problem without images, key, sample number), in order."""
    style = formal.Style(teacher.form, teacher.voices)
    for problem in read(Problem, run.path("problems.parquet"), images=False):
        for number in range(teacher.samples):
            yield problem, request_key(formal.request(problem, style, number, recipe.seed)), number


def _fill(run: Run, recipe: DataRecipe, teacher: FormalTeacher, gdl: Path | None, ledger: Ledger) -> None:
    held = ledger.keys()
    tasks: dict[str, tuple[Problem, list[tuple[str, int]]]] = {}
    for problem, key, number in requests(run, recipe, teacher):
        if key not in held:
            tasks.setdefault(problem.id, (problem, []))[1].append((key, number))
    if not tasks:
        return
    style = formal.Style(teacher.form, teacher.voices)
    waiting: deque[tuple[Problem, list[tuple[str, int]], ProcessFuture]] = deque()
    pool = ProcessPool(max_workers=recipe.workers, context=get_context("spawn"))
    hashing = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = "0"  # for the workers: the solver walks sets, and proofs must not depend on that
    try:
        for problem, samples in progress(tasks.values(), "formal teacher", len(tasks)):
            arguments = (problem, samples, gdl, style, recipe.seed)
            waiting.append((problem, samples, pool.schedule(_tell, args=arguments, timeout=teacher.timeout_s)))
            if len(waiting) >= _IN_FLIGHT:
                _store(ledger, *waiting.popleft())
        while waiting:
            _store(ledger, *waiting.popleft())
    finally:
        pool.stop()
        pool.join()
        if hashing is None:
            del os.environ["PYTHONHASHSEED"]
        else:
            os.environ["PYTHONHASHSEED"] = hashing


def _tell(problem: Problem, samples: list[tuple[str, int]], gdl: Path | None, style: formal.Style, seed: int) -> _Told:
    """In a worker process: prove once, tell each sample."""
    try:
        proof = formal.prove(problem, gdl)
    except ReplayError as error:
        return [(key, number, error.reason, {"detail": str(error)}) for key, number in samples]
    return [(key, number, None, formal.answer(problem, proof, style, number, seed)) for key, number in samples]


def _store(ledger: Ledger, problem: Problem, samples: list[tuple[str, int]], future: ProcessFuture) -> None:
    error = future.exception()
    if error is None:
        told: _Told = future.result()
    else:
        reasons = {TimeoutError: "timeout", ProcessExpired: "worker_died"}
        reason = next((reasons[kind] for kind in reasons if isinstance(error, kind)), "teacher_error")
        told = [(key, number, reason, {"detail": repr(error)}) for key, number in samples]
    ledger.add((key, problem.id, number, failure, body) for key, number, failure, body in told)
