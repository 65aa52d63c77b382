"""GeoQA (arXiv 2105.14517) as hz2475/geoQA has it: Chinese textbook problems with diagrams and four choices."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources.attached import folder_of, picture
from redstar_geo.sources.multiple_choice import Protocol, chosen, geometry_problem
from redstar_geo.sources.row import Row, UnusableRowError, kept, text
from redstar_geo.sources.table import Draft, Problems, Table, draft, rows

TABLE = Table("hz2475/geoQA", ("subject", "choices", "label", "original_split", "image"))
_KEPT = ("id", "formal_point", "answer", "comment")
_HUB_SPLIT = "train"  # one table holds all the original splits


def problems(path: str | None, split: str = "train", protocol: Protocol = "choices") -> Problems:
    """The problems of one of GeoQA's own splits; ids count the rows of the whole table.

    Raises:
        InputError: nothing to read at `path`, columns are missing, or nothing belongs to the split.
    """
    return Problems(_drafts(path, split, protocol))


def _drafts(path: str | None, split: str, protocol: Protocol) -> Iterator[Draft]:
    make = partial(_problem, split=split, protocol=protocol, folder=folder_of(path))
    others: set[str] = set()
    any_of_split = False
    for number, row in enumerate(rows(TABLE, path, _HUB_SPLIT)):
        problem_id = f"geoqa/{split}/{number}"
        own = None if isinstance(row, str) else row.get("original_split")
        if own is None or own == split:
            any_of_split |= own == split
            yield partial(draft, TABLE, row, problem_id, make)
        else:
            others.add(str(own))
    if others and not any_of_split:
        raise InputError(f"source.split={split} is none of GeoQA's splits. It has {', '.join(sorted(others))}.")


def _problem(row: Row, problem_id: str, split: str, protocol: Protocol, folder: Path | None) -> Problem:
    if row["original_split"] is None:
        raise UnusableRowError("missing_field")
    if not isinstance(row.get("choices"), list):
        raise UnusableRowError("no_choices")
    gold = chosen(protocol, row["choices"], row.get("label"))
    images = [picture(row.get("image"), folder)]
    return geometry_problem(problem_id, split, "MIT", text(row, "subject"), gold, images, kept(row, _KEPT))
