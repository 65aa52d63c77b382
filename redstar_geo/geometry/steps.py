"""`redstar-geo steps`: a file of chains of thought → a file of judged claims, line by line, resumable."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from redstar_geo.errors import InputError
from redstar_geo.geometry.claims import judge
from redstar_geo.geometry.claims.fidelity import fidelity
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.jsonl import cut_torn_line
from redstar_geo.pool import mapped
from redstar_geo.progress import progress
from redstar_geo.records import Problem, read

_TIMEOUT_S = 60.0
_Line = tuple[int, str, Problem | None]  # number, text, its problem


def judge_file(file: Path, problems: Path, out: Path, gdl: Path | None = None) -> Counter[str]:
    """Write the judged claims of each line of `file` to `out`, in order; lines that `out` already has are left alone.

    A line is `{"id", "response"}` (an evaluation's `items.jsonl` is such a file) with `id` a problem of `problems`. One
    that is not, or whose problem has no proof, gets a `reason` instead of claims, and the rest goes on.

    Args:
        problems: a `problems.parquet`; proofs and figures are kept beside `out`.
        gdl: FormalGeo's folder of predicates and theorems, for its problems.

    Returns:
        How many claims are true, false and unproven, and how many lines have no proof, by reason.

    Raises:
        InputError: a file cannot be read.
    """
    by_id = {problem.id: problem for problem in _read(problems)}
    if not file.is_file():
        raise InputError(f"{file} does not exist. Give a JSONL file with id and response on every line.")
    done = cut_torn_line(out)
    work = partial(_judged, library=out.with_suffix(".facts.sqlite"), gdl=gdl)
    with file.open(encoding="utf-8", errors="replace") as lines, out.open("a", encoding="utf-8") as judged:
        tasks = islice(_lines(lines, by_id), done, None)
        for (number, _, _), found, failure in progress(mapped(work, tasks, _cores(), _TIMEOUT_S), "steps"):
            row = {"line": number} | (found if found is not None else {"reason": failure})
            judged.write(json.dumps(row, ensure_ascii=False) + "\n")
    return Counter(_outcomes(out))


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _read(problems: Path) -> Iterator[Problem]:
    try:
        yield from read(Problem, problems, images=False)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{problems} cannot be read as problems ({error}). Give the problems.parquet of a `redstar-geo data` run."
        ) from None


def _lines(lines: Iterator[str], problems: dict[str, Problem]) -> Iterator[_Line]:
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            name, text = str(row["id"]), str(row["response"])
        except (json.JSONDecodeError, KeyError, TypeError):
            name, text = "", ""
        yield number, text, problems.get(name)


def _judged(line: _Line, library: Path, gdl: Path | None) -> dict[str, Any]:
    """In a worker process: the claims of one line."""
    _, text, problem = line
    if problem is None:
        return {"reason": "bad_line_or_unknown_problem"}
    with Library(library, gdl) as known:
        try:
            facts = known.facts(problem)
        except ReplayError as error:
            return {"id": problem.id, "reason": error.reason}
        judged = judge(text, facts)
        found = fidelity(judged, facts)
    return {
        "id": problem.id,
        "first_false": judged.first_false,
        "stated": found.stated,
        "subgoals": found.subgoals,
        "cut": judged.cut,
        "claims": [
            {
                "start": claim.start,
                "end": claim.end,
                "text": claim.text,
                "statement": str(claim.statement),
                "standing": claim.standing,
                "status": decision.status,
                "reason": decision.reason,
            }
            for claim, decision in judged.claims
        ],
    }


def _outcomes(out: Path) -> Iterator[str]:
    with out.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if "claims" not in row:
                yield f"no claims: {row['reason']}"
            else:
                yield from (claim["status"] for claim in row["claims"] if claim["standing"] == "asserted")
                yield from ["traces with a false step"] * (row["first_false"] is not None)
