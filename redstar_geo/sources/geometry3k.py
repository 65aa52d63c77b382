"""Geometry3K (arXiv 2105.04165, MIT): the authors' folders, or hiyouga/geometry3k with and without its choices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, stored, table
from redstar_geo.sources.attached import folder_of, picture
from redstar_geo.sources.multiple_choice import LETTERS, Answer, Protocol, chosen, free, geometry_problem
from redstar_geo.sources.row import Row, UnusableRowError, kept, rejecting, text
from redstar_geo.sources.table import Draft, Problems, Table

TABLE = Table("hiyouga/geometry3k", ("images", "problem", "answer"))
_FOLDERS = {"validation": "val"}
_KEPT = ("id", "precise_value", "unit", "problem_type_graph", "problem_type_goal", "source")


def problems(path: str | None, split: str = "train", protocol: Protocol = "choices") -> Problems:
    """Every problem of a split, the authors' folders (`<split>/<id>/data.json`) in the order of their numbers.

    See `table.problems` for `path` and errors.
    """
    make = partial(_problem, split=split, protocol=protocol, folder=folder_of(path))
    if path is None or not any(Path(path).glob("*/*/data.json")):
        return table.problems(TABLE, path, split, "geometry3k", make)
    return Problems(_drafts(Path(path), split, make))


def _drafts(path: Path, split: str, make: Callable[[Row, str], Problem]) -> Iterator[Draft]:
    """Of the authors' folders."""
    folder = path / _FOLDERS.get(split, split)
    if not folder.is_dir():
        raise InputError(f"source.split={split}: there is no {folder}. Unpack {folder.name}.zip of Geometry3K there.")
    for file in sorted(folder.glob("*/data.json"), key=lambda file: (len(file.parent.name), file.parent.name)):
        problem_id = f"geometry3k/{split}/{file.parent.name}"
        row = stored.row_of(file.read_bytes())
        if row is None:
            yield partial(Rejected, problem_id, "bad_json")
        else:
            image = f"{folder.name}/{file.parent.name}/img_diagram.png"
            yield partial(rejecting(make), {**row, "image": image}, problem_id)


def _problem(row: Row, problem_id: str, split: str, protocol: Protocol, folder: Path | None) -> Problem:
    pictures = row["image"] if "image" in row else row.get("images")
    if not (pictures := [pictures] if isinstance(pictures, str | dict) else pictures):
        raise UnusableRowError("missing_picture")
    question = text(row, "problem_text" if "problem_text" in row else "problem").replace("<image>", "").strip()
    images = [picture(value, folder) for value in pictures]
    return geometry_problem(problem_id, split, "MIT", question, _answer(row, protocol), images, kept(row, _KEPT))


def _answer(row: Row, protocol: Protocol) -> Answer:
    """Both cards and the folders: the right choice is given by its letter or by its text, or there are no choices."""
    choices = row.get("choices") or []
    answers = [value.strip() for key in ("ground_truth", "answer") if isinstance(value := row.get(key), str)]
    for value in answers:
        if len(value) == 1 and value in LETTERS[: len(choices)]:
            return chosen(protocol, choices, LETTERS.index(value))
    for value in answers:
        if value in choices:
            return chosen(protocol, choices, choices.index(value))
    if protocol == "choices":
        raise UnusableRowError("bad_answer" if choices else "no_choices")
    return free(text(row, "answer"))
