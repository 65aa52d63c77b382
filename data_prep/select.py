"""Select: which verified traces are trained on, and which correct and wrong ones make preference pairs.

`selection.parquet` has a row for each of `traces.parquet` with the reason why it is not trained on, or none;
`pairing.parquet` names the pairs by their sample numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from redstar_geo.aligned import aligned
from redstar_geo.data_prep.merge_runs import origins
from redstar_geo.data_prep.prompts import prompts
from redstar_geo.errors import InputError
from redstar_geo.overlap.text import signature
from redstar_geo.progress import progress
from redstar_geo.recipes.data import DataRecipe, Pairing, Selection, by_level
from redstar_geo.records import StepVerdict
from redstar_geo.run import Counts, Run, atomic, write_rows
from redstar_geo.sources.catalogue import RunSource

SELECTED = pa.schema([("problem_id", pa.string()), ("sample", pa.int64()), ("reason", pa.string())])
PAIRED = pa.schema([("problem_id", pa.string()), ("chosen", pa.int64()), ("rejected", pa.int64())])


@dataclass(frozen=True)
class Candidate:
    """What selection knows of a trace. `mended`: it took an error back; `unfit` is the filter's reason against it."""

    row: int
    problem_id: str
    sample: int
    status: str
    false_step: bool
    unfit: str | None
    text: str
    seed: int = 0
    mended: bool = False

    @property
    def lot(self) -> int:
        """A number drawn for this trace, the same in every run of a seed."""
        return int.from_bytes(hashlib.sha256(f"{self.seed}/{self.problem_id}/{self.sample}".encode()).digest()[:7])


def select(run: Run, recipe: DataRecipe) -> None:
    """Write `selection.parquet` and `pairing.parquet`, and count every trace under its reason.

    Raises:
        InputError: a source has fewer usable traces than the recipe wants of it.
    """
    levels = {problem.id: problem.difficulty for problem in prompts(run, images=False)}
    reasons: list[str | None] = []
    mended: set[int] = set()
    taken: list[tuple[int, int, str, int]] = []  # rank within the problem, lot, problem, row
    pairs: list[dict[str, object]] = []
    by_problem = groupby(progress(_candidates(run, recipe.seed), "select"), key=lambda candidate: candidate.problem_id)
    for problem_id, group in by_problem:
        candidates = list(group)
        level = levels.get(problem_id)
        against = {c.row: _reason_against(c, recipe.select, level, problem_id in levels) for c in candidates}
        fit = [c for c in candidates if against[c.row] is None]
        cap = by_level(recipe.select.by_difficulty, level, recipe.select.per_problem)
        kept = choose(fit, cap, recipe.select.choose)
        over = [c for c in fit if c not in kept]
        against |= {c.row: "over the cap per problem" for c in over}
        taken += [(rank, c.lot, problem_id, c.row) for rank, c in enumerate(kept)]
        pairs += paired([*kept, *over], candidates, recipe.pairs)
        reasons += against.values()
        mended |= {c.row for c in candidates if c.mended}
    for row, bound in _over_the_bounds(run, recipe, taken):
        reasons[row] = bound
    _write(run, reasons)
    write_rows(run.path("pairing.parquet"), PAIRED, pairs)
    with_mended = sum(reasons[row] is None for row in mended)
    outputs = ["selection.parquet", "pairing.parquet"]
    run.finish("select", Counts.of(reasons), outputs, with_a_mended_error=with_mended)


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


def paired(correct: Sequence[Candidate], candidates: Sequence[Candidate], pairing: Pairing) -> list[dict[str, object]]:
    """Correct with wrong traces, as like in length as can be (an assignment problem), none twice."""
    correct = correct[: pairing.per_problem]
    wrong = [c for c in candidates if c.status == "wrong" and c.unfit is None]
    if not correct or not wrong:
        return []
    lengths = [np.log([len(candidate.text) + 1 for candidate in side]) for side in (correct, wrong)]
    return [
        {"problem_id": correct[c].problem_id, "chosen": correct[c].sample, "rejected": wrong[w].sample}
        for c, w in _assigned(*lengths)
        if abs(lengths[0][c] - lengths[1][w]) <= np.log(pairing.length_ratio)
    ]


def _assigned(correct: NDArray[np.float64], wrong: NDArray[np.float64]) -> list[tuple[int, int]]:
    """As many (correct, wrong) as there can be, of the least distance in all.

    Numbers on a line: some best assignment keeps their order, so that one more is assigned or passed over at a time.
    """
    if len(correct) > len(wrong):
        return sorted((c, w) for w, c in _assigned(wrong, correct))
    rows, columns = np.argsort(correct, kind="stable"), np.argsort(wrong, kind="stable")
    apart = np.abs(correct[rows][:, None] - wrong[columns])
    least = np.full((len(rows) + 1, len(columns) + 1), np.inf)  # of the first so many of each
    least[0] = 0
    for i, j in np.ndindex(apart.shape):
        least[i + 1, j + 1] = min(least[i + 1, j], least[i, j] + apart[i, j])
    assigned, j = [], len(columns)
    for i in range(len(rows), 0, -1):
        while least[i, j - 1] == least[i, j]:
            j -= 1
        j -= 1
        assigned.append((int(rows[i - 1]), int(columns[j])))
    return sorted(assigned)


def _reason_against(candidate: Candidate, selection: Selection, level: float | None, known: bool) -> str | None:
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
    """Rows beyond what a source, then the run, may have: every prompt keeps its first trace before any its second."""
    taken.sort()
    left = set[int]()
    wanted = {name: s.traces for name, s in recipe.named_sources.items() if isinstance(s, RunSource) and s.traces}
    if wanted:
        origin = origins(run)
        for name, number in wanted.items():
            own = [row for _, _, problem_id, row in taken if origin[problem_id] == name]
            if len(own) < number:
                raise InputError(
                    f"sources.{name}.traces={number}, but only {len(own)} traces of it can be used under its "
                    "filters and caps. Ask for fewer, or raise select.per_problem."
                )
            left.update(own[number:])
            yield from ((row, f"over the share of {name}") for row in own[number:])
    if recipe.select.limit is not None:
        kept = [row for *_, row in taken if row not in left]
        yield from ((row, "over the limit of the run") for row in kept[recipe.select.limit :])


def _candidates(run: Run, seed: int) -> Iterator[Candidate]:
    """Every trace, with the filters' reason against it where the recipe has filters."""
    steps = [f"verdict.steps.list.element.{name}" for name in ("claim", "status", "reason")]
    columns = ["verdict.status", *steps, "reasoning", "response"]
    filtered = {run.path("filters.parquet"): ["reason"]}
    tables = aligned(run.path("traces.parquet"), filtered, columns, optional=True)
    for row, trace in enumerate(trace for table in tables for trace in table.to_pylist()):
        verdict, text = trace["verdict"], f"{trace['reasoning']}\n{trace['response']}"
        judged = [StepVerdict(**step) for step in verdict["steps"]]
        false_step, mended = any(step.status == "false" for step in judged), any(step.mended for step in judged)
        key = row, trace["problem_id"], trace["sample"]
        yield Candidate(*key, verdict["status"], false_step, trace["reason"], text, seed, mended)


def _write(run: Run, reasons: Sequence[str | None]) -> None:
    keys = pq.read_table(run.path("traces.parquet"), columns=["problem_id", "sample"])
    table = keys.append_column("reason", pa.array(reasons, pa.string())).cast(SELECTED)
    with atomic(run.path("selection.parquet")) as temporary:
        pq.write_table(table, temporary, compression="zstd")
