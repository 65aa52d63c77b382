"""TACO (arXiv 2312.14852, BAAI/TACO): competition programming with tests, solutions and labels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, stored, table
from redstar_geo.sources.programs import code_problem, input_output_tests, local_copy, reference_solutions
from redstar_geo.sources.row import Row, kept, rejecting, text
from redstar_geo.sources.table import Table

TABLE = Table("BAAI/TACO", ("question", "solutions", "starter_code", "input_output", "difficulty"))
DIFFICULTY = {"EASY": 2.0, "MEDIUM": 4.0, "MEDIUM_HARD": 6.0, "HARD": 8.0, "VERY_HARD": 10.0}
_KEPT = ("starter_code", "difficulty", "url", "time_limit", "memory_limit", "tags", "skill_types", "name", "source")


def problems(path: str | None, split: str = "train") -> Iterator[Problem | Rejected]:
    """Every problem of a split: of the authors' Arrow files (`<split>/*.arrow`), or of a converted copy.

    See `table.problems` and `local_copy` for errors.
    """
    copy = local_copy(path, TABLE)
    make = partial(_problem, split=split)
    files = sorted((Path(copy) / split).glob("*.arrow"))
    if files:
        for number, row in enumerate(_arrow_rows(files)):
            yield rejecting(make)(row, f"taco/{split}/{number}")
    else:
        yield from table.problems(TABLE, copy, split, "taco", make)


def _arrow_rows(files: list[Path]) -> Iterator[Row]:
    for file in files:
        try:
            with pa.memory_map(str(file)) as source, pa.ipc.open_stream(source) as batches:
                if missing := set(TABLE.columns) - set(batches.schema.names):
                    raise InputError(f"{file} lacks {', '.join(sorted(missing))}: it is no part of {TABLE.hub_id}.")
                for batch in batches:
                    for start in range(len(batch)):  # one at a time: a single row can hold 100 MB of tests
                        yield from stored.plain_rows(batch.slice(start, 1))
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{file} is no Arrow file: {error}. Fetch it again.") from None


def _problem(row: Row, problem_id: str, split: str) -> Problem:
    tests = input_output_tests(row.get("input_output"))
    meta = kept(row, _KEPT, empty=False) | {"solutions": reference_solutions(row)}
    level = DIFFICULTY.get(str(row.get("difficulty")))
    difficulty = (level, "taco label") if level else (None, None)
    return code_problem(problem_id, split, "Apache-2.0", text(row, "question"), tests, meta, difficulty)
