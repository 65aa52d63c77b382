"""A folder of your own: pictures, and a file with a question a row (JSON Lines, JSON, CSV or Parquet).

    mine/train.jsonl   {"question": "In the figure, AB = 6 and BC = 8. Find AC.", "image": "right.png", "answer": "10"}
    mine/test.jsonl    what is kept for tests; a single file of any other name is all for training
    mine/images/       the pictures, named in the rows relative to the folder or to this

Columns, besides `question` and `answer`, are those of `exam_file` (`choices`, `solution`, `difficulty`, `level`,
`id` …) and `image`, one name or several parted by semicolons. The answer to a question with choices is a letter or the
value of one of them. `python -m redstar_geo.sources.folder FOLDER` names every row that is no problem (rows count from
0), and with `RUN/problems.parquet FOLDER` writes such a folder from problems that another run collected.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from PIL import Image as Pillow

from redstar_geo import records
from redstar_geo.answer import verify
from redstar_geo.answer.choice import gold_letters
from redstar_geo.errors import InputError
from redstar_geo.records import Image, Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.exam_file import written_problem
from redstar_geo.sources.maths import Maths, as_text
from redstar_geo.sources.multiple_choice import LETTERS
from redstar_geo.sources.row import UnusableRowError, rejecting
from redstar_geo.sources.table import Row, Table

TABLE = Table("a folder's file", ("question", "answer"), formats=(".jsonl", ".json", ".csv", ".parquet"))
_MOST_PIXELS = 1280 * 28 * 28  # what a teacher is sent at most; a photograph has ten times as many


def problems(
    path: str, split: str = "train", domain: Literal["geometry", "math"] = "geometry"
) -> Iterator[Problem | Rejected]:
    """Every row in the file's order. Ids begin with the folder's name and end with the row's `id` or number.

    An answer that cannot even be compared with itself is rejected as `unverifiable_answer`: no trace could be right.

    Raises:
        InputError: no such folder, no file of rows or of that split in it, or columns are missing.
    """
    folder = Path(path)
    _check(folder, split)
    maths = Maths(folder.resolve().name, "own", split)

    def problem(row: Row, problem_id: str) -> Problem:
        own_id = as_text(row.get("id"))
        found = written_problem(_read(row), f"{maths.source}/{own_id}" if own_id else problem_id, maths, folder)
        if verify(found.answer, f"\\boxed{{{found.answer}}}", choices=found.choices).status != "correct":
            raise UnusableRowError("unverifiable_answer")
        images = tuple(_reduced(image) for image in found.images)
        return replace(found, domain=domain, images=images, difficulty_by=found.difficulty_by and "folder")

    return table.problems(TABLE, path, split, maths.source, rejecting(problem))


def write(found: Iterable[Problem], folder: Path) -> int:
    """Problems as such a folder, a file a split; how many there were. Those judged by tests have no such form.

    Raises:
        InputError: there is something in the folder already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty. Name a new folder, so that nothing of yours is written over.")
    (folder / "images").mkdir(parents=True, exist_ok=True)
    number = 0
    for split, group in groupby(found, key=lambda problem: problem.split):
        with (folder / f"{split}.jsonl").open("a", encoding="utf-8") as file:
            for problem in group:
                file.write(json.dumps(_row(problem, number, folder), ensure_ascii=False) + "\n")
                number += 1
    return number


def _check(folder: Path, split: str) -> None:
    example = '{"question": "…", "image": "1.png", "answer": "12"}'
    if not folder.is_dir():
        raise InputError(f"source.path={folder} is no folder. Give the one that holds the pictures and train.jsonl.")
    files = [file for file in folder.rglob("*") if file.suffix in TABLE.formats]
    if not files:
        raise InputError(f"source.path={folder} holds no file of questions. Write train.jsonl, a line each: {example}")
    if split != "train" and not any(split in str(file.relative_to(folder)) for file in files):
        raise InputError(
            f"source.split={split}, and {folder} has no file of that name. Put the questions that are kept for it into "
            f"{split}.jsonl."
        )


def _read(written: Row) -> Row:
    """The row as `exam_file` has it: names in small letters, `image` as `images`, numbers and letters for texts."""
    row = {name.lower(): value for name, value in written.items()}
    named = row.get("images") or row.get("image") or ()
    names = [name.strip() for name in named.split(";")] if isinstance(named, str) else named
    pictures = list(names) if isinstance(names, list | tuple) else [names]
    images = [name.replace("\\", "/") if isinstance(name, str) else name for name in pictures if name]
    level = row.get("difficulty")
    try:
        difficulty = float(level) if isinstance(level, str) and level.strip() else level
    except ValueError:
        raise UnusableRowError("bad_difficulty") from None
    answer = _letter(row["answer"], row.get("choices"))
    return {**row, "images": images, "difficulty": difficulty, "answer": answer}


def _letter(answer: Any, choices: Any) -> Any:
    """The letter of the one choice that has the answer's value; the answer itself where there is none."""
    value = as_text(answer)
    if not value or not isinstance(choices, list) or gold_letters(value, len(choices)):
        return answer or ""
    same = [place for place, choice in enumerate(choices) if verify(value, f"\\boxed{{{choice}}}").status == "correct"]
    return LETTERS[same[0]] if len(same) == 1 else answer


def _reduced(image: Image) -> Image:
    """The picture with at most `_MOST_PIXELS` pixels."""
    with Pillow.open(io.BytesIO(image.data)) as opened:
        share = (_MOST_PIXELS / (opened.width * opened.height)) ** 0.5
        if share >= 1:
            return image
        sides = int(opened.width * share), int(opened.height * share)
        out = io.BytesIO()
        opened.resize(sides, Pillow.Resampling.LANCZOS).save(out, "PNG")
    return Image.of(out.getvalue())


def _row(problem: Problem, number: int, folder: Path) -> dict[str, Any]:
    names = [f"images/{number}{'abcdefgh'[place]}.png" for place in range(len(problem.images))]
    for name, image in zip(names, problem.images, strict=True):
        (folder / name).write_bytes(image.data)
    told = {"id": problem.id, "question": problem.question, "image": ";".join(names), "answer": problem.answer}
    more = {"choices": list(problem.choices), "difficulty": problem.difficulty}
    return told | {name: value for name, value in more.items() if value}


def look_over(folder: Path) -> Iterator[str]:
    """What is in the folder, and every row that is no problem, a line each.

    Raises:
        InputError: as `problems`.
    """
    for split in ("train", "test"):
        if split == "test" and not any(
            split in file.stem for file in folder.rglob("*") if file.suffix in TABLE.formats
        ):
            continue
        found = list(problems(str(folder), split))
        rejected = [item for item in found if isinstance(item, Rejected)]
        pictures = sum(len(item.images) for item in found if isinstance(item, Problem))
        yield f"{split}: {len(found) - len(rejected)} problems with {pictures} pictures"
        yield from (f"{item.id}: {item.reason}" for item in rejected)


def _main(arguments: list[str]) -> None:
    if len(arguments) == 1:
        print(*look_over(Path(arguments[0])), sep="\n")
    elif len(arguments) == 2:
        print(f"{write(records.read(Problem, Path(arguments[0])), Path(arguments[1]))} problems in {arguments[1]}")
    else:
        sys.exit("Usage: python -m redstar_geo.sources.folder FOLDER, or RUN/problems.parquet FOLDER to write one")


if __name__ == "__main__":
    try:
        _main(sys.argv[1:])
    except (InputError, OSError) as error:
        sys.exit(f"Error: {error}")
