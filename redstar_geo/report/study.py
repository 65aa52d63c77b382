"""The report of a study: its table, plots with intervals, fitted laws, what differs, and what did not work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from redstar_geo.report.page import new_plot, percent, plot, write_page
from redstar_geo.run import write_text
from redstar_geo.study.power import PowerLaw
from redstar_geo.study.recipe import Level, Plot, StudyRecipe
from redstar_geo.study.results import Row, Score

_COLOURS = ("#b3261e", "#2b6cb0", "#178a4c", "#8a5a00", "#6b3fa0", "#555555")


@dataclass(frozen=True)
class Line:
    """The rows of a plot that differ in x only, and the law through them."""

    name: str
    rows: Sequence[tuple[float, Row]]
    law: PowerLaw | None


@dataclass(frozen=True)
class Drawn:
    """A plot with its lines."""

    plot: Plot
    lines: Sequence[Line]


@dataclass(frozen=True)
class Report:
    """What the report of a study is made of."""

    recipe: StudyRecipe
    table: Sequence[Row]
    comparisons: Sequence[Mapping[str, Any]]
    drawn: Sequence[Drawn]
    counts: Mapping[str, Any]
    failures: Mapping[str, str]
    cost: str
    machine: str


def write_report(folder: Path, report: Report) -> None:
    """Write `report.html`, `table.md` and `plot_N.png`."""
    write_text(folder / "table.md", markdown(report))
    measured = {n: each for n, each in enumerate(report.drawn, 1) if any(line.rows for line in each.lines)}
    figures = {number: figure(each) for number, each in measured.items()}
    for number, each in figures.items():
        each.savefig(folder / f"plot_{number}.png", dpi=130, bbox_inches="tight")
    write_page(
        folder / "report.html",
        "study.html",
        report=report,
        name=report.recipe.study,
        answer=_answer(report),
        counts=_counts(report),
        header=_header(report),
        rows=[_cells(row, report) for row in report.table],
        plots=[(plot(figures[number]), laws(drawn)) for number, drawn in measured.items()],
        comparisons=[_compared(each) for each in report.comparisons],
        note=_note(report.recipe),
        compared=_comparison_header(report.recipe),
    )


def _answer(report: Report) -> str:
    """What it found, in a sentence: the difference that is largest against its interval, or the best row."""
    apart = [each for each in report.comparisons if each["low"] is not None and not each["low"] <= 0 <= each["high"]]
    if apart:
        what, column, value, interval, *_ = _compared(max(apart, key=lambda each: abs(each["value"])))
        more = f" So do {len(apart) - 1} other comparisons differ." if len(apart) > 1 else ""
        return f"{what}: {value} in {column} (95 % interval {interval}).{more}"
    columns = _columns(report)
    if not columns:
        return "Nothing is measured yet."
    column = columns[0]
    scored = [(row.scores[column].value, row) for row in report.table if column in row.readings]
    best, row = max(scored, key=lambda each: each[0])
    none = "No comparison has an interval without zero. " if report.comparisons else ""
    return f"{none}Best of {column}: {percent(best)}, with {', '.join(f'{k} {v}' for k, v in row.levels.items())}."


def _note(recipe: StudyRecipe) -> str:
    over = recipe.repeats or "repeat"
    return (
        f"95 % intervals. Over problems: Wilson's, every {over} pooled, items of one problem clustered. "
        f"Over {over}: Student's t of the means of each. Neither holds the other's variation."
    )


def _comparison_header(recipe: StudyRecipe) -> tuple[str, ...]:
    over = recipe.repeats or "repeat"
    head = ("comparison", "column", "difference", "95 % interval", "p (McNemar)", "n")
    return (*head, "disjoint over problems", f"over {over}")


def markdown(report: Report) -> str:
    """The table, the laws and the comparisons; the same however often the study was stopped."""
    header = _header(report)
    lines = [
        f"| {' | '.join(header)} |",
        "|" + "|".join("---" if place == 0 else "---:" for place in range(len(header))) + "|",
    ]
    lines += [f"| {' | '.join(_cells(row, report))} |" for row in report.table]
    lines += ["", f"{_counts(report)} {_note(report.recipe)}"]
    lines += [f"- {law}" for drawn in report.drawn for law in laws(drawn)]
    if report.comparisons:
        lines += ["", f"| {' | '.join(_comparison_header(report.recipe))} |"]
        lines += [
            "|---|---|---:|---:|---:|---:|---|---|",
            *(f"| {' | '.join(_compared(each))} |" for each in report.comparisons),
        ]
    return "\n".join(lines) + "\n"


def _counts(report: Report) -> str:
    counts = report.counts
    text = f"{counts['out']} of {counts['in']} cells finished"
    text += f", {counts['pending']} not yet" if counts["pending"] else ""
    failed = ", ".join(f"{number} {reason}" for reason, number in counts["rejected"].items())
    return f"{text}, failed: {failed}." if failed else f"{text}."


def laws(drawn: Drawn) -> list[str]:
    """Every fitted law in words."""
    return [
        f"{line.name or drawn.plot.measure}: error ∝ {drawn.plot.x}^−α with α = {line.law.alpha:.2f} "
        f"({line.law.low:.2f} to {line.law.high:.2f}, 95 % bootstrap over problems and repeats), R² {line.law.r2:.2f} "
        f"of a straight line through {line.law.points} points"
        for line in drawn.lines
        if line.law is not None
    ]


def _header(report: Report) -> list[str]:
    axes = [axis for axis in report.recipe.axes if axis != report.recipe.repeats]
    columns = []
    for column in _columns(report):
        columns += [column, "over problems", f"over {report.recipe.repeats or 'repeat'}", "truncated", "n"]
    return [*axes, report.recipe.repeats or "cells", *report.recipe.facts, *columns]


def _columns(report: Report) -> list[str]:
    return list(dict.fromkeys(column for row in report.table for column in row.readings))


def _cells(row: Row, report: Report) -> list[str]:
    finished = str(row.cells) if len(row.repeated) == row.cells else f"{len(row.repeated)} of {row.cells}"
    cells = [*map(str, row.levels.values()), finished]
    cells += [f"{row.facts[name]:,.0f}" if name in row.facts else "–" for name in report.recipe.facts]
    scores = row.scores
    for column in _columns(report):
        score = scores.get(column)
        cells += (
            ["–"] * 5
            if score is None
            else [percent(score.value), *_intervals(score), percent(score.truncated), str(score.n)]
        )
    return cells


def _intervals(score: Score) -> tuple[str, str]:
    return _interval(score.low, score.high), _interval(score.t_low, score.t_high)


def _interval(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{100 * max(0.0, low):.1f} – {100 * min(1.0, high):.1f}"


def _compared(each: Mapping[str, Any]) -> list[str]:
    first, second = each["levels"]
    beside = "".join(f", {axis} {level}" for axis, level in each["beside"].items())
    low, high = each["low"], each["high"]
    interval = "–" if low is None else f"{100 * low:+.1f} to {100 * high:+.1f}"
    value = "–" if each["value"] is None else f"{100 * each['value']:+.1f} points"
    disjoint = ["–" if apart is None else "yes" if apart else "no" for apart in (each["disjoint"], each["t_disjoint"])]
    what = f"{each['axis']}: {second} against {first}{beside}"
    p_value = "–" if each["p_value"] is None else f"{each['p_value']:.2g}"
    return [what, each["column"], value, interval, p_value, str(each["n"]), *disjoint]


def figure(drawn: Drawn) -> Figure:
    """Right answers over x with the interval over problems, every repeat as a dot; the fitted laws with their bands."""
    return _over_x(drawn) if drawn.plot.x is not None else _by_row(drawn)


def _over_x(drawn: Drawn) -> Figure:
    canvas, axes = new_plot(7.2, 4.2)
    for line, colour in zip(drawn.lines, _COLOURS * len(drawn.lines), strict=False):
        points = [(x, row.scores[drawn.plot.measure]) for x, row in line.rows if drawn.plot.measure in row.readings]
        for x, score in points:
            axes.plot([x] * score.repeats, [100 * value for value in score.each], ".", color=colour, alpha=0.45, ms=6)
        reach = [_reach(score) for _, score in points]
        xs, ys = [x for x, _ in points], [100 * score.value for _, score in points]
        axes.errorbar(
            xs,
            ys,
            yerr=list(zip(*reach, strict=True)) or None,
            fmt="o-",
            color=colour,
            capsize=3,
            label=line.name or None,
        )
        if line.law is not None:
            curve, low, high = (100 * (1 - e) for e in (line.law.error, line.law.error_high, line.law.error_low))
            axes.plot(line.law.x, curve, "--", color=colour, lw=1)
            axes.fill_between(line.law.x, low, high, color=colour, alpha=0.13, lw=0)
    _log_axis(axes, sorted({x for line in drawn.lines for x, _ in line.rows}), str(drawn.plot.x))
    axes.set_ylabel(f"{drawn.plot.measure}, %")
    axes.set_ylim(0, _upper(axes.dataLim.ymax))
    if len(drawn.lines) > 1:
        axes.legend(frameon=False)
    return canvas


def _log_axis(axes: Any, xs: list[float], name: str) -> None:
    """Ticks at the levels themselves; 0 has its place left of the others."""
    smallest = min((x for x in xs if x > 0), default=1.0)
    axes.set_xscale("symlog", linthresh=smallest) if 0 in xs else axes.set_xscale("log")
    axes.set_xticks(xs, [f"{x:,.0f}" if float(x).is_integer() else f"{x:g}" for x in xs])
    axes.minorticks_off()
    axes.set_xlabel(f"{name} (log scale)")


def _by_row(drawn: Drawn) -> Figure:
    rows = [row for line in drawn.lines for _, row in line.rows]
    columns = list(
        dict.fromkeys(c for row in rows for c in row.readings if c.partition(" · ")[0] == drawn.plot.measure)
    )
    canvas, axes = new_plot(7.2, 0.9 + 0.42 * max(1, len(rows)) * max(1, len(columns)) ** 0.6)
    for number, column in enumerate(columns):
        colour, shift = _COLOURS[number % len(_COLOURS)], 0.7 * (number + 0.5) / len(columns) - 0.35
        for place, row in enumerate(rows):
            if column in row.readings:
                score = row.scores[column]
                axes.plot(
                    [100 * v for v in score.each], [place + shift] * score.repeats, ".", color=colour, alpha=0.45, ms=6
                )
                reach = [[side] for side in _reach(score)]
                label = column.partition(" · ")[2] if place == 0 else None
                axes.errorbar(
                    100 * score.value, place + shift, xerr=reach, fmt="o", color=colour, capsize=3, label=label
                )
    axes.set_yticks(range(len(rows)), [", ".join(map(str, row.levels.values())) for row in rows])
    axes.set_ylim(max(1, len(rows)) - 0.5, -0.5)
    axes.set_xlim(0, _upper(axes.dataLim.xmax))
    axes.set_xlabel(f"{drawn.plot.measure}, % (95 % interval over problems; dots: repeats)")
    axes.grid(axis="x", alpha=0.25)
    if len(columns) > 1:
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return canvas


def _upper(highest: float) -> float:
    """Where an axis of per cents ends: what is small is seen as well, but no noise is blown up to fill the page."""
    return min(100.0, max(10.0, 1.15 * highest))


def _reach(score: Score) -> tuple[float, float]:
    """From the value down and up to the ends of its interval, in per cent."""
    if score.low is None or score.high is None:
        return 0.0, 0.0
    return 100 * max(0.0, score.value - score.low), 100 * max(0.0, score.high - score.value)


def lines(
    recipe: StudyRecipe, plotted: Plot, table: Sequence[Row], laws: Mapping[tuple[Level, ...], PowerLaw | None]
) -> list[Line]:
    """The rows that differ in x only, by the levels of the other axes."""
    if plotted.x is None:
        return [Line("", [(float(place), row) for place, row in enumerate(table) if row.readings], None)]
    groups: dict[tuple[Level, ...], list[tuple[float, Row]]] = {}
    for row in table:
        if row.readings:
            groups.setdefault(beside(row, plotted.x), []).append((float(row.levels[plotted.x]), row))
    return [Line(", ".join(map(str, key)), rows, laws.get(key)) for key, rows in groups.items()]


def beside(row: Row, axis: str) -> tuple[Level, ...]:
    """The row's levels of the other axes."""
    return tuple(level for name, level in row.levels.items() if name != axis)
