"""Select: which verified traces are taught, and which right and wrong ones make preference pairs.

`selection.parquet` has a row for each of `traces.parquet` with the reason why it is not taught, or none;
`pairing.parquet` names the pairs by their sample numbers.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from redstar_geo.data_prep.gather import origins
from redstar_geo.data_prep.prompts import asked
from redstar_geo.errors import InputError
from redstar_geo.overlap.text import signature
from redstar_geo.progress import progress
from redstar_geo.recipes.data import DataRecipe, Pairing, Selection, by_level
from redstar_geo.run import Counts, Run, atomic, write_rows
from redstar_geo.sources.catalogue import RunSource

_ROWS_AT_ONCE = 1024
SELECTED = pa.schema([("problem_id", pa.string()), ("sample", pa.int64()), ("reason", pa.string())])
PAIRED = pa.schema([("problem_id", pa.string()), ("chosen", pa.int64()), ("rejected", pa.int64())])


@dataclass(frozen=True)
class Candidate:
    """What selection knows of a trace. `unfit` is the filter's reason against it."""

    row: int
    problem_id: str
    sample: int
    status: str
    false_step: bool
    unfit: str | None
    text: str
    seed: int = 0

    @property
    def lot(self) -> int:
        """A number drawn for this trace, the same in every run of a seed."""
        return int.from_bytes(hashlib.sha256(f"{self.seed}/{self.problem_id}/{self.sample}".encode()).digest()[:7])


def select(run: Run, recipe: DataRecipe) -> None:
    """Write `selection.parquet` and `pairing.parquet`, and count every trace under its reason.

    Raises:
        InputError: a source has fewer traces to teach than the recipe wants of it.
    """
    levels = {problem.id: problem.difficulty for problem in asked(run, images=False)}
    reasons: list[str | None] = []
    taken: list[tuple[int, int, str, int]] = []  # rank within the problem, lot, problem, row
    pairs: list[dict[str, object]] = []
    by_problem = groupby(progress(_candidates(run, recipe.seed), "select"), key=lambda found: found.problem_id)
    for problem_id, group in by_problem:
        candidates = list(group)
        level = levels.get(problem_id)
        against = {c.row: _unteachable(c, recipe.select, level, problem_id in levels) for c in candidates}
        fit = [c for c in candidates if against[c.row] is None]
        cap = by_level(recipe.select.by_difficulty, level, recipe.select.per_problem)
        kept = choose(fit, cap, recipe.select.choose)
        over = [c for c in fit if c not in kept]
        against |= {c.row: "over the cap per problem" for c in over}
        taken += [(rank, c.lot, problem_id, c.row) for rank, c in enumerate(kept)]
        pairs += paired([*kept, *over], candidates, recipe.pairs)
        reasons += against.values()
    for row, bound in _over_the_bounds(run, recipe, taken):
        reasons[row] = bound
    _write(run, reasons)
    write_rows(run.path("pairing.parquet"), PAIRED, pairs)
    tally = Counter(reasons)
    counts = Counts(in_=len(reasons), out=tally.pop(None, 0))
    for reason, number in tally.items():
        counts.reject(str(reason), number)
    run.finish("select", counts)


def choose(fit: Sequence[Candidate], cap: int, how: str) -> list[Candidate]:
    """At most `cap` of a problem's fit traces: the first, the shortest, any, or those least alike."""
    if len(fit) <= cap or how == "first":
        return list(fit[:cap])
    if how == "shortest":
        return sorted(fit, key=lambda c: (len(c.text), c.sample))[:cap]
    if how == "random":
        return sorted(fit, key=lambda c: c.lot)[:cap]
    return _least_alike(fit, cap)


def _least_alike(fit: Sequence[Candidate], cap: int) -> list[Candidate]:
    """From the first on, always the one whose nearest chosen one is farthest (greedy k-centre, Gonzalez 1985)."""
    signatures = [signature(candidate.text) for candidate in fit]
    chosen = [0]
    nearest = [_alike(signatures[0], other) for other in signatures]
    while len(chosen) < cap:
        following = min((i for i in range(len(fit)) if i not in chosen), key=lambda i: nearest[i])
        chosen.append(following)
        nearest = [max(n, _alike(signatures[following], s)) for n, s in zip(nearest, signatures, strict=True)]
    return [fit[i] for i in chosen]


