"""Folders as `redstar-geo eval` leaves them, with answers of one's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from redstar_geo.answer import verify
from redstar_geo.fingerprint import sha256
from redstar_geo.records import SCHEMAS, Problem, to_row
from redstar_geo.run import Counts, open_run, write_rows
from redstar_geo.sources import builtin


def write_problems(path: Path, count: int) -> list[Problem]:
    problems = list(builtin.problems(["isosceles", "angle_sum"], count, seed=3, difficulty=[2]))
    write_rows(path, SCHEMAS[Problem], map(to_row, problems))
    return problems


def write_evaluation(folder: Path, problems: Path, model: str, answers: Sequence[tuple[Problem, str]]) -> Path:
    """Each answer is given as a thought and a boxed value, and judged."""
    with open_run(folder, {"model": model, "problems": str(problems)}, {str(problems): sha256(problems)}) as run:
        with run.path("items.jsonl").open("w", encoding="utf-8") as file:
            for problem, answer in answers:
                found = verify(problem.answer, answer)
                item = {"id": problem.id, "sample": 0, "response": f"<think>\nIt says\x85{model}.\n</think>\n{answer}"}
                item |= {"verdict": found.status, "reason": found.reason, "extracted": found.extracted}
                file.write(json.dumps(item | {"tokens": 7, "truncated": False, "seconds": 0.5}, ensure_ascii=False))
                file.write("\n")
        run.finish("evaluate", Counts(in_=len(answers), out=len(answers)))
    return folder
