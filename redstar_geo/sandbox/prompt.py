"""The prompt of a programming problem: the same for teachers, training and evaluation."""

from __future__ import annotations

import json

from redstar_geo.records import Problem

_READS_AND_WRITES = (
    "Write a Python program that reads from standard input and writes to standard output. Think it through, then give "
    "the whole program in one ```python block."
)
_COMPLETES = "Think it through, then give the whole program in one ```python block. It defines `{name}`."


def program_question(problem: Problem) -> str:
    """The question, its starter code if there is any, and what kind of program is wanted."""
    tests = json.loads(problem.tests or "{}")
    name = tests.get("fn_name") or tests.get("entry_point")
    starter = str(problem.meta.get("starter_code") or "").strip("\n")
    parts = [problem.question.strip()]
    if starter:
        parts.append(f"Start from this code:\n```python\n{starter}\n```")
    parts.append(_COMPLETES.format(name=name) if name else _READS_AND_WRITES)
    return "\n\n".join(parts)
