"""`redstar-geo steps`: a file of chains of thought → a file of judged claims, line by line, resumable."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from redstar_geo.cache import checked
from redstar_geo.errors import InputError
from redstar_geo.fingerprint import sha256
from redstar_geo.formalise.certified import facts_of
from redstar_geo.geometry.claims import judge
from redstar_geo.geometry.claims.fidelity import fidelity
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.jsonl import read_object, read_rows, row_by_row, why_unreadable
from redstar_geo.pool import decided, mapped
from redstar_geo.progress import progress
from redstar_geo.records import Problem, read

_TIMEOUT_S = 600.0  # a safety net: proofs are bounded by work, claims by counts
_Line = tuple[str, Problem | None]  # the response and its problem; without a problem, what is wrong with the line


@dataclass
class Tally:
    """What a file of judged claims says, and which lines were unreadable, and why.

    `counts` has how many claims are true, false, unproven and withdrawn, how many errors were made and how many of them
    mended, and how many lines have no claims, by reason.
    """

    counts: Counter[str] = field(default_factory=Counter)
    unreadable: list[tuple[int, str]] = field(default_factory=list)


def judge_file(file: Path, problems: Path, out: Path, gdl: Path | None = None) -> Tally:
    """Write the judged claims of each line of `file` to `out`, in order; lines that `out` already has are left alone.

    A line is `{"id", "response"}` (an evaluation's `items.jsonl` is such a file) with `id` a problem of `problems`. One
    that is not, or whose problem has no proof, gets a `reason` instead of claims, and the rest goes on; a blank line
    gets nothing.

    Args:
        problems: a `problems.parquet`; proofs and figures are kept beside `out`.
        gdl: FormalGeo's folder of predicates and theorems, for its problems.

    Raises:
        InputError: a file cannot be read, `file` has no line of these problems, or `out` holds anything but what was
            judged of these very lines, problems and theorems.
    """
    by_id = {problem.id: problem for problem in _read(problems)}
    settings, wanted = _fingerprints(problems, gdl), f"an id of {problems} and a response"
    if gdl is not None:
        FormalSolver(gdl)  # a stranger's theorems are refused before anything is judged
    with row_by_row(file, out, lambda text: _line(text, by_id)[1] is not None, wanted, settings) as (lines, write):
        work = partial(_judged, library=checked(out.with_suffix(".facts.sqlite")), gdl=gdl)
        tasks = (_line(text, by_id) for text in lines)
        for _, row, failure in progress(decided(mapped(work, tasks, _cores(), _TIMEOUT_S)), "steps"):
            write(row if row is not None else {"reason": failure})
    return _tally(out)


def _fingerprints(problems: Path, gdl: Path | None) -> str:
    """Of what decides about a line besides itself."""
    files = [] if gdl is None else [gdl / "predicate_GDL.json", gdl / "theorem_GDL.json"]
    try:
        return " ".join(map(sha256, [problems, *files]))
    except OSError as error:
        remedy = "Point to the gdl folder that comes with FormalGeo7k."
        raise InputError(f"--gdl {gdl} has no readable predicate and theorem files: {error}. {remedy}") from None


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _read(problems: Path) -> Iterator[Problem]:
    try:
        yield from read(Problem, problems, images=False)
    except FileNotFoundError:
        raise InputError(
            f"--problems {problems} does not exist. Give the problems.parquet of a run of `redstar-geo data`."
        ) from None


def _line(text: str, problems: dict[str, Problem]) -> _Line:
    try:
        row = read_object(text)
        response, problem = str(row["response"]), str(row["id"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return why_unreadable(error), None
    return (response, problems[problem]) if problem in problems else (f"no problem has the id {problem!r}", None)


def _judged(line: _Line, library: Path, gdl: Path | None) -> dict[str, Any]:
    """In a worker process: the claims of one line."""
    text, problem = line
    if problem is None:
        return {"reason": "bad_line", "error": text}
    with Library(library, gdl) as known:
        try:
            facts = facts_of(problem, known)
        except ReplayError as error:
            return {"id": problem.id, "reason": error.reason}
        judged = judge(text, facts)
        score = fidelity(judged, facts)
    return {
        "id": problem.id,
        "first_false": judged.first_false,
        "errors": judged.errors,
        "mended": judged.mended,
        "stated": score.stated,
        "subgoals": score.subgoals,
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
                **({"was": decision.was, "mended": decision.mended} if decision.was else {}),
            }
            for claim, decision in judged.claims
        ],
    }


def _tally(out: Path) -> Tally:
    tally = Tally()
    for row in read_rows(out):
        if "claims" in row:
            tally.counts.update(claim["status"] for claim in row["claims"] if claim["standing"] == "asserted")
            tally.counts["traces with a false step"] += row["first_false"] is not None
            tally.counts["errors made"] += row["errors"]
            tally.counts["errors mended by the trace itself"] += row["mended"]
        else:
            tally.counts[f"no claims: {row['reason']}"] += 1
        if row.get("reason") == "bad_line":
            tally.unreadable.append((row["line"], row["error"]))
    return tally
