"""RedStar's own releases (arXiv 2501.11284): published without a card, so their columns go by what they are called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.columns import SPELLINGS
from redstar_geo.sources.maths import Maths
from redstar_geo.sources.row import Row, UnusableRowError, as_text, language
from redstar_geo.sources.table import Table

TABLE = Table("RedStar-Reasoning/math_dataset", ())
_QUESTION, _ANSWER, _SOLUTION = (SPELLINGS[name] for name in ("question", "answer", "solution"))
_NEEDED = (
    "Needed are a question ({}), and an answer ({}) or a solution that ends in it ({}), as columns or as messages: "
    "rename the columns in a local copy and give it as source.path."
).format(*map(", ".join, (_QUESTION, _ANSWER, _SOLUTION)))


def problems(
    path: str | None = None, split: str = "train", release: Literal["math_dataset", "rl_dataset"] = "math_dataset"
) -> Iterator[Problem | Rejected]:
    """Every row in the table's order; see `table.problems` for `path` and errors.

    Raises:
        InputError: the first row has no column that is called as a question is, or none as an answer or a solution.
    """
    source = replace(TABLE, hub_id=f"RedStar-Reasoning/{release}")
    maths = Maths(f"redstar_{release}", "unknown", split)
    understood = False

    def problem(row: Row, id: str) -> Problem:
        nonlocal understood
        named = _named(row)
        question, answer, solution = (_first(named, names) for names in (_QUESTION, _ANSWER, _SOLUTION))
        if not question or not (answer or solution):
            if understood:
                raise UnusableRowError("missing_field")
            raise InputError(f"{path or source.hub_id} has the columns {', '.join(sorted(row))}. {_NEEDED}")
        understood = True
        meta: dict[str, Any] = {name: named[name] for name in ("level", "difficulty", "source") if name in named}
        return maths.problem(id, question, answer or None, solution, language=language(question), meta=meta)

    return table.problems(source, path, split, maths.source, problem)


def _first(named: dict[str, Any], names: tuple[str, ...]) -> str:
    return next(filter(None, (as_text(named.get(name)) for name in names)), "")


def _named(row: Row) -> dict[str, Any]:
    """The values by their columns' names in small letters, and what each speaker says first by who speaks."""
    named = {name.lower(): value for name, value in row.items()}
    turns = named.get("messages") or named.get("conversations")
    for turn in turns if isinstance(turns, list) else ():
        if isinstance(turn, dict):
            named.setdefault(str(turn.get("role", turn.get("from"))), turn.get("content", turn.get("value")))
    return named
