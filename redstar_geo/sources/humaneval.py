"""HumanEval (arXiv 2107.03374, openai/openai_humaneval): functions to complete, each with a program that tests it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.programs import code_problem
from redstar_geo.sources.row import Row, text
from redstar_geo.sources.table import Table

TABLE = Table("openai/openai_humaneval", ("task_id", "prompt", "canonical_solution", "test", "entry_point"))


def problems(path: str | None, split: str = "test") -> Iterator[Problem | Rejected]:
    """Every problem in the table's order, with its `check(candidate)` as its test; see `table.problems` for errors."""
    return table.problems(TABLE, path, split, "humaneval", lambda row, id: _problem(row, id, split))


def _problem(row: Row, problem_id: str, split: str) -> Problem:
    prompt = text(row, "prompt")
    entry_point, test = text(row, "entry_point"), text(row, "test")
    script = {"kind": "script", "text": _helpers(prompt, entry_point) + test, "entry_point": entry_point}
    solutions = [f"{prompt}\n{row['canonical_solution']}"]
    meta = {"task_id": row["task_id"], "starter_code": prompt, "solutions": solutions}
    return code_problem(problem_id, split, "unknown", prompt, json.dumps(script, ensure_ascii=False), meta)


def _helpers(prompt: str, entry_point: str) -> str:
    """What the prompt gives before the function to be written: some tests use it, and a program may change its own."""
    before = re.split(rf"^def {re.escape(entry_point)}\b", prompt, maxsplit=1, flags=re.MULTILINE)[0].strip()
    return f"{before}\n\n" if before else ""
