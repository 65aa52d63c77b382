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
from redstar_geo.report.shown import share_bar

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
        path: of the page; its folder is the name of the run.
        name: of the scorer.
        comparisons: by how the questions were kept unseen (`10 folds, seed 0`); the first is in the headline.
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
        name=path.parent.name,
        about=[f"Scorer: {name}"],
        headline=_headline(first),
        shares=[_share(who, one.within_one) for who, one in (("scorer", first.scorer), ("length alone", first.length))],
        rows=[row for how, comparison in comparisons.items() for row in _rows(how, comparison)],
        calibration_plot=plot(_calibration(unseen, bins)),
        bins=[[each.level, each.n, f"{each.predicted:.2f}", _with_interval(each.true)] for each in bins],
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
        f"Within one level for {100 * ours.within_one.value:.0f} % of {comparison.n:,} questions not seen in training, "
        f"by length alone for {100 * its.within_one.value:.0f} %; Spearman's correlation is {ours.spearman.value:.2f} "
        f"against {its.spearman.value:.2f}. {verdict}"
    )


_WORDS = {"spearman": "Spearman's correlation", "within_one": "the share within one level", "mae": "the mean error"}


def _share(who: str, found: Estimate) -> tuple[str, float, float | None, float | None]:
    return share_bar(who, {"accuracy": found.value, "low": found.low, "high": found.high})


def _rows(how: str, comparison: Comparison) -> list[list[str]]:
    lines: list[tuple[str, Agreement]] = [
        ("scorer", comparison.scorer),
        ("length alone", comparison.length),
        ("gain, paired", comparison.gain),
    ]
    return [
        [how, who, f"{comparison.n:,}", *map(_with_interval, (found.spearman, found.within_one, found.mae))]
        for who, found in lines
    ]


def _with_interval(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"


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
