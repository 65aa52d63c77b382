"""SolidGeo (arXiv 2505.21177, HarryYancy/SolidGeo): 3,113 problems of solid geometry with pictures, by kind and level.

One object keyed by number (`data/SolidGeo.json`); tested on rows of its schema, not on the whole set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.attached import folder_of, picture
from redstar_geo.sources.choices import listed_choices, right_choices, split_choices
from redstar_geo.sources.maths import joined
from redstar_geo.sources.multiple_choice import LETTERS, Answer, chosen, free, geometry_problem, in_picture
from redstar_geo.sources.row import Row, UnusableRowError, kept, text
from redstar_geo.sources.table import Table

TABLE = Table(
    "HarryYancy/SolidGeo",
    ("question", "choices", "image", "answer", "answer_type", "problem_type", "complexity_level"),
    files=("SolidGeo",),
    one_split=True,
)
_KEPT = ("qa_id", "answer_type", "problem_type", "complexity_level", "source")
_MARK = "<ImageHere>"
_COMMENT = re.compile(r"\s*[\[【](?:Analysis|Key|Insight|Highlight|Solution).*", re.DOTALL | re.IGNORECASE)
_NAME = re.compile(r"^[A-Za-z][A-Za-z ]*\$\s*=\s*")  # of `Surface area $=6$`
_PARTS = re.compile(r"[(（]\s*1\s*[)）].*[(（]\s*2\s*[)）]", re.DOTALL)


def problems(path: str | None = None, split: str = "train") -> Iterator[Problem | Rejected]:
    """Every problem, with its choices if it has any; one of several parts is rejected as `several_answers`.

    The text names its pictures by their number where it has several. See `table.problems` for `path` and errors.
    """
    return table.problems(TABLE, path, split, "solidgeo", lambda row, id: _problem(row, id, split, folder_of(path)))


def _problem(row: Row, problem_id: str, split: str, folder: Path | None) -> Problem:
    named = row["image"] if isinstance(row["image"], list) else [row["image"]]
    question, gold = _asked(row, _numbered(text(row, "question"), len(named)))
    solution = joined(row.get("solution"), "\n\n")
    meta = kept(row, _KEPT) | ({"solution": solution} if solution else {})
    images = [picture(each, folder) for each in named]
    return geometry_problem(problem_id, split, "unknown", question, gold, images, meta)


def _asked(row: Row, question: str) -> tuple[str, Answer]:
    answer = _NAME.sub("$", _COMMENT.sub("", text(row, "answer")))
    if row["answer_type"] != "choice":
        if _PARTS.search(answer):
            raise UnusableRowError("several_answers")
        return question, free(answer)
    choices = listed_choices(row["choices"])
    stem, choices = (question, choices) if choices else split_choices(question)
    right = right_choices(answer, choices or LETTERS)
    if len(right) != 1:
        raise UnusableRowError("bad_answer")
    letter = min(right)
    return (stem, chosen("choices", choices, LETTERS.index(letter))) if choices else (question, in_picture(letter))


def _numbered(question: str, pictures: int) -> str:
    """The question without what is left of its markup, its pictures by number where there are several."""
    number = count(1)
    named = re.sub(_MARK, lambda _: f"(picture {next(number)})" if pictures > 1 else "", question)
    return re.sub(r"\n{3,}", "\n\n", named.removesuffix("##")).strip()
