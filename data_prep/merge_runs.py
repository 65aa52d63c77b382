"""Merge runs: finished runs → one `problems.parquet` and one `traces.parquet`, to be selected from anew.

Whole tables are copied, so a million traces take a minute. `origins.parquet` says which problem came from where.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from redstar_geo.aligned import aligned
from redstar_geo.errors import InputError
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import SCHEMAS, Problem, Trace
from redstar_geo.run import Counts, Run, atomic
from redstar_geo.sources.catalogue import RunSource

_ROWS_A_GROUP = 1024
_ORIGINS = pa.schema([("problem_id", pa.string()), ("origin", pa.string())])


def merge_runs(run: Run, recipe: DataRecipe) -> None:
    """Copy the runs' rows in the recipe's order. A problem that an earlier run has is left out with its traces.

    Raises:
        InputError: a source is no finished run, or none of them has a problem.
    """
    folders = {name: Path(s.path) for name, s in recipe.named_sources.items() if isinstance(s, RunSource)}
    origin: dict[str, str] = {}
    problems = _copy(run.path("problems.parquet"), SCHEMAS[Problem], _problems(folders, origin))
    if not problems.out:
        run.path("problems.parquet").unlink()
        paths = ", ".join(map(str, folders.values()))
        raise InputError(f"No problem in {paths}: no run there asked one. Name a run that has traces.")
    traces = _copy(run.path("traces.parquet"), SCHEMAS[Trace], _traces(folders, origin))
    with atomic(run.path("origins.parquet")) as temporary:
        pq.write_table(pa.table([pa.array(list(origin)), pa.array(list(origin.values()))], schema=_ORIGINS), temporary)
    run.finish("collect", problems, ["problems.parquet", "origins.parquet"])
    run.finish("verify", traces, ["traces.parquet"])


def origins(run: Run) -> dict[str, str]:
    """Problem id → name of the source that it came from."""
    table = pq.read_table(run.path("origins.parquet"))
    return dict(zip(table.column("problem_id").to_pylist(), table.column("origin").to_pylist(), strict=True))


def _problems(folders: Mapping[str, Path], origin: dict[str, str]) -> Iterator[tuple[pa.Table, list[bool]]]:
    """The prompts of the runs with their levels, and which are new; these get their origin."""
    for name, folder in folders.items():
        screened = {folder / "prompts.parquet": ["difficulty", "difficulty_by", "reason"]}
        path = _existing(folder, "problems.parquet")
        for table in aligned(path, screened, optional=True, rows=_ROWS_A_GROUP):
            table = table.filter(pc.is_null(table["reason"]))
            yield table, [origin.setdefault(problem_id, name) == name for problem_id in table["id"].to_pylist()]


def _traces(folders: Mapping[str, Path], origin: Mapping[str, str]) -> Iterator[tuple[pa.Table, list[bool]]]:
    for name, folder in folders.items():
        for table in aligned(_existing(folder, "traces.parquet"), {}, rows=_ROWS_A_GROUP):
            yield table, [origin.get(problem_id) == name for problem_id in table["problem_id"].to_pylist()]


def _existing(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise InputError(f"{path} is missing, so {folder} is no finished run with traces. Run its recipe first.")
    return path


def _copy(path: Path, schema: pa.Schema, tables: Iterator[tuple[pa.Table, list[bool]]]) -> Counts:
    """Write the rows that are marked; the problems of the others are an earlier run's."""
    counts = Counts()
    with atomic(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for table, marks in tables:
            if any(marks):  # nothing would become an empty row group
                writer.write_table(table.select(schema.names).filter(pa.array(marks)))
            counts.add(None, sum(marks))
            counts.add("problem_of_an_earlier_run", len(marks) - sum(marks))
    return counts
