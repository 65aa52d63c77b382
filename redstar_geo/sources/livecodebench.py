"""LiveCodeBench (arXiv 2403.07974, livecodebench/code_generation_lite): recent contests, public and private tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.packed_text import PackedTextError, unpacked
from redstar_geo.sources.programs import call_tests, code_problem, decoded, local_copy, stdin_tests
from redstar_geo.sources.row import Row, UnusableRowError, kept, text
from redstar_geo.sources.table import Table

_TESTS = ("public_test_cases", "private_test_cases")
TABLE = Table("livecodebench/code_generation_lite", ("question_content", "starter_code", "metadata", *_TESTS))
_FILES = ("test.jsonl", "test2.jsonl", "test3.jsonl", "test4.jsonl", "test5.jsonl", "test6.jsonl")
_RELEASES = {f"release_v{last}": _FILES[:last] for last in range(1, len(_FILES) + 1)} | {"test": _FILES}
_KEPT = ("question_id", "question_title", "platform", "contest_date", "starter_code", "difficulty")


def problems(path: str | None, split: str = "test") -> Iterator[Problem | Rejected]:
    """The problems of a release, `release_v1` to `release_v6`, `test` for all of them; or of the file at `path`.

    Raises:
        InputError: no path, no such release, a file of it is not there, or columns are missing.
    """
    copy = Path(local_copy(path, TABLE))
    if split not in _RELEASES:
        raise InputError(f"source.split={split} is none of {', '.join(_RELEASES)}. Name one of them.")
    files = [copy / name for name in _RELEASES[split]] if copy.is_dir() else [copy]
    if missing := [file.name for file in files if not file.is_file()]:
        raise InputError(f"source.path={path} lacks {', '.join(missing)}. Fetch them, or name an earlier release.")
    for file in files:
        yield from table.problems(TABLE, str(file), file.stem, "livecodebench", _problem)


def _problem(row: Row, problem_id: str) -> Problem:
    cases = [case for column in _TESTS for case in _cases(row[column])]
    metadata = decoded(row["metadata"], "bad_metadata")
    fn_name = metadata.get("func_name") if isinstance(metadata, dict) else None
    meta = kept(row, _KEPT, empty=False)
    return code_problem(problem_id, "test", "unknown", text(row, "question_content"), _tests(cases, fn_name), meta)


def _cases(column: Any) -> list[Any]:
    """Private tests are packed, public ones are plain JSON."""
    try:
        plain = not isinstance(column, str) or column.lstrip()[:1] in ("[", "")
        cases = decoded(column if plain else unpacked(column)) or []
    except PackedTextError:
        raise UnusableRowError("bad_tests") from None
    return cases if isinstance(cases, list) else [cases]


def _tests(cases: list[Any], fn_name: Any) -> str:
    try:
        kinds = {case["testtype"] for case in cases}
        pairs = [(case["input"], case["output"]) for case in cases]
        if kinds == {"functional"}:  # an argument a line
            values = [([json.loads(line) for line in stdin.split("\n")], json.loads(value)) for stdin, value in pairs]
            return call_tests(fn_name, values)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
        raise UnusableRowError("bad_tests") from None
    if not kinds <= {"stdin"}:
        raise UnusableRowError("bad_tests")
    return stdin_tests(pairs)
