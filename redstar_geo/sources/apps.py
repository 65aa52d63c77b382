"""APPS (arXiv 2105.09938, codeparrot/apps): programming problems with tests and solutions."""

from __future__ import annotations

from collections.abc import Iterator

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.programs import code_problem, input_output_tests, local_copy, reference_solutions
from redstar_geo.sources.row import Row, kept, text
from redstar_geo.sources.table import Table

TABLE = Table("codeparrot/apps", ("question", "solutions", "input_output", "difficulty", "url", "starter_code"))
_KEPT = ("problem_id", "starter_code", "difficulty", "url")


def problems(path: str | None, split: str = "train") -> Iterator[Problem | Rejected]:
    """Every problem of a split; see `table.problems` and `local_copy` for errors.

    Its labels (introductory, interview, competition) say nothing on the 1–10 scale.
    """
    return table.problems(TABLE, local_copy(path, TABLE), split, "apps", lambda row, id: _problem(row, id, split))


def _problem(row: Row, problem_id: str, split: str) -> Problem:
    tests = input_output_tests(row.get("input_output"))
    meta = kept(row, _KEPT, empty=False) | {"solutions": reference_solutions(row)}
    return code_problem(problem_id, split, "unknown", text(row, "question"), tests, meta)
