"""The plots of an evaluation's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from redstar_geo.report.page import new_plot
from redstar_geo.report.shown import group_name

_BINS = 30


def accuracies(groups: Iterable[tuple[str, Mapping[str, Any]]]) -> Figure:
    """A point and its interval for each."""
    drawn = list(groups)[::-1]
    figure, axes = new_plot(7, 0.8 + 0.28 * len(drawn))
    for place, (_, one) in enumerate(drawn):
        axes.plot([100 * one["low"], 100 * one["high"]], [place, place], color="#2b6cb0", linewidth=2)
        axes.plot(100 * one["accuracy"], place, "o", color="#2b6cb0", clip_on=False)
    names = [f"{group_name(name)} ({one['n']:,})" for name, one in drawn]
    axes.set_yticks(range(len(drawn)), names, parse_math=False)
    axes.set_xlim(0, 100)
    axes.set_ylim(-0.6, len(drawn) - 0.4)
    axes.set_xlabel("accuracy, % (95 % interval)")
    return figure


def lengths(items: Sequence[Mapping[str, Any]]) -> Figure:
    """Tokens of an answer, correct ones, truncated ones and the others on top of each other."""
    correct = [item["tokens"] for item in items if item["verdict"] == "correct"]
    truncated = [item["tokens"] for item in items if item["verdict"] != "correct" and item["truncated"]]
    other = [item["tokens"] for item in items if item["verdict"] != "correct" and not item["truncated"]]
    figure, axes = new_plot(7, 2.2)
    colours = ("#178a4c", "#c43c3c", "#888888")
    most = max((item["tokens"] for item in items), default=0)
    axes.hist(
        [correct, other, truncated],
        _BINS,
        range=(0, max(most, 1)),
        stacked=True,
        color=colours,
        label=("correct", "not correct", "truncated"),
    )
    axes.set_xlabel("tokens of the answer")
    axes.legend(frameon=False)
    return figure
