"""The report on a difficulty scorer: how well it predicts unseen questions, where it is off, and by how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from redstar_geo.difficulty.measure import Agreement, Bin, Comparison, Estimate, Selection, Unseen
from redstar_geo.difficulty.scale import HIGHEST, LOWEST
from redstar_geo.report.page import new_plot, plot, write_page

_EXAMPLES = 8
_OURS, _BASELINE = "#b3261e", "#888888"


def write_report(
    path: Path,
    name: str,
    comparisons: Mapping[str, Comparison],
    unseen: Unseen,
    bins: Sequence[Bin],
    hard: Selection,
    counts: Mapping[str, Any],
) -> None:
    """Write the page.

    Args:
        comparisons: by how the questions were kept unseen (`10 folds, seed 0`); the first is the one plotted.
        unseen: the questions of the first comparison.
        bins: their calibration.
        hard: choosing hard ones by their predictions.
        counts: of the labelled questions read.
    """
    first = next(iter(comparisons.values()))
    worst = np.argsort(-np.abs(unseen.predicted - unseen.true), kind="stable")[:_EXAMPLES]
    write_page(
        path,
        "difficulty.html",
        name=name,
        headline=_headline(first),
        rows=[row for how, comparison in comparisons.items() for row in _rows(how, comparison)],
        comparison_plot=plot(_comparison(first)),
        calibration_plot=plot(_calibration(unseen, bins)),
        bins=[
            {"level": each.level, "n": each.n, "predicted": f"{each.predicted:.2f}", "true": _with_interval(each.true)}
            for each in bins
        ],
        hard=hard,
        worst=[
            {
                "question": unseen.questions[i],
                "true": f"{unseen.true[i]:g}",
                "predicted": f"{unseen.predicted[i]:.1f}",
            }
            for i in worst
        ],
        counts=counts,
    )


def _headline(comparison: Comparison) -> str:
    ours, its = comparison.scorer, comparison.length
    clear = [words for key, words in _WORDS.items() if comparison.disjoint[key]]
    verdict = f"The intervals do not overlap for {', '.join(clear)}." if clear else "The intervals overlap."
    return (
        f"On {comparison.n} questions not seen in training: Spearman {ours.spearman.value:.2f} "
        f"({its.spearman.value:.2f} by length alone), {100 * ours.within_one.value:.0f} % within one level "
        f"({100 * its.within_one.value:.0f} %). "
        f"{verdict}"
    )


_WORDS = {"spearman": "Spearman's correlation", "within_one": "the share within one level", "mae": "the mean error"}


def _rows(how: str, comparison: Comparison) -> list[dict[str, str]]:
    lines: list[tuple[str, Agreement]] = [
        ("scorer", comparison.scorer),
        ("length alone", comparison.length),
        ("gain, paired", comparison.gain),
    ]
    return [
        {
            "how": how,
            "who": who,
            "n": str(comparison.n),
            "spearman": _with_interval(agreement.spearman),
            "within_one": _with_interval(agreement.within_one),
            "mae": _with_interval(agreement.mae),
        }
        for who, agreement in lines
    ]


def _with_interval(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"


def _comparison(comparison: Comparison) -> Figure:
    figure = Figure(figsize=(8, 1.8))
    places = figure.subplots(1, 3)
    titles = ("Spearman", "within one level", "mean absolute error")
    for axes, title, key in zip(places, titles, _WORDS, strict=True):
        for height, (agreement, colour) in enumerate(((comparison.length, _BASELINE), (comparison.scorer, _OURS))):
            estimate: Estimate = vars(agreement)[key]
            axes.hlines(height, estimate.low, estimate.high, color=colour)
            axes.plot(estimate.value, height, "o", color=colour)
        axes.set_yticks((0, 1), ("length", "scorer") if key == "spearman" else ("", ""))
        axes.set_ylim(-0.6, 1.6)
        axes.set_title(title, fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _calibration(unseen: Unseen, bins: Sequence[Bin]) -> Figure:
    figure, axes = new_plot(5, 4.5)
    axes.plot((LOWEST, HIGHEST), (LOWEST, HIGHEST), color=_BASELINE, linewidth=1, linestyle="--")
    axes.scatter(unseen.predicted, unseen.true, s=8, color=_BASELINE, alpha=0.5, linewidths=0)
    places = [each.predicted for each in bins]
    axes.vlines(places, [each.true.low for each in bins], [each.true.high for each in bins], color=_OURS)
    axes.plot(places, [each.true.value for each in bins], "o", color=_OURS)
    ends = LOWEST - 0.3, HIGHEST + 0.3
    axes.set(xlabel="predicted level", ylabel="true level (mean and 95 % interval)", xlim=ends, ylim=ends)
    return figure
