"""Export: selected traces → `sft/train.parquet`, right against wrong → `pairs/train.parquet`, and the data card.

Both load with `datasets.load_dataset("parquet", …)` and are what TRL takes: prompt, completion, images.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datasets import Features, Image, List, Value

from redstar_geo.data_prep.card import write_card
from redstar_geo.data_prep.prompts import asked
from redstar_geo.generation.prompt import completion_messages, prompt_messages
from redstar_geo.progress import progress
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import Problem, Trace, from_table
from redstar_geo.run import Counts, Run, write_rows

_ROWS_AT_ONCE = 1024
_MESSAGES = List({"role": Value("string"), "content": Value("string")})
_SFT = Features(
    {"id": Value("string"), "prompt": _MESSAGES, "completion": _MESSAGES, "images": List(Image())}
).arrow_schema
_PAIRS = Features(
    {
        "id": Value("string"),
        "prompt": _MESSAGES,
        "chosen": _MESSAGES,
        "rejected": _MESSAGES,
        "images": List(Image()),
    }
).arrow_schema


def export(run: Run, recipe: DataRecipe) -> None:
    """Write what is taught, account for every prompt, and describe it all in README.md."""
    prompts = Counts()
    write_rows(run.path("sft", "train.parquet"), _SFT, _sft_rows(run, prompts))
    pairs = write_rows(run.path("pairs", "train.parquet"), _PAIRS, _pair_rows(run))
    run.finish("prompts", prompts, pairs=pairs)
    write_card(run, recipe)


def _sft_rows(run: Run, counts: Counts) -> Iterator[dict[str, Any]]:
    """The taught traces; each asked problem is counted as taught, or under the reason why it is not."""
    answered = set(pq.read_table(run.path("traces.parquet"), columns=["problem_id"]).column(0).unique().to_pylist())
    correct = _with_a_right_answer(run)
    taught = pc.is_null(pq.read_table(run.path("selection.parquet"), columns=["reason"]).column(0))
    for problem, traces in progress(_by_problem(run, taught), "export"):
        counts.in_ += 1
        if traces:
            counts.out += 1
        elif problem.id not in answered:
            counts.reject("no response")
        else:
            counts.reject("not selected" if problem.id in correct else "no verified trace")
        for trace in traces:
            yield {
                "id": f"{problem.id}#{trace.sample}",
                "prompt": prompt_messages(problem),
                "completion": completion_messages(trace.text),
                "images": _images(problem),
            }


def _pair_rows(run: Run) -> Iterator[dict[str, Any]]:
    paired = pq.read_table(run.path("pairing.parquet"))
    pairs = {
        problem_id: [(row["chosen"], row["rejected"]) for row in group]
        for problem_id, group in groupby(paired.to_pylist(), key=lambda row: row["problem_id"])
    }
    if not pairs:
        return
    ids = pq.read_table(run.path("traces.parquet"), columns=["problem_id"]).column(0)
    concerned = pc.is_in(ids, value_set=pa.array(list(pairs)))
    for problem, traces in _by_problem(run, concerned):
        by_sample = {trace.sample: trace for trace in traces}
        for chosen, rejected in pairs.get(problem.id, ()):
            yield {
                "id": f"{problem.id}#{chosen}-{rejected}",
                "prompt": prompt_messages(problem),
                "chosen": completion_messages(by_sample[chosen].text),
                "rejected": completion_messages(by_sample[rejected].text),
                "images": _images(problem),
            }


def _by_problem(run: Run, wanted: pa.ChunkedArray) -> Iterator[tuple[Problem, list[Trace]]]:
    """Every asked problem with its wanted traces: both files are in the same order, so one pass is enough."""
    groups = groupby(_traces(run, wanted), key=lambda trace: trace.problem_id)
    following = next(groups, None)
    for problem in asked(run):
        if following is not None and following[0] == problem.id:
            yield problem, list(following[1])
            following = next(groups, None)
        else:
            yield problem, []


def _traces(run: Run, wanted: pa.ChunkedArray) -> Iterator[Trace]:
    """The traces of the wanted rows; the others are never made into objects."""
    row = 0
    with pq.ParquetFile(run.path("traces.parquet")) as file:
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
            yield from from_table(Trace, pa.Table.from_batches([batch]).filter(wanted.slice(row, batch.num_rows)))
            row += batch.num_rows


def _with_a_right_answer(run: Run) -> set[str]:
    with pq.ParquetFile(run.path("traces.parquet")) as file:
        found = file.read(columns=["problem_id", "verdict.status"])
    status = pc.struct_field(found.column("verdict"), "status")
    return set(found.column("problem_id").filter(pc.equal(status, "correct")).unique().to_pylist())


def _images(problem: Problem) -> list[dict[str, Any]]:
    return [{"bytes": image.data, "path": None} for image in problem.images]
