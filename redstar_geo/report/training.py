"""A training's report: how the loss fell, how fast it ran, what was trained, and problems that it was examined with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redstar_geo.models.parts import PartRow
from redstar_geo.records import Problem
from redstar_geo.report.curves import curves, examined_curve
from redstar_geo.report.page import picture, plot, write_page

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
        curves_plot=plot(curves(log, _CURVES, from_zero=True)),
        throughput=_throughput(log[-1]),
        parts=[part_cells(row) for row in parts],
        facts=dict(facts or {}),
        examinations=[_examination(entry, entry is best) for entry in examinations],
        examined_plot=plot(examined_curve(examinations)) if examinations else "",
        cards=_cards(problems, examinations, best),
        examined=len(problems),
    )


def _best(examinations: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Most right answers; of equals the last, as `keep_best` chooses among checkpoints."""
    return max(examinations, key=lambda entry: (entry["correct"], entry["step"]), default=None)


def _headline(log: Sequence[Mapping[str, Any]], examinations: Sequence[Mapping[str, Any]]) -> str:
    loss = f"Loss {log[0]['loss']:.3g} to {log[-1]['loss']:.3g} in {log[-1]['step']:,} steps."
    best = _best(examinations)
    if best is None:
        return f"{loss} The model was not examined during training."
    first = f"; {examinations[0]['correct']} at step {examinations[0]['step']:,}" if len(examinations) > 1 else ""
    interval = f"{_percent(best['low'])} to {_percent(best['high'])}"
    right = f"{best['correct']} of {best['n']} problems right ({interval}){first}"
    return f"{loss} Best at step {best['step']:,}: {right}."


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


def part_cells(row: PartRow) -> dict[str, str]:
    """A row of the table of parts, as the page says it."""
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
        "correct": f"{entry['correct']} of {entry['n']}",
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
