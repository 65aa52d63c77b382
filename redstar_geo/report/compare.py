"""Two evaluations side by side: the difference with its interval, and the problems that flipped, with both traces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from redstar_geo.records import Problem
from redstar_geo.report.page import interval, percent, plot, write_page
from redstar_geo.report.shown import group_name, problem_card, share_bar, word

_BOTH = ("first", "second")


@dataclass(frozen=True)
class Flip:
    """A problem on which the two differ, with the items of both."""

    problem: Problem
    first: Sequence[Mapping[str, Any]]
    second: Sequence[Mapping[str, Any]]


def write_report(path: Path, comparison: Mapping[str, Any], flips: Mapping[str, Sequence[Flip]], shown: int) -> None:
    """Write the comparison as one self-contained HTML file.

    Args:
        path: the file to write.
        comparison: what `compare.json` holds.
        flips: problems under `gained` and `lost`.
        shown: how many of each appear, in the order of the problems.
    """
    write_page(
        path,
        "compare.html",
        name=f"{_run(comparison['first'])} and {_run(comparison['second'])}",
        about=[f"{which.capitalize()}: {comparison[which]['model']}" for which in _BOTH],
        sentences=sentences(comparison),
        shares=[share_bar(f"{which}, {_run(comparison[which])}", comparison[which]["of_all"]) for which in _BOTH],
        single=comparison["mcnemar"] is not None,
        rows=[_row(comparison[name], name) for name in _BOTH],
        verdicts=_matrix(comparison["verdicts"]) if comparison["verdicts"] else None,
        groups=[
            [group_name(name), *_points(group).values()] for name, group in comparison["difference_by_group"].items()
        ],
        groups_plot=plot(_differences(comparison)),
        parts=[
            {
                "title": title,
                "note": f"{len(flips[name]):,} problems" + (f", {shown} shown" if len(flips[name]) > shown else ""),
                "cards": [_card(flip) for flip in flips[name][:shown]],
            }
            for name, title in (("gained", "Only the second is correct"), ("lost", "Only the first is correct"))
        ],
    )


def sentences(comparison: Mapping[str, Any]) -> list[str]:
    """Three: which is better and by how much, what flipped, and what cannot be said."""
    return [_which_is_better(comparison), _what_flipped(comparison), _what_cannot_be_said(comparison)]


def _which_is_better(comparison: Mapping[str, Any]) -> str:
    first, second = (percent(comparison[name]["of_all"]["accuracy"]) for name in ("first", "second"))
    points = _points(comparison["difference"])
    winner = _winner(comparison)
    test = f", McNemar p = {_p_value(comparison['mcnemar']['p_value'])}" if comparison["mcnemar"] else ""
    return (
        f"{f'The {winner} is better' if winner else 'Neither is shown to be better'}: {second} in the second against "
        f"{first} in the first on the same {comparison['problems']:,} problems, {points['value']} points "
        f"(95 % interval {points['interval']}{test})."
    )


def _what_flipped(comparison: Mapping[str, Any]) -> str:
    gained, lost = len(comparison["flips"]["gained"]), len(comparison["flips"]["lost"])
    alone = "Only the second is correct" if comparison["mcnemar"] else "The second is correct more often"
    same = comparison["problems"] - gained - lost
    return f"{alone} on {gained:,} problems, the first on {lost:,}; they do equally on the other {same:,}."


def _what_cannot_be_said(comparison: Mapping[str, Any]) -> str:
    if comparison["difference"]["low"] is None:
        return f"{comparison['problems']} problems are too few for an interval, so nothing can be said of others."
    if _winner(comparison) is None:
        interval = _points(comparison["difference"])["interval"]
        return f"It cannot be said which is better: any difference of {interval} points would fit."
    return "It cannot be said from this whether it holds on other kinds of problems, or after another training."


def _winner(comparison: Mapping[str, Any]) -> str | None:
    """Where the interval of the difference leaves out zero."""
    low, high = comparison["difference"]["low"], comparison["difference"]["high"]
    if low is None or low <= 0 <= high:
        return None
    return "second" if low > 0 else "first"


def _run(score: Mapping[str, Any]) -> str:
    return Path(score["run"]).name


def _row(score: Mapping[str, Any], name: str) -> list[str]:
    of_all, completed = score["of_all"], score["of_completed"]
    return [
        f"{name}, {_run(score)}",
        percent(of_all["accuracy"]),
        interval(of_all["low"], of_all["high"]),
        percent(completed["accuracy"]),
        f"{score['attempts']:,}",
        percent(score["truncated_share"]),
        percent(score["no_answer_share"]),
        percent(score["undecided_share"]),
        f"{score['mean_tokens']:,.0f}",
    ]


def _matrix(verdicts: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    names = sorted({name for row in verdicts.values() for name in row})
    rows = [[word(first), *(row.get(name, 0) for name in names)] for first, row in verdicts.items()]
    return {"columns": ["first ↓ second →", *map(word, names)], "rows": rows}


def _differences(comparison: Mapping[str, Any]) -> Figure:
    """The difference of all, and of every group that has an interval, in points."""
    groups = [(name, one) for name, one in comparison["difference_by_group"].items() if one["low"] is not None]
    drawn = [*reversed(groups), ("all", comparison["difference"])]
    figure = Figure(figsize=(7, 0.8 + 0.28 * len(drawn)))
    axes = figure.subplots()
    for place, (name, one) in enumerate(drawn):
        colour = "#b3261e" if name == "all" else "#2b6cb0"
        if one["low"] is not None:
            axes.plot([100 * one["low"], 100 * one["high"]], [place, place], color=colour, linewidth=2)
        axes.plot(100 * one["value"], place, "o", color=colour)
    axes.axvline(0, color="#888888", linewidth=0.8)
    axes.set_yticks(range(len(drawn)), [group_name(name) for name, _ in drawn], parse_math=False)
    axes.set_xlabel("second minus first, points (95 % interval)")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _card(flip: Flip) -> dict[str, Any]:
    return problem_card(flip.problem) | {
        "traces": [
            {"name": name, "right": sum(item["verdict"] == "correct" for item in items), "n": len(items)}
            | _example(items, right=(name == "second") == (_right(flip.second) > _right(flip.first)))
            for name, items in ((_BOTH[0], flip.first), (_BOTH[1], flip.second))
        ],
    }


def _example(items: Sequence[Mapping[str, Any]], right: bool) -> dict[str, Any]:
    """The first attempt that shows the flip: a right one on the side that has more of them, else one that is not."""
    item = next((item for item in items if (item["verdict"] == "correct") == right), items[0])
    return {
        "status": item["verdict"],
        "reason": item["reason"],
        "tokens": f"{item['tokens']:,}",
        "text": item["response"],
    }


def _right(items: Sequence[Mapping[str, Any]]) -> float:
    return sum(item["verdict"] == "correct" for item in items) / len(items)


def _points(estimate: Mapping[str, Any]) -> dict[str, Any]:
    interval = "–"
    if estimate["low"] is not None:
        interval = f"{_signed(estimate['low'])} to {_signed(estimate['high'])}"
    return {"n": f"{estimate['n']:,}", "value": _signed(estimate["value"]), "interval": interval}


def _signed(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−") if round(100 * share, 1) else "0.0"


def _p_value(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else f"{value:.1e}"
