"""CodeContests (arXiv 2203.07814, CC BY 4.0) as SandboxFusion's evaluation files lay it out: only standard input."""

from __future__ import annotations

from collections.abc import Iterator

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.programs import code_problem, decoded, stdin_tests
from redstar_geo.sources.row import Row, UnusableRowError, text
from redstar_geo.sources.table import Table

TABLE = Table("deepmind/code_contests (SandboxFusion's files)", ("content", "test", "labels", "id"))


def problems(path: str | None, split: str = "train") -> Iterator[Problem | Rejected]:
    """Every problem of a file or folder. `split` only names what the file holds, which it does not say itself.

    Raises:
        InputError: no path, nothing to read there, or columns are missing.
    """
    if path is None:
        raise InputError("source.path is missing. Give a file in SandboxFusion's layout (content, test, labels, id).")
    return table.problems(TABLE, path, split, "code_contests", lambda row, id: _problem(row, id, split))


def _problem(row: Row, problem_id: str, split: str) -> Problem:
    labels = decoded(row["labels"], "bad_labels") if isinstance(row["labels"], str) else row["labels"]
    meta = {"id": row["id"]} | (labels if isinstance(labels, dict) else {})
    return code_problem(problem_id, split, "CC BY 4.0", text(row, "content"), _tests(row), meta)


def _tests(row: Row) -> str:
    cases = decoded(row["test"]) or []
    try:
        pairs = [(case["input"]["stdin"], case["output"]["stdout"]) for case in cases]
    except (KeyError, TypeError):
        raise UnusableRowError("bad_tests") from None
    return stdin_tests(pairs)
