"""Gather: finished runs → one `problems.parquet` and one `traces.parquet`, to be selected from anew.

Whole tables are copied, so a million traces take a minute. `origins.parquet` says which problem came from where.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from redstar_geo.errors import InputError
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import SCHEMAS, Problem, Trace
from redstar_geo.run import Counts, Run, atomic
from redstar_geo.sources.catalogue import RunSource

_ROWS_AT_ONCE = 1024
_ORIGINS = pa.schema([("problem_id", pa.string()), ("origin", pa.string())])


def gather(run: Run, recipe: DataRecipe) -> None:
    """Copy the runs' rows in the recipe's order. A problem that an earlier run has is left out with its traces.

    Raises:
        InputError: a source is no finished run, or none of them has a problem.
    """
    sources = {name: s for name, s in recipe.named_sources.items() if isinstance(s, RunSource)}
    counts, origins = Counts(), dict[str, str]()
    with _writer(run.path("problems.parquet"), SCHEMAS[Problem]) as problems:
        for name, source in sources.items():
            for batch in _asked(Path(source.path)):
                ids = batch.column("id").to_pylist()
                fresh = [origins.setdefault(problem_id, name) == name for problem_id in ids]
                if any(fresh):  # a batch of nothing would become a row group of nothing
                    problems.write_batch(batch.filter(pa.array(fresh)))
                counts.in_ += len(ids)
                counts.out += sum(fresh)
        if not counts.out:
            paths = ", ".join(source.path for source in sources.values())
            raise InputError(f"No problem in {paths}: no run there asked one. Name a run that has traces.")
    if counts.in_ > counts.out:
        counts.reject("problem_of_an_earlier_run", counts.in_ - counts.out)
    traces = Counts()
    with _writer(run.path("traces.parquet"), SCHEMAS[Trace]) as kept:
        for name, source in sources.items():
            for batch in _batches(Path(source.path) / "traces.parquet"):
                ids = batch.column("problem_id").to_pylist()
                own = [origins.get(problem_id) == name for problem_id in ids]
                if any(own):
                    kept.write_batch(batch.filter(pa.array(own)))
                traces.in_ += len(ids)
                traces.out += sum(own)
    if traces.in_ > traces.out:
        traces.reject("problem_of_an_earlier_run", traces.in_ - traces.out)
    with atomic(run.path("origins.parquet")) as temporary:
        columns = [pa.array(list(origins)), pa.array(list(origins.values()))]
        pq.write_table(pa.table(columns, schema=_ORIGINS), temporary)
    run.finish("collect", counts)
    run.finish("verify", traces)


def origins(run: Run) -> dict[str, str]:
    """Problem id → name of the source that it was gathered from."""
    table = pq.read_table(run.path("origins.parquet"))
    return dict(zip(table.column("problem_id").to_pylist(), table.column("origin").to_pylist(), strict=True))


def _asked(folder: Path) -> Iterator[pa.RecordBatch]:
    """The problems that the run asked, with the level that it gave them."""
    screened = folder / "prompts.parquet"
    levels = pq.read_table(screened) if screened.is_file() else None
    row = 0
    for batch in _batches(folder / "problems.parquet"):
        if levels is not None:
            given = levels.slice(row, batch.num_rows).combine_chunks()
            row += batch.num_rows
            for name in ("difficulty", "difficulty_by"):
                batch = batch.set_column(batch.schema.get_field_index(name), name, given.column(name).chunk(0))
            batch = batch.filter(pc.is_null(given.column("reason").chunk(0)))
        yield batch


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    if not path.is_file():
        raise InputError(f"{path} is missing, so {path.parent} is no finished run with traces. Run its recipe first.")
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=_ROWS_AT_ONCE)


@contextmanager
def _writer(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    with atomic(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        yield writer