def _alike(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> float:
    return float((one == other).mean())


def paired(right: Sequence[Candidate], candidates: Sequence[Candidate], pairing: Pairing) -> list[dict[str, object]]:
    """Right with wrong traces, as like in length as can be (an assignment problem), none twice."""
    right = right[: pairing.per_problem]
    wrong = [c for c in candidates if c.status == "wrong" and c.unfit is None]
    if not right or not wrong:
        return []
    apart = np.abs(np.log([[(len(r.text) + 1) / (len(w.text) + 1) for w in wrong] for r in right]))
    chosen, rejected = linear_sum_assignment(apart)
    near = sorted(zip(chosen, rejected, strict=True), key=lambda pair: pair[0])
    return [
        {"problem_id": right[r].problem_id, "chosen": right[r].sample, "rejected": wrong[w].sample}
        for r, w in near
        if apart[r, w] <= np.log(pairing.length_ratio)
    ]


def _unteachable(candidate: Candidate, selection: Selection, level: float | None, known: bool) -> str | None:
    if candidate.status != "correct" and not selection.unverified:
        return candidate.status
    if candidate.unfit is not None:
        return f"filter: {candidate.unfit}"
    if not known:
        return "problem screened out"
    if candidate.false_step and not (selection.wrong_steps or selection.unverified):
        return "right answer by wrong steps"
    if selection.difficulty is not None:
        low, high = selection.difficulty
        if level is None or not low <= level <= high:
            return "outside the difficulty range"
    return None


def _over_the_bounds(run: Run, recipe: DataRecipe, taken: list[tuple[int, int, str, int]]) -> Iterator[tuple[int, str]]:
    """Rows beyond what a source, then the run, may teach: every prompt keeps its first trace before any its second."""
    taken.sort()
    left = set[int]()
    wanted = {name: s.traces for name, s in recipe.named_sources.items() if isinstance(s, RunSource) and s.traces}
    if wanted:
        origin = origins(run)
        for name, number in wanted.items():
            own = [row for _, _, problem_id, row in taken if origin[problem_id] == name]
            if len(own) < number:
                raise InputError(
                    f"sources.{name}.traces={number}, but only {len(own)} traces of it can be taught under its "
                    "filters and caps. Ask for fewer, or raise select.per_problem."
                )
            left.update(own[number:])
            yield from ((row, f"over the share of {name}") for row in own[number:])
    if recipe.select.limit is not None:
        kept = [row for *_, row in taken if row not in left]
        yield from ((row, "over the limit of the run") for row in kept[recipe.select.limit :])


def _candidates(run: Run, seed: int) -> Iterator[Candidate]:
    unfit = _unfit(run)
    columns = ["problem_id", "sample", "verdict.status", "verdict.steps.list.element.status", "reasoning", "response"]
    row = 0
    with pq.ParquetFile(run.path("traces.parquet")) as file:
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=columns):
            texts = pc.binary_join_element_wise(batch.column("reasoning"), batch.column("response"), "\n").to_pylist()
            ids, samples = batch.column("problem_id").to_pylist(), batch.column("sample").to_pylist()
            for problem_id, sample, verdict, text in zip(
                ids, samples, batch.column("verdict").to_pylist(), texts, strict=True
            ):
                false_step = any(step["status"] == "false" for step in verdict["steps"])
                yield Candidate(row, problem_id, sample, verdict["status"], false_step, next(unfit), text, seed)
                row += 1


def _unfit(run: Run) -> Iterator[str | None]:
    """The filters' reason against each trace, in order; none for any where the recipe has no filters."""
    path = run.path("filters.parquet")
    if not path.is_file():
        while True:
            yield None
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=["reason"]):
            yield from batch.column("reason").to_pylist()


def _write(run: Run, reasons: Sequence[str | None]) -> None:
    keys = pq.read_table(run.path("traces.parquet"), columns=["problem_id", "sample"])
    table = keys.append_column("reason", pa.array(reasons, pa.string())).cast(SELECTED)
    with atomic(run.path("selection.parquet")) as temporary:
        pq.write_table(table, temporary, compression="zstd")
