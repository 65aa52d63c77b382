"""Filter: which traces are fit to train on → `filters.parquet`, a row a trace, with examples in `filters.html`.

A worker looks at each trace alone; near duplicates among the correct ones are searched for over all of them at the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from redstar_geo.filters import Asked, Filters, reject
from redstar_geo.overlap.near import near_duplicates
from redstar_geo.overlap.text import PERMUTATIONS, signature
from redstar_geo.recipes.data import DataRecipe, TraceFilters
from redstar_geo.records import Problem, Trace, from_table, read
from redstar_geo.report.filters import write_report
from redstar_geo.run import Counts, Run, atomic
from redstar_geo.shards import Shards, whole_table

_GROUPS_A_SHARD = 64
_GROUP_TIMEOUT_S = 600.0
_EXAMPLES = 5
FILTERED = pa.schema(
    [("problem_id", pa.string()), ("sample", pa.int64()), ("reason", pa.string()), ("detail", pa.string())]
)
_WITH_SIGNATURE = FILTERED.append(pa.field("signature", pa.binary()))  # of correct traces without a reason
_NO_SIGNATURE = b""
_Group = tuple[int, dict[str, Asked]]  # a row group of traces.parquet, and the questions of its problems


def filter_traces(run: Run, recipe: DataRecipe, settings: TraceFilters) -> None:
    """Write `filters.parquet`, count every trace under its first reason, and show examples of each reason."""
    path = run.path("traces.parquet")
    shards = Shards(run.path("parts", "filter"), _WITH_SIGNATURE, _GROUPS_A_SHARD)
    work = partial(_filtered, path=path, language=None if settings.language == "problem" else settings.language)
    groups = pq.read_metadata(path).num_row_groups
    shards.fill(recipe.where, work, _groups(run, path, groups), _GROUP_TIMEOUT_S, whole_table, groups)
    repeated = _repeated(shards) if settings.duplicates == "drop" else {}
    counts = _write(run.path("filters.parquet"), shards, repeated)
    _report(run, counts)
    run.finish("filter", counts, ["filters.parquet"])


def _groups(run: Run, path: Path, number: int) -> Iterator[_Group]:
    """The row groups with their problems' questions: both files are in the same order, so one pass is enough."""
    problems = read(Problem, run.path("problems.parquet"), images=False)
    questions: dict[str, Asked] = {}
    with pq.ParquetFile(path) as file:
        for group in range(number):
            ids = file.read_row_group(group, columns=["problem_id"]).column(0).unique().to_pylist()
            questions = {problem_id: questions[problem_id] for problem_id in ids if problem_id in questions}
            for problem_id in ids:
                while problem_id not in questions:
                    problem = next(problems)
                    if problem.id == problem_id:
                        questions[problem_id] = Asked(problem.question, problem.language, problem.domain)
            yield group, questions


def _filtered(task: _Group, path: Path, language: str | None) -> pa.Table:
    """In a worker process: reason, detail and signature of each trace of a row group."""
    group, questions = task
    settings = Filters(language)
    with pq.ParquetFile(path) as file:
        table = file.read_row_group(group)
    rows = []
    for trace in from_table(Trace, table):
        question = questions[trace.problem_id]
        rejection = reject(
            trace, question=question.question, language=question.language, domain=question.domain, settings=settings
        )
        correct = trace.verdict is not None and trace.verdict.status == "correct"
        signed = signature(trace.text).tobytes() if correct and rejection is None else _NO_SIGNATURE
        row = {"problem_id": trace.problem_id, "sample": trace.sample, "signature": signed}
        rows.append(row if rejection is None else row | {"reason": rejection.reason, "detail": rejection.detail})
    return pa.Table.from_pylist(rows, _WITH_SIGNATURE)


def _repeated(shards: Shards) -> dict[int, tuple[int, float]]:
    """Row → the earlier row that it nearly repeats, and how near, among correct traces without another reason."""
    rows: list[NDArray[np.int64]] = []
    signatures: list[NDArray[np.uint32]] = []
    start = 0
    for table in shards.tables(["signature"]):
        column = table.column("signature").combine_chunks()
        signed = np.flatnonzero(pc.greater(pc.binary_length(column), 0))
        held = b"".join(column.take(pa.array(signed)).to_pylist())
        rows.append(start + signed)
        signatures.append(np.frombuffer(held, np.uint32).reshape(-1, PERMUTATIONS))
        start += len(column)
    if not rows:
        return {}
    where = np.concatenate(rows)
    pairs = near_duplicates(np.concatenate(signatures))
    later, earlier = where[pairs["later"]].tolist(), where[pairs["earlier"]].tolist()
    return dict(zip(later, zip(earlier, pairs["similarity"].tolist(), strict=True), strict=True))


def _write(target: Path, shards: Shards, repeated: dict[int, tuple[int, float]]) -> Counts:
    """The parts without signatures, near duplicates marked, in one file."""
    counts, start = Counts(), 0
    keys = _keys(shards, {earlier for earlier, _ in repeated.values()})
    with atomic(target) as temporary, pq.ParquetWriter(temporary, FILTERED, compression="zstd") as writer:
        for table in shards.tables(FILTERED.names):
            reasons, details = table.column("reason").to_pylist(), table.column("detail").to_pylist()
            for place, row in enumerate(range(start, start + len(table))):
                if row in repeated:
                    earlier, near = repeated[row]
                    reasons[place], details[place] = "near duplicate", f"{near:.2f} like {keys[earlier]}"
                counts.add(reasons[place])
            start += len(table)
            named = [pa.array(reasons, pa.string()), pa.array(details, pa.string())]
            writer.write_table(pa.table([table.column("problem_id"), table.column("sample"), *named], schema=FILTERED))
    return counts


def _keys(shards: Shards, wanted: set[int]) -> dict[int, str]:
    """Row → `problem#sample`."""
    keys, row = dict[int, str](), 0
    for table in shards.tables(["problem_id", "sample"]):
        for problem_id, sample in zip(table.column(0).to_pylist(), table.column(1).to_pylist(), strict=True):
            if row in wanted:
                keys[row] = f"{problem_id}#{sample}"
            row += 1
    return keys


def _report(run: Run, counts: Counts) -> None:
    """The first examples of each reason, where they stand and what is wrong."""
    examples: dict[str, list[tuple[str, str]]] = defaultdict(list)
    with pq.ParquetFile(run.path("filters.parquet")) as file:
        for batch in file.iter_batches():
            for row in pa.Table.from_batches([batch]).filter(pc.is_valid(pc.field("reason"))).to_pylist():
                if len(examples[row["reason"]]) < _EXAMPLES:
                    examples[row["reason"]].append((f"{row['problem_id']}#{row['sample']}", row["detail"]))
    write_report(run.path("filters.html"), counts.rejected, examples, counts.in_)
