"""A training's report: how the loss fell, how fast it ran, what was trained, and problems that it was examined with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from redstar_geo.records import Problem
from redstar_geo.report.page import picture, plot, write_page
from redstar_geo.vlm.parts import PartRow

_LINE, _OTHER = "#b3261e", "#2b6cb0"
_SHOWN = 16  # problems whose answers are shown
_CURVES = {  # key of the log: what the axis says
    "loss": "loss a token",
    "token_accuracy": "right next tokens",
    "tokens_per_s": "tokens a second",
    "learning_rate": "learning rate",
}


def write_report(
    path: Path,
    name: str,
    log: Sequence[Mapping[str, Any]],
    parts: Sequence[PartRow],
    examinations: Sequence[Mapping[str, Any]] = (),
    problems: Sequence[Problem] = (),
    facts: Mapping[str, str] | None = None,
) -> None:
    """Write the report as one self-contained HTML file.

    Args:
        path: the file to write.
        name: of the run, as its title.
        log: entries of `log.jsonl`, at least one; `step` and `loss` are needed, other curves are drawn if there.
        parts: as `part_table` gives them.
        examinations: entries of `examinations.jsonl`, with their items.
        problems: what was examined.
        facts: anything else to be said beside the table of parts, a line each.
    """
    best = _best(examinations)
    write_page(
        path,
        "training.html",
        name=name,
        headline=_headline(log, examinations),
        curves_plot=plot(_curves(log)),
        throughput=_throughput(log[-1]),
        parts=[_part(row) for row in parts],
        facts=dict(facts or {}),
        examinations=[_examination(entry, entry is best) for entry in examinations],
        examined_plot=plot(_examined(examinations)) if examinations else "",
        cards=_cards(problems, examinations, best),
        examined=len(problems),
    )


def _best(examinations: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Most right answers; of equals the last, as `keep_best` chooses among checkpoints."""
    return max(examinations, key=lambda entry: (entry["right"], entry["step"]), default=None)


def _headline(log: Sequence[Mapping[str, Any]], examinations: Sequence[Mapping[str, Any]]) -> str:
    loss = f"Loss {log[0]['loss']:.3g} to {log[-1]['loss']:.3g} in {log[-1]['step']:,} steps."
    best = _best(examinations)
    if best is None:
        return f"{loss} The model was not examined during training."
    first = f"; {examinations[0]['right']} at step {examinations[0]['step']:,}" if len(examinations) > 1 else ""
    interval = f"{_percent(best['low'])} to {_percent(best['high'])}"
    right = f"{best['right']} of {best['n']} problems right ({interval}){first}"
    return f"{loss} Best at step {best['step']:,}: {right}."


def _curves(log: Sequence[Mapping[str, Any]]) -> Figure:
    keys = [key for key in _CURVES if key in log[-1]]
    figure = Figure(figsize=(5 * min(2, len(keys)), 2.6 * -(-len(keys) // 2)), layout="tight")
    places = figure.subplots(-(-len(keys) // 2), min(2, len(keys)), squeeze=False)
    for axes, key in zip(places.flat, keys, strict=False):
        points = [(entry["step"], entry[key]) for entry in log if key in entry]
        axes.plot(*zip(*points, strict=True), color=_LINE, linewidth=1.2, marker="." if len(points) < 3 else "")
        axes.set_ylabel(_CURVES[key])
        axes.set_ylim(bottom=0)
        _plain(axes)
    for axes in places.flat[len(keys) :]:
        axes.set_axis_off()
    return figure


def _examined(examinations: Sequence[Mapping[str, Any]]) -> Figure:
    figure = Figure(figsize=(7, 2.6))
    axes = figure.subplots()
    steps = [entry["step"] for entry in examinations]
    share = [100 * entry["accuracy"] for entry in examinations]
    low = [100 * entry["low"] for entry in examinations]
    high = [100 * entry["high"] for entry in examinations]
    axes.fill_between(steps, low, high, color=_OTHER, alpha=0.2, linewidth=0)
    axes.plot(steps, share, color=_OTHER, marker="o", markersize=4)
    axes.set_ylim(0, 100)
    axes.set_ylabel("right answers, %")
    _plain(axes)
    return figure


def _plain(axes: Axes) -> None:
    axes.set_xlabel("step")
    axes.spines[["top", "right"]].set_visible(False)


def _throughput(last: Mapping[str, Any]) -> str:
    """What the last entry of the log says of speed, in words."""
    words = {
        "tokens_per_s": (1, "{:,.0f} tokens a second"),
        "mfu": (100, "{:.1f} % model FLOPs utilisation"),
        "padding_share": (100, "{:.1f} % padding"),
        "data_time_share": (100, "{:.1f} % of the time spent waiting for data"),
        "memory_gib": (1, "{:.1f} GiB of memory at most on a rank"),
    }
    known = {key: last[key] for key in words if last.get(key) is not None}
    return ", ".join(words[key][1].format(words[key][0] * value) for key, value in known.items())


def _part(row: PartRow) -> dict[str, str]:
    return {
        "part": row.part,
        "parameters": f"{row.parameters:,}",
        "trainable": f"{row.trainable:,}",
        "share": _percent(row.trainable / row.parameters),
        "learning_rate": "frozen" if row.learning_rate is None or not row.trainable else f"{row.learning_rate:g}",
    }


def _examination(entry: Mapping[str, Any], best: bool) -> dict[str, Any]:
    return {
        "step": f"{entry['step']:,}",
        "best": best,
        "right": f"{entry['right']} of {entry['n']}",
        "accuracy": _percent(entry["accuracy"]),
        "interval": f"{_percent(entry['low'])} – {_percent(entry['high'])}",
        "truncated": _percent(entry["truncated_share"]),
        "undecided": _percent(entry["undecided_share"]),
        "tokens": f"{entry['mean_tokens']:.0f}",
    }


def _cards(
    problems: Sequence[Problem], examinations: Sequence[Mapping[str, Any]], best: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """The first problems, with what was answered at first and by the best."""
    if best is None:
        return []
    shown = [examinations[0], best] if examinations[0] is not best else [best]
    answers = [(entry["step"], {item["id"]: item for item in entry["items"]}) for entry in shown]
    return [
        {
            "id": problem.id,
            "question": problem.question,
            "choices": problem.choices,
            "answer": problem.answer,
            "pictures": [picture(image.data) for image in problem.images],
            "answers": [{"step": f"{step:,}", **items[problem.id]} for step, items in answers],
        }
        for problem in problems[:_SHOWN]
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
