"""Sample: problems → teacher → ledger. A response is on disk before it counts, so nothing is made twice.

The formal teacher works in a pool of processes; a problem that outlasts its limit loses its process, not the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from redstar_geo.pool import mapped
from redstar_geo.data_prep.recipe import DataRecipe, FormalGeo7kSource, FormalTeacher
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.progress import progress
from redstar_geo.records import Problem, read
from redstar_geo.run import Counts, Run
from redstar_geo.teacher import formal
from redstar_geo.teacher.ledger import Ledger, request_key

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
    work = partial(_tell, library=run.path("facts.sqlite"), gdl=gdl, style=style, seed=recipe.seed)
    outcomes = mapped(work, tasks.values(), recipe.workers, teacher.timeout_s)
    for (problem, samples), told, failure in progress(outcomes, "formal teacher", len(tasks)):
        if told is None:
            reason = failure if failure in ("timeout", "worker_died") else "teacher_error"
            told = [(key, number, reason, {"detail": str(failure)}) for key, number in samples]
        ledger.add((key, problem.id, number, reason, body) for key, number, reason, body in told)


def _tell(
    task: tuple[Problem, list[tuple[str, int]]], library: Path, gdl: Path | None, style: formal.Style, seed: int
) -> _Told:
    """In a worker process: prove once, tell each sample."""
    problem, samples = task
    with Library(library, gdl) as known:
        try:
            proof = known.proof(problem)
        except ReplayError as error:
            return [(key, number, error.reason, {"detail": str(error)}) for key, number in samples]
    return [(key, number, None, formal.answer(problem, proof, style, number, seed)) for key, number in samples]
