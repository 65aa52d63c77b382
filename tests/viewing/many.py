"""A run folder with as many made-up traces as wanted, in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from redstar_geo.records import SCHEMAS, Problem, StepVerdict, Trace, Verdict, to_row
from redstar_geo.run import open_run

GROUP, SAMPLES = 1024, 5
VERDICTS = (
    Verdict("correct", "match", "5", (StepVerdict("AB = CD", "true", "given"),)),
    Verdict("wrong", "different", "6"),
    Verdict("undecided", "truncated"),
)


def write_many(folder: Path, traces: int) -> None:
    """`problems.parquet`, `traces.parquet` and `selection.parquet`, five traces a problem."""
    folder.mkdir(parents=True)
    with open_run(folder, {"makes": "traces"}):
        pass
    blocks = np.arange(GROUP)
    problem = Problem("", "geometry", "", "train", "CC0-1.0", "", "5", "number", "en")
    told = Trace("", 0, "teacher", "key", "So it is. " * 150, r"\boxed{5}", "stop", 100, 0, 1.0)
    problem_block = pa.Table.from_pylist(
        [to_row(problem) | {"source": ["a", "b", "c"][i % 3], "difficulty": 1.0 + i % 10} for i in blocks.tolist()],
        schema=SCHEMAS[Problem],
    )
    trace_block = pa.Table.from_pylist(
        [
            to_row(told) | to_row_of(i) | {"sample": i % SAMPLES, "completion_tokens": 10 * (i % 97)}
            for i in blocks.tolist()
        ],
        schema=SCHEMAS[Trace],
    )
    _write(folder / "problems.parquet", problem_block, traces // SAMPLES, lambda i: {"id": i, "question": i})
    _write(folder / "traces.parquet", trace_block, traces, lambda i: {"problem_id": [n // SAMPLES for n in i]})
    reasons = np.resize(np.array([None, None, "wrong", "over the cap per problem"], dtype=object), traces)
    ids = pq.read_table(folder / "traces.parquet", columns=["problem_id", "sample"])
    pq.write_table(ids.append_column("reason", pa.array(reasons, pa.string())), folder / "selection.parquet")


def to_row_of(i: int) -> dict[str, object]:
    return {"verdict": to_row(Trace("", 0, "", "", "", "", "", verdict=VERDICTS[i % 3]))["verdict"]}


def _write(path: Path, block: pa.Table, rows: int, named) -> None:  # type: ignore[no-untyped-def]
    with pq.ParquetWriter(path, block.schema, compression="zstd") as writer:
        for start in range(0, rows, GROUP):
            numbers = range(start, min(rows, start + GROUP))
            part = block.slice(0, len(numbers))
            for name, values in named(list(numbers)).items():
                made = pa.array([f"made/{value}" for value in values])
                part = part.set_column(part.schema.get_field_index(name), name, made)
            writer.write_table(part)
