"""LogicVista (arXiv 2407.04973): logical reasoning on pictures, by skill (inductive, deductive, numerical …).

The authors' repository has one object keyed by id (`data/dataset.json`), `lscpku/LogicVista` on the hub a table.
Tested on rows of both schemas, not on the whole set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.attached import folder_of, picture
from redstar_geo.sources.choices import split_choices
from redstar_geo.sources.multiple_choice import LETTERS, Answer, chosen, free, geometry_problem, in_picture
from redstar_geo.sources.row import Row, UnusableRowError, as_text, kept, text
from redstar_geo.sources.table import Table

TABLE = Table("lscpku/LogicVista", ("question", "answer", "image", "skill"), files=("dataset",), one_split=True)
_LETTERS = re.compile(r"[A-I](?:\s*,\s*[A-I])*")  # of one picture's figures
_KEPT = ("id", "skill", "capability", "broad_capability", "specific_capability")


def problems(path: str | None = None, split: str = "test") -> Iterator[Problem | Rejected]:
    """Every question; most choices stand in the picture, and some questions have several right ones (`A, C`).

    See `table.problems` for `path` and errors.
    """
    return table.problems(TABLE, path, split, "logicvista", lambda row, id: _problem(row, id, split, folder_of(path)))


def _problem(row: Row, problem_id: str, split: str, folder: Path | None) -> Problem:
    question, gold = _asked(text(row, "question"), text({"answer": as_text(row["answer"])}, "answer"))
    solution = as_text(row.get("reasoning"))
    meta = kept(row, _KEPT) | ({"solution": solution} if solution else {})
    images = [picture(row["image"], folder)]
    return replace(geometry_problem(problem_id, split, "unknown", question, gold, images, meta), domain="math")


def _asked(question: str, answer: str) -> tuple[str, Answer]:
    if not _LETTERS.fullmatch(answer):
        return question, free(answer)
    letters = re.findall("[A-I]", answer)
    stem, choices = split_choices(question)
    if not choices or "".join(choices) == LETTERS[: len(choices)]:
        return stem, in_picture(", ".join(letters))
    if any(letter not in LETTERS[: len(choices)] for letter in letters):
        raise UnusableRowError("bad_answer")
    gold = chosen("choices", choices, LETTERS.index(letters[0]))
    gold["answer"] = ", ".join(letters)
    return stem, gold
