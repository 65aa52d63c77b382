"""Sample: problems → teacher → ledger. A response is on disk before it counts, so nothing is made or paid for twice.

The formal teacher works in a pool of processes; teachers that are asked have a loop of their own (`ask`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import groupby
from pathlib import Path

from redstar_geo.cache import checked
from redstar_geo.data_prep.ask import Unfinished, ask, asking
from redstar_geo.data_prep.prompts import prompts
from redstar_geo.generation.refusal import is_lasting
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.pool import KILLED, killed
from redstar_geo.progress import progress
from redstar_geo.recipes.data import DataRecipe, FormalTeacher, Teacher
from redstar_geo.records import Problem
from redstar_geo.run import Counts, Run
from redstar_geo.teacher import formal
from redstar_geo.teacher.ledger import Ledger, request_key

_OF_THE_MOMENT = ("timeout", "memory", "worker_died")  # proofs are bounded by work, so this is the machine's
_Answers = list[tuple[str, int, str | None, Mapping[str, str]]]  # key, sample, failure, response


def sample(run: Run, recipe: DataRecipe, teacher: Teacher) -> None:
    """Ask for every response that the ledger does not hold yet.

    Raises:
        InputError: the ledger is damaged.
        RedStarError: a worker of the formal teacher was killed from outside; all other problems are done first.
    """
    with Ledger(run.path("ledger.sqlite")) as ledger:
        ledger.check()
        if isinstance(teacher, FormalTeacher):
            _fill(run, recipe, teacher, ledger)
    if isinstance(teacher, FormalTeacher):
        counts, again = _counts(run, recipe, teacher), {}
    else:
        unfinished = ask(run, recipe, teacher)
        counts = _counts(run, recipe, teacher, unfinished if teacher.sampling.wanted else None)
        again = {"ask_again": unfinished.problems > 0} if counts.rejected else {}
    run.finish("sample", counts, ["ledger.sqlite"], **again)


def to_be_asked(run: Run, recipe: DataRecipe) -> bool:
    """Whether responses are missing that asking again may bring: pending ones, and failures not of the prompts' own.

    A manifest of version 0.1 does not say the latter of a teacher that is asked; then the ledger does.
    """
    if not run.finished("sample"):
        return True
    counts = run.manifest["counts"]["sample"]
    if counts["pending"] or not counts["rejected"]:
        return bool(counts["pending"])
    if isinstance(recipe.teacher, FormalTeacher):
        return not counts["rejected"].keys().isdisjoint(_OF_THE_MOMENT)
    if "ask_again" in counts:
        return bool(counts["ask_again"])
    with Ledger(run.path("ledger.sqlite")) as ledger:
        return ledger.has_failures_to_ask_again()


def _counts(run: Run, recipe: DataRecipe, teacher: Teacher, unfinished: Unfinished | None = None) -> Counts:
    """Of all requests that were made or are still to be made.

    With adaptive sampling nobody knows how many more a prompt needs: an unfinished one counts as one pending request,
    in the place of those that an accident failed.
    """
    counts = Counts()
    with Ledger(run.path("ledger.sqlite")) as ledger:
        for id, group in groupby(requests(run, recipe, teacher), key=lambda request: request[0].id):
            stored = [ledger.get(key) for _, key, _ in group]
            known = [row for row in stored if row is not None]
            to_come = unfinished is not None and id in unfinished.begun
            for failure, body in known:
                if failure is None or is_lasting(body) or not to_come:
                    counts.add(failure)
            counts.pending += len(stored) - len(known) if unfinished is None else 0
    counts.pending += unfinished.problems if unfinished is not None else 0
    counts.in_ += counts.pending
    return counts


def requests(run: Run, recipe: DataRecipe, teacher: Teacher) -> Iterator[tuple[Problem, str, int]]:
    """Every request that the run may make as (problem with its images' hashes alone, key, sample number), in order."""
    if isinstance(teacher, FormalTeacher):
        style = formal.Style(teacher.form, teacher.voices, teacher.mistakes)
        for problem in prompts(run, images=False):
            for number in range(teacher.samples):
                yield problem, request_key(formal.request(problem, style, number, recipe.seed)), number
        return
    written = asking(teacher, recipe.seed)
    for problem in prompts(run, images=False):
        for number in range(teacher.sampling.most(problem.difficulty)):
            yield problem, request_key(written.key(problem, number, None)), number


def _fill(run: Run, recipe: DataRecipe, teacher: FormalTeacher, ledger: Ledger) -> None:
    held = ledger.keys() - ledger.failed(_OF_THE_MOMENT)
    tasks: dict[str, tuple[Problem, list[tuple[str, int]]]] = {}
    for problem, key, number in requests(run, recipe, teacher):
        if key not in held:
            tasks.setdefault(problem.id, (problem, []))[1].append((key, number))
    if not tasks:
        return
    style = formal.Style(teacher.form, teacher.voices, teacher.mistakes)
    work = partial(_tell, library=checked(run.path("facts.sqlite")), gdl=recipe.gdl, style=style, seed=recipe.seed)
    outcomes = recipe.where.mapped(work, tasks.values(), teacher.timeout_s)
    accidents = 0
    for (problem, samples), answers, failure in progress(outcomes, "formal teacher", len(tasks)):
        if failure == KILLED:
            accidents += 1
            continue
        if answers is None:
            reason = failure if failure in _OF_THE_MOMENT else "teacher_error"
            answers = [(key, number, reason, {"detail": str(failure)}) for key, number in samples]
        ledger.add((key, problem.id, number, reason, body) for key, number, reason, body in answers)
    if accidents:
        raise killed(accidents)


def _tell(
    task: tuple[Problem, list[tuple[str, int]]], library: Path, gdl: Path | None, style: formal.Style, seed: int
) -> _Answers:
    """In a worker process: prove once, tell each sample."""
    problem, samples = task
    if problem.source == "reading":
        return [(key, number, None, formal.read_off(problem)) for key, number in samples]
    with Library(library, gdl) as known:
        try:
            proof = known.proof(problem)
        except ReplayError as error:
            return [(key, number, error.reason, {"detail": str(error)}) for key, number in samples]
    return [(key, number, None, formal.answer(problem, proof, style, number, seed)) for key, number in samples]
