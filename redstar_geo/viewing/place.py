"""Where a visitor is among the traces: run, filters, page and opened row, as a query and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from redstar_geo.difficulty.scale import HIGHEST
from redstar_geo.viewing.address import Asked, number_of, text_of
from redstar_geo.viewing.trace_store import FACETS, Query

_PAGE = "sheet"  # `page` is Gradio's own, which refuses any that it does not have
_BOUNDS = ("least_difficulty", "most_difficulty", "least_length", "most_length")
_MOST_VALUES = 50  # of a facet, of those that an address names


@dataclass(frozen=True)
class Place:
    """What Browse shows. `bounds` of difficulty and tokens are from and to, 0 for none; `row` is the opened one."""

    run: str
    facets: tuple[tuple[str, ...], ...] = ((),) * len(FACETS)
    bounds: tuple[int, ...] = (0,) * len(_BOUNDS)
    search: str = ""
    text: str = ""
    page: int = 0
    row: int | None = None

    @classmethod
    def of(cls, asked: Asked, runs: Sequence[str]) -> Place:
        """The place that an address names, as far as it is here."""
        run = text_of(asked, "run", 400)
        row = text_of(asked, "row")
        return cls(
            run if run in runs else runs[0],
            tuple(tuple(asked.get(facet, ())[:_MOST_VALUES]) for facet in FACETS),
            tuple(number_of(asked, name) for name in _BOUNDS),
            text_of(asked, "search"),
            text_of(asked, "text"),
            max(0, number_of(asked, _PAGE) - 1),
            number_of(asked, "row") if row.isascii() and row.isdecimal() else None,
        )

    @property
    def link(self) -> str:
        """The query that leads here."""
        said: list[tuple[str, str]] = [("tab", "browse"), ("run", self.run)]
        said += [(facet, value) for facet, values in zip(FACETS, self.facets, strict=True) for value in values]
        said += [(name, str(bound)) for name, bound in zip(_BOUNDS, self.bounds, strict=True) if bound]
        said += [(name, value) for name, value in (("search", self.search), ("text", self.text)) if value]
        said += [(_PAGE, str(self.page + 1))] * (self.page > 0)
        said += [("row", str(self.row))] * (self.row is not None)
        return "?" + urlencode(said)

    @property
    def wanted(self) -> Query:
        """The filters, without the words to be searched in texts."""
        low, high, shortest, longest = self.bounds
        levels = (float(low), float(high or HIGHEST)) if low or high else None
        lengths = (float(shortest), float(longest or math.inf)) if shortest or longest else None
        return Query(dict(zip(FACETS, self.facets, strict=True)), levels, lengths, self.search)

    def among(self, values: Sequence[Sequence[str]]) -> Place:
        """Without what an address names of a facet and the run does not have: no control would show such a filter."""
        pairs = zip(values, self.facets, strict=True)
        return replace(self, facets=tuple(tuple(one for one in chosen if one in each) for each, chosen in pairs))

    def at(self, page: int) -> Place:
        return replace(self, page=page, row=None)
