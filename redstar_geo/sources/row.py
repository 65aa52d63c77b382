"""A row of somebody else's data set, read with suspicion: what it lacks is a reason, not a crash."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from redstar_geo.errors import RedStarError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected
from redstar_geo.sources.eaten import stripped

Row = Mapping[str, Any]


class UnusableRowError(RedStarError):
    """A row that makes no problem; `reason` is machine-readable."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def rejecting(make: Callable[[Row, str], Problem]) -> Callable[[Row, str], Problem | Rejected]:
    """`make`, but an unusable row is returned as rejected under its reason."""

    def made(row: Row, problem_id: str) -> Problem | Rejected:
        try:
            return make(row, problem_id)
        except UnusableRowError as error:
            return Rejected(problem_id, error.reason)

    return made


def kept(row: Row, columns: Sequence[str], empty: bool = True) -> dict[str, Any]:
    """Those of the columns that the row has, with or without `empty` ones."""
    return {name: row[name] for name in columns if name in row and (empty or row[name])}


def text(row: Row, column: str) -> str:
    """The text of a column.

    Raises:
        UnusableRowError: `missing_field`: there is none, or only white space.
    """
    value = row.get(column)
    if not isinstance(value, str) or not value.strip():
        raise UnusableRowError("missing_field")
    return stripped(value)


def as_text(value: Any) -> str:
    """A value without the space around it; a number as it is written.

    Nothing for what is neither text nor number, as infinity is none, nor NaN, which stands for what is missing.
    """
    if isinstance(value, str):
        return stripped(value)
    if isinstance(value, float):
        return str(value) if math.isfinite(value) else ""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def language(question: str) -> str:
    """`zh` when there is a Chinese character in it, otherwise `en`."""
    return "zh" if any("\u4e00" <= character <= "\u9fff" for character in question) else "en"
