"""What an evaluation says of certificates: accuracy at coverage, the risk–coverage curve, errors that were caught."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from redstar_geo.report.page import interval, new_plot, percent, plot

CERTIFIED_COLUMNS = ("certificates", "coverage", "right at coverage", "95 % interval", "right of all", "wrong refuted")
_LINE = "#2b6cb0"


def certified_rows(sets: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """A row a set under `CERTIFIED_COLUMNS`; none of sets of whose pictures nothing is known."""
    return [_row(name, one["certified"]) for name, one in sets.items() if "certified" in one]


def certified_section(scores: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the page shows of one set."""
    if "certified" not in scores:
        return None
    found = scores["certified"]
    return {
        "row": _row("", found),
        "answers": f"{found['answers']:,}",
        "caught": f"{found['caught']:,} of {found['wrong']:,}",
        "lost": f"{found['lost']:,}",
        "why_not": found["why_not"],
        "pictures": found["pictures"],
        "plot": plot(risk_coverage(found["curve"])) if len(found["curve"]) > 1 else None,
    }


def risk_coverage(curve: Sequence[tuple[float, float]]) -> Figure:
    """The share of wrong answers among those given, by the share given: certified first, refuted last."""
    figure, axes = new_plot(5, 2.6)
    coverage, risk = ([100 * point[axis] for point in curve] for axis in (0, 1))
    axes.plot(coverage, risk, color=_LINE, marker="o", markersize=4)
    axes.axhline(risk[-1], color="grey", linewidth=0.8, linestyle="--")  # answering some at random
    axes.set(xlabel="answers given, %", ylabel="of these wrong, %", xlim=(0, 102))
    axes.set_ylim(bottom=0)
    return figure


def _row(name: str, found: Mapping[str, Any]) -> list[str]:
    sure, every = found["at_coverage"], found["of_all"]
    shares = [percent(found["coverage"]), percent(sure["accuracy"]), interval(sure["low"], sure["high"])]
    return [name, *shares, percent(every["accuracy"]), f"{found['caught']:,} of {found['wrong']:,}"]
