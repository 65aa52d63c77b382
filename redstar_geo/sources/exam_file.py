"""A written examination as a local file: entrance and graduate-entrance maths, gaokao, a league, or one of your own.

JSON Lines, a JSON list or Parquet; a row is one question:

    question     its text, with the choices at its end if they are not in a column of their own         required
    answer       a value, an expression, a letter, or text with a box; a list where all parts count      required
    choices      list of texts, in the order A, B, C …
    solution     worked solution
    images       list of paths of pictures, relative to the file
    level        what the questions are grouped by: a subject, a paper, a part ("数学一", "填空题")
    difficulty   a number from 1 to 10
    year, id     kept as they are
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from redstar_geo.answer.choice import gold_letters
from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, attached, table
from redstar_geo.sources.attached import folder_of, picture
from redstar_geo.sources.maths import Maths, as_text, joined
from redstar_geo.sources.multiple_choice import LETTERS, chosen
from redstar_geo.sources.row import Row, UnusableRowError, kept, language, text
from redstar_geo.sources.table import Table

TABLE = Table("an examination file", ("question", "answer"))
_KEPT = ("id", "year", "level")


def problems(path: str | None, split: str = "test", name: str = "exam") -> Iterator[Problem | Rejected]:
    """Every row in the file's order. Ids begin with `name`, that of the examination.

    Raises:
        InputError: no path, nothing to read there, or columns are missing.
    """
    if path is None:
        raise InputError(
            f"source.path is missing: {name} is no public data set. Give a JSON Lines file of it, a row a question, "
            "with `question`, `answer` and what else redstar_geo/sources/exam_file.py describes."
        )
    maths, folder = Maths(name, "unknown", split), folder_of(path)
    return table.problems(TABLE, path, split, name, lambda row, id: written_problem(row, id, maths, folder))


def files(path: str, split: str = "test") -> Iterator[Path]:
    """The files that `problems` reads: those of the questions, and the pictures that their rows name.

    Raises:
        InputError: as `problems`.
    """
    yield from table.files(TABLE, Path(path), split)
    for row in table.rows(TABLE, path, split):
        yield from attached.files(pictures(row) if row else (), folder_of(path))


def pictures(row: Row) -> list[Any]:
    """What the row names as its pictures."""
    named = row.get("images") or []
    return named if isinstance(named, list) else [named]


def written_problem(row: Row, problem_id: str, maths: Maths, folder: Path | None) -> Problem:
    """The problem of a row of the schema above.

    Raises:
        UnusableRowError: it is none, for the reason given.
    """
    question = text(row, "question")
    made = maths.problem(
        problem_id,
        question,
        joined(row["answer"]),
        as_text(row.get("solution")),
        language=language(question),
        images=tuple(picture(image, folder) for image in pictures(row)),
        difficulty=_level(row.get("difficulty")),
        difficulty_by="examination file",
        meta=kept(row, _KEPT),
    )
    return _with_choices(made, row["choices"]) if row.get("choices") else made


def _with_choices(problem: Problem, choices: Any) -> Problem:
    texts = [as_text(choice) for choice in choices] if isinstance(choices, list) else []
    letter = gold_letters(problem.answer, len(texts))
    if len(letter) == 1:
        return replace(problem, **chosen("choices", texts, LETTERS.index(next(iter(letter)))))
    if problem.answer not in texts:
        raise UnusableRowError("bad_answer")
    return replace(problem, **chosen("choices", texts, texts.index(problem.answer)))


def _level(written: Any) -> float | None:
    """The number from 1 to 10, which may be written as text; None where there is none.

    Raises:
        UnusableRowError: `bad_difficulty`: anything else.
    """
    if written is None or (isinstance(written, str) and not written.strip()):
        return None
    try:
        level = float(written) if isinstance(written, str) else written
    except ValueError:
        raise UnusableRowError("bad_difficulty") from None
    if isinstance(level, bool) or not isinstance(level, int | float) or not 1 <= level <= 10:
        raise UnusableRowError("bad_difficulty")
    return float(level)
