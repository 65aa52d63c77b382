"""A written examination as a local file: entrance and graduate-entrance maths, gaokao, a league, or one of your own.

JSON Lines, JSON, Parquet or CSV; a row is one question:

    question     its text, with the choices at its end if they are not in a column of their own         required
    answer       a value, an expression, a letter, or text with a box; a list where all parts count      required
    choices      in the order A, B, C …: a list, an object by letter, a text (`A) 3 B) 5`, `3; 5`); or columns A, B …
    letter       of the right choice, where `answer` is its text or value
    solution     worked solution
    images       paths of pictures, relative to the file: one, a list, or several with semicolons
    level        what the questions are grouped by: a subject, a paper, a part ("数学一", "填空题")
    difficulty   a number from 1 to 10
    year, id     kept as they are

Each goes by the other names of `columns.SPELLINGS` as well: `problem`, `options`, `image_path`, `label` …
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, attached, table
from redstar_geo.sources.attached import folder_of, picture
from redstar_geo.sources.choices import listed_choices, right_choices, split_choices
from redstar_geo.sources.columns import renamed
from redstar_geo.sources.gold import is_missing
from redstar_geo.sources.maths import Maths, joined
from redstar_geo.sources.multiple_choice import LETTERS, chosen, in_picture
from redstar_geo.sources.row import Row, UnusableRowError, kept, language, text
from redstar_geo.sources.table import Table

TABLE = Table("an examination file", ("question", "answer"), own=True)
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
    yield from files_of(TABLE, path, split)


def files_of(table_: Table, path: str, split: str) -> Iterator[Path]:
    """As `files`, of any table in this schema."""
    yield from table.files(table_, Path(path), split)
    for row in table.rows(table_, path, split):
        yield from attached.files(() if isinstance(row, str) else pictures(renamed(row)), folder_of(path))


def pictures(row: Row) -> list[Any]:
    """What a row under the names above names as its pictures."""
    named = row.get("images") or ()
    names = [name.strip() for name in named.split(";")] if isinstance(named, str) else named
    return [name for name in (names if isinstance(names, list | tuple) else [names]) if name]


def written_problem(written: Row, problem_id: str, maths: Maths, folder: Path | None) -> Problem:
    """The problem of a row of the schema above, under whatever names.

    Raises:
        UnusableRowError: it is none, for the reason given.
    """
    row = renamed(written)
    question, answer, letter = text(row, "question"), joined(row.get("answer")), _letter(row.get("letter"))
    made = maths.problem(
        problem_id,
        question,
        letter if is_missing(answer) else answer,
        joined(row.get("solution"), "\n\n"),
        language=language(question),
        images=tuple(picture(image, folder) for image in pictures(row)),
        difficulty=_level(row.get("difficulty")),
        difficulty_by="examination file",
        meta=kept(row, _KEPT),
    )
    if row.get("choices"):
        return _with_choices(made, listed_choices(row["choices"]), letter)
    stem, choices = (made.question, ()) if made.choices else split_choices(made.question)
    if not choices or not (letter or right_choices(made.answer, choices)):
        return made
    return _with_choices(replace(made, question=stem), choices, letter)


def _with_choices(problem: Problem, choices: Sequence[str], letter: str) -> Problem:
    """The problem with its choices; of several right ones the answer is all their letters.

    Raises:
        UnusableRowError: `bad_answer`: it names no choice, or another than the letter beside it; or see `chosen`.
    """
    named = right_choices(problem.answer, choices)
    right = right_choices(letter, choices) if letter else named
    if not right or (named and named != right):
        raise UnusableRowError("bad_answer" if len(choices) > 1 else "no_choices")
    gold = chosen("choices", choices, LETTERS.index(min(right)))
    if "".join(choices) == LETTERS[: len(choices)]:  # they stand in the picture
        gold = in_picture(min(right))
    made = replace(problem, **gold)
    return made if len(right) == 1 else replace(made, answer=", ".join(sorted(right)))


def _letter(written: Any) -> str:
    """The letter in a column of letters, where some write the place from 0."""
    if type(written) is int and 0 <= written < len(LETTERS):
        return LETTERS[written]
    return joined(written)


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
