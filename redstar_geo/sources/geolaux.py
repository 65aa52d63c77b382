"""GeoLaux (arXiv 2508.06226, Candice-yu/GeoLaux): Chinese plane geometry of up to 24 steps, many with auxiliary lines.

One object keyed by id; `GeoLaux_minidata.json` has 330 of the 2,186 problems, a third of which are to be proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.attached import beside, folder_of, picture
from redstar_geo.sources.choices import listed_choices, right_choices
from redstar_geo.sources.gold import is_missing
from redstar_geo.sources.multiple_choice import LETTERS, Answer, chosen, free, geometry_problem
from redstar_geo.sources.row import Row, UnusableRowError, as_text, kept, text
from redstar_geo.sources.table import Table

TABLE = Table(
    "Candice-yu/GeoLaux",
    ("problem_text", "type", "number_answer", "choices", "original_image_name", "step_length"),
    one_split=True,
)
_PICTURES = ("mini_original_images", "original_images")
_KEPT = ("id", "type", "unit", "step_length", "auxiliary_type", "auxiliary_text", "solution")
_BANDS = ((1, 4), (5, 8), (9, 12), (13, 24))  # of steps, as the authors score them


def problems(path: str | None = None, split: str = "test") -> Iterator[Problem | Rejected]:
    """Every problem with its picture; what is to be proved is rejected as `asks_for_a_proof`.

    `meta["steps"]` is the authors' group of its number of steps, `1-4` to `13-24`. See `table.problems` for errors.

    Raises:
        InputError: no path: the set is not on the hub.
    """
    if path is None:
        raise InputError(
            "source.path is missing, and GeoLaux is not on the hub: clone github.com/Candice-yu/GeoLaux and give its "
            "folder."
        )
    return table.problems(TABLE, path, split, "geolaux", lambda row, id: _problem(row, id, split, folder_of(path)))


def _problem(row: Row, problem_id: str, split: str, folder: Path | None) -> Problem:
    if row["type"] == "proving":
        raise UnusableRowError("asks_for_a_proof")
    name = f"{as_text(row['original_image_name'])}.png"
    place = next((each for home in _PICTURES if beside(each := f"{home}/{name}", folder)), name)
    meta = kept(row, _KEPT) | {"steps": _band(row["step_length"])}
    question = text(row, "problem_text")
    return geometry_problem(problem_id, split, "MIT", question, _answer(row), [picture(place, folder)], meta)


def _answer(row: Row) -> Answer:
    """A value with its unit, or the letter of the choice that has it."""
    value, unit = text(row, "number_answer"), as_text(row.get("unit"))
    if is_missing(value):
        raise UnusableRowError("no_answer")
    gold = value if is_missing(unit) or value.endswith(("°", "'", unit)) else f"{value}{unit}"
    choices = listed_choices(row["choices"])
    if not choices:
        return free(gold)
    letters = next((letters for each in (gold, value) if (letters := _letters(each, choices))), frozenset[str]())
    if len(letters) != 1:
        raise UnusableRowError("bad_answer")
    return chosen("choices", choices, LETTERS.index(min(letters)))


def _letters(value: str, choices: tuple[str, ...]) -> frozenset[str]:
    """As `right_choices`, but the value `a` is no letter."""
    return frozenset(LETTERS[choices.index(value)]) if value in choices else right_choices(value, choices)


def _band(steps: object) -> str:
    if not isinstance(steps, int):
        return ""
    return next((f"{first}-{last}" for first, last in _BANDS if first <= steps <= last), "")
