"""The curves of a training's log and of the problems that it was evaluated on, by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from redstar_geo.report.page import new_plot

Entries = Sequence[Mapping[str, Any]]

_LINE, _OTHER = "#b3261e", "#2b6cb0"


def curves(log: Entries, names: Mapping[str, str], beside: Mapping[str, str] | None = None) -> Figure:
    """A panel for each key that has values in the log, two a row; an axis begins at 0 where nothing is below.

    Args:
        names: what the axis says, by key.
        beside: by key another one that is drawn in its panel too, in blue.
    """
    keys = [key for key in names if any(entry.get(key) is not None for entry in log)]
    rows, columns = -(-len(keys) // 2), min(2, len(keys))
    figure = Figure(figsize=(5 * columns, 2.5 * rows), layout="tight")
    places = figure.subplots(rows, columns, squeeze=False)
    for axes, key in zip(places.flat, keys, strict=False):
        drawn = {key: _LINE}
        if beside and key in beside:
            drawn[beside[key]] = _OTHER
        for one, color in drawn.items():
            points = [(entry["step"], entry[one]) for entry in log if entry.get(one) is not None]
            if points:
                axes.plot(*zip(*points, strict=True), color=color, linewidth=1.2, marker="." if len(points) < 3 else "")
        axes.set_ylabel(names[key])
        lowest, _ = axes.dataLim.intervaly
        if lowest >= 0:
            axes.set_ylim(bottom=0)
        axes.set_xlabel("step")
        axes.spines[["top", "right"]].set_visible(False)
    for axes in places.flat[len(keys) :]:
        axes.set_axis_off()
    return figure


def accuracy_curve(evaluations: Entries) -> Figure:
    """Correct answers in per cent, with their interval."""
    figure, axes = new_plot(7, 2.6)
    steps = [entry["step"] for entry in evaluations]
    share, low, high = ([100 * entry[key] for entry in evaluations] for key in ("accuracy", "low", "high"))
    axes.fill_between(steps, low, high, color=_OTHER, alpha=0.2, linewidth=0)
    axes.plot(steps, share, color=_OTHER, marker="o", markersize=4)
    axes.set_ylim(0, 100)
    axes.set(xlabel="step", ylabel="correct answers, %")
    return figure
