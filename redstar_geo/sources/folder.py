"""A folder of your own: pictures, and a file with a question a row (JSON Lines, JSON, CSV or Parquet).

    mine/train.jsonl   {"question": "In the figure, AB = 6 and BC = 8. Find AC.", "image": "right.png", "answer": "10"}
    mine/test.jsonl    what is kept for tests; a single file of any other name is all for training
    mine/images/       the pictures, named in the rows relative to the folder or to this

Columns are those of `exam_file`, under any of their names (`image_path`, `options`, `problem` …). The answer to a
question with choices is a letter or the value of one of them. A picture in a column of another name is an error.

With `gold: certified` a row needs no answer: it gets the value that its question determines, with what its picture
shows in a column `statements` (`lines AB, ADC; ∠ABC = 53°`), and its `meta` says so. Where none is determined the row
is rejected by name: `no_answer_not_determined`, `no_answer_refused`. A `reader` says what the picture of a row without
`statements` shows; where it refuses a picture `meta` has the reason, and so has a rejection: `no_answer_not_a_drawing`.

`python -m redstar_geo.sources.folder FOLDER` names every row that is no problem (rows count from 0), and with
`RUN/problems.parquet FOLDER` writes such a folder from problems that another run collected.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from PIL import Image as Pillow

from redstar_geo import records
from redstar_geo.answer import verify
from redstar_geo.errors import InputError
from redstar_geo.formalise.certified import STATEMENTS, certified_gold
from redstar_geo.formalise.picture import PictureReader, read_or_refused
from redstar_geo.pictures.read import encoded, picture_size, read_picture
from redstar_geo.readers.named import Reader
from redstar_geo.records import Image, Problem
from redstar_geo.run import Counts
from redstar_geo.sources import Rejected, attached, table
from redstar_geo.sources.columns import renamed, unread
from redstar_geo.sources.exam_file import files_of, pictures, written_problem
from redstar_geo.sources.gold import is_missing
from redstar_geo.sources.maths import Maths
from redstar_geo.sources.row import Row, UnusableRowError, as_text
from redstar_geo.sources.table import Table

Gold = Literal["given", "certified"]
_TABLES = {
    gold: Table("a folder's file", columns, own=True)
    for gold, columns in (("given", ("question", "answer")), ("certified", ("question",)))
}
_NOT_READ = "not_read"  # key of `meta`: why the reader did not read the picture
_PICTURE = re.compile(r"\.(?:png|jpe?g|webp|gif|bmp|tiff?|heic)\s*$", re.IGNORECASE)
_MOST_PIXELS = 1280 * 28 * 28  # what a teacher is sent at most; a photograph has ten times as many


def problems(
    path: str,
    split: str = "train",
    domain: Literal["geometry", "math"] = "geometry",
    gold: Gold = "given",
    reader: Reader | None = None,
) -> Iterator[Problem | Rejected]:
    """Every row in the file's order. Ids begin with the folder's name and end with the row's `id` or number.

    An answer that cannot even be compared with itself is rejected as `unverifiable_answer`: no trace could be right.

    Raises:
        InputError: no such folder, no file of rows or of that split in it, or columns are missing.
    """
    folder = Path(path)
    _check(folder, split)
    maths = Maths(folder.resolve().name, "own", split)
    reading = None if reader is None else reader.open()

    def problem(row: Row, problem_id: str) -> Problem:
        _refuse_unread_pictures(row, folder)
        own_id = as_text(renamed(row).get("id"))
        own, meta = row, _depicted(row, folder, reading)
        if gold == "certified":
            own, meta = _certified(row, meta)
        made = written_problem(own, f"{maths.source}/{own_id}" if own_id else problem_id, maths, folder)
        made = replace(made, meta={**made.meta, **meta})
        if verify(made.answer, f"\\boxed{{{made.answer}}}", choices=made.choices).status != "correct":
            raise UnusableRowError("unverifiable_answer")
        images = tuple(_reduced(image) for image in made.images)
        return replace(made, domain=domain, images=images, difficulty_by=made.difficulty_by and "folder")

    return table.problems(_TABLES[gold], path, split, maths.source, problem)


def _depicted(row: Row, folder: Path, reading: PictureReader | None) -> dict[str, Any]:
    """What `meta` says of a row's picture: its own `statements`, else what is read, or why it is not.

    Raises:
        UnusableRowError: there is no such picture.
        InputError: there is no such reader.
    """
    if said := as_text(row.get(STATEMENTS)):
        return {STATEMENTS: said}
    named = renamed(row)
    shown = pictures(named)
    if reading is None or len(shown) != 1:
        return {}
    seen, why = read_or_refused(reading, attached.picture(shown[0], folder), as_text(named.get("question")))
    return {_NOT_READ: why} if seen is None else {STATEMENTS: seen.words}


def _certified(row: Row, meta: dict[str, Any]) -> tuple[Row, dict[str, Any]]:
    """The row with the value that it determines, if it has no answer, and `meta`, which then says so.

    Raises:
        UnusableRowError: `no_answer_…`: it determines none.
    """
    named = renamed(row)
    if not all(is_missing(as_text(named.get(column))) for column in ("answer", "letter")):
        return row, meta
    solution = certified_gold(as_text(named.get("question")), meta.get(STATEMENTS, ""))
    if solution.value is None:
        raise UnusableRowError(f"no_answer_{meta.get(_NOT_READ) or solution.outcome.replace(' ', '_')}")
    return {**named, "answer": solution.value.text}, meta | {"gold": "certified"}


def write(problems: Iterable[Problem], folder: Path) -> Counts:
    """Problems as such a folder, a file a split. Those judged by tests have no such form and are counted as left out.

    The folder is there whole or not at all, so that a try that failed is in nobody's way.

    Raises:
        InputError: there is something in the folder already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not empty. Name a new folder, so that nothing of yours is written over.")
    folder = folder.resolve()
    unfinished = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "images").mkdir(parents=True)
    try:
        counts = _written(problems, unfinished)
        unfinished.replace(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return counts


def _written(problems: Iterable[Problem], folder: Path) -> Counts:
    counts = Counts()
    for split, group in groupby(problems, key=lambda problem: problem.split):
        name = re.sub(r"\W+", "-", split).strip("-") or "train"  # a split of the owners' may be called `a/b`
        with (folder / f"{name}.jsonl").open("a", encoding="utf-8") as file:
            for problem in group:
                if problem.answer_kind == "tests":
                    counts.add("judged_by_tests")
                    continue
                file.write(json.dumps(_row(problem, counts.out, folder), ensure_ascii=False) + "\n")
                counts.add()
    return counts


def files(path: str, split: str = "train", gold: Gold = "given") -> Iterator[Path]:
    """The files that `problems` reads: those of the questions, and the pictures that their rows name.

    Raises:
        InputError: as `problems`.
    """
    folder = Path(path)
    _check(folder, split)
    yield from files_of(_TABLES[gold], path, split)


def _check(folder: Path, split: str) -> None:
    example = '{"question": "…", "image": "1.png", "answer": "12"}'
    if not folder.is_dir():
        raise InputError(f"source.path={folder} is no folder. Give the one that holds the pictures and train.jsonl.")
    if not table.data_files(folder):
        raise InputError(f"source.path={folder} holds no file of questions. Write train.jsonl, a line each: {example}")
    if split != "train" and not _has(folder, split):
        raise InputError(
            f"source.split={split}, and {folder} has no file of that name. Put the questions that are kept for it into "
            f"{split}.jsonl."
        )


def _has(folder: Path, split: str) -> bool:
    """Whether a file of questions is for this split, by its own name or its folder's."""
    names = (table.names_of(file, folder) for file in table.data_files(folder))
    return any(table.split_of(parts, split) == split for parts in names)


def _refuse_unread_pictures(row: Row, folder: Path) -> None:
    """Raises InputError: a column that is not read names a picture of the folder."""
    for column in unread(row):
        value = row[column]
        if isinstance(value, str) and _PICTURE.search(value) and attached.beside(value, folder):
            raise InputError(
                f"The column {column!r} in {folder} names a picture ({value}), and no column so called is read. "
                "Call it image."
            )


def _reduced(image: Image) -> Image:
    """The picture with at most `_MOST_PIXELS` pixels."""
    width, height = picture_size(image.data)
    share = (_MOST_PIXELS / (width * height)) ** 0.5
    if share >= 1:
        return image
    sides = int(width * share), int(height * share)
    return Image.of(encoded(read_picture(image.data).resize(sides, Pillow.Resampling.LANCZOS)))


def _row(problem: Problem, number: int, folder: Path) -> dict[str, Any]:
    names = [f"images/{number}_{place}.png" for place in range(1, len(problem.images) + 1)]
    for name, image in zip(names, problem.images, strict=True):
        (folder / name).write_bytes(image.data)
    row = {"id": problem.id, "question": problem.question, "image": ";".join(names), "answer": problem.answer}
    more = {"choices": list(problem.choices), "difficulty": problem.difficulty}
    return row | {name: value for name, value in more.items() if value}


def look_over(folder: Path) -> Iterator[str]:
    """What is in the folder, and every row that is no problem, a line each.

    Raises:
        InputError: as `problems`.
    """
    for split in ("train", "test"):
        if split == "test" and not _has(folder, split):
            continue
        items = list(problems(str(folder), split))
        rejected = [item for item in items if isinstance(item, Rejected)]
        images = sum(len(item.images) for item in items if isinstance(item, Problem))
        yield f"{split}: {len(items) - len(rejected)} problems with {images} pictures"
        yield from (f"{item.id}: {item.reason}" for item in rejected)


def _main(arguments: list[str]) -> None:
    if len(arguments) == 1:
        print(*look_over(Path(arguments[0])), sep="\n")
    elif len(arguments) == 2:
        counts = write(records.read(Problem, Path(arguments[0])), Path(arguments[1]))
        left_out = "".join(f"; {number} left out: {reason}" for reason, number in counts.rejected.items())
        print(f"{counts.out} problems in {arguments[1]}{left_out}")
    else:
        raise InputError("Give FOLDER to look it over, or RUN/problems.parquet FOLDER to write one.")


if __name__ == "__main__":
    try:
        _main(sys.argv[1:])
    except (InputError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
