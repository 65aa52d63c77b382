"""A training's report: how the loss fell, how fast it ran, what was trained, and problems that it was evaluated on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redstar_geo.models.parts import PartRow
from redstar_geo.records import Problem
from redstar_geo.report.curves import accuracy_curve, curves
from redstar_geo.report.page import model_line, plot, write_page
from redstar_geo.report.shown import problem_card, share_bar
from redstar_geo.run import Run
from redstar_geo.trainer.log import read_log

_SHOWN = 16  # problems whose answers are shown
_CURVES = {  # key of the log: what the axis says
    "loss": "loss a token",
    "preference_loss": "loss a pair",
    "token_accuracy": "correct next tokens",
    "reward_accuracy": "pairs in the right order, share",
    "reward_margin": "margin of the implicit reward",
    "chosen_log_ratio": "log π/π_ref a token: correct, wrong (blue)",
    "tokens_per_s": "tokens a second",
    "learning_rate": "learning rate",
}
_BESIDE = {"chosen_log_ratio": "rejected_log_ratio"}


def write_report(run: Run, problems: Sequence[Problem] = ()) -> None:
    """Write the run's `report.html`; `problems`: what it was evaluated on."""
    log, evaluations = read_log(run.path("log.jsonl")), read_log(run.path("evaluations.jsonl"))
    parts = [PartRow(**row) for row in run.manifest["parts"]["table"]]
    facts = dict(note.split(": ", 1) for note in run.manifest["parts"]["notes"])
    render(
        run.path("report.html"),
        run.folder.name,
        log,
        parts,
        evaluations,
        problems,
        facts,
        model_line(run.manifest["recipe"]),
    )


def render(
    path: Path,
    name: str,
    log: Sequence[Mapping[str, Any]],
    parts: Sequence[PartRow],
    evaluations: Sequence[Mapping[str, Any]] = (),
    problems: Sequence[Problem] = (),
    facts: Mapping[str, str] | None = None,
    model: str = "",
) -> None:
    """Write a training's report as one self-contained HTML file.

    Args:
        path: the file to write.
        name: of the run, as its title.
        log: entries of `log.jsonl`, at least one; `step` and `loss` are needed, other curves are drawn if there.
        parts: as `part_table` gives them.
        evaluations: entries of `evaluations.jsonl`, with their items.
        problems: what was evaluated.
        facts: anything else to be said beside the table of parts, a line each.
        model: see `model_line`.
    """
    best = _best(evaluations)
    parameters, trained = sum(row.parameters for row in parts), sum(row.trainable for row in parts)
    names = {key: label for key, label in _CURVES.items() if key != "loss" or "preference_loss" not in log[-1]}
    write_page(
        path,
        "training.html",
        name=name,
        headline=f"{_result(evaluations)} {_progress(log)}",
        curves_plot=plot(curves(log, names, _BESIDE)),
        throughput=_throughput(log[-1]),
        parts=[_cells(row) for row in parts],
        facts=dict(facts or {}),
        about=[model, f"{parameters:,} parameters, {trained:,} of them trained"],
        shares=[share_bar(f"step {entry['step']:,}", entry) for entry in _ends(evaluations)],
        best=next((place for place, entry in enumerate(evaluations) if entry is best), None),
        evaluations=[_evaluation(entry) for entry in evaluations],
        evaluations_plot=plot(accuracy_curve(evaluations)) if evaluations else "",
        cards=cards(problems[:_SHOWN], _ends(evaluations)),
        evaluated=len(problems),
    )


def _best(evaluations: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Most correct answers; of equals the last, as `keep_best` chooses among checkpoints."""
    return max(evaluations, key=lambda entry: (entry["correct"], entry["step"]), default=None)


def _ends(evaluations: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first evaluation and the best one."""
    best = _best(evaluations)
    return [] if best is None else [evaluations[0]] if best is evaluations[0] else [evaluations[0], best]


def _progress(log: Sequence[Mapping[str, Any]]) -> str:
    first, last = log[0], log[-1]
    if "preference_loss" not in last:
        return f"Loss {first['loss']:.3g} to {last['loss']:.3g} in {last['step']:,} steps."
    return (
        f"Loss a pair {first['preference_loss']:.3g} to {last['preference_loss']:.3g} in {last['step']:,} steps; "
        f"{last['reward_accuracy']:.0%} of the last step's pairs in the right order, correct answers "
        f"{last['chosen_log_ratio']:+.3f} nats a token against the reference."
    )


def _result(evaluations: Sequence[Mapping[str, Any]]) -> str:
    best = _best(evaluations)
    if best is None:
        return "The model was not evaluated during training."
    first = f"; {evaluations[0]['correct']} at step {evaluations[0]['step']:,}" if len(evaluations) > 1 else ""
    interval = f"{_percent(best['low'])} to {_percent(best['high'])}"
    return f"Best at step {best['step']:,}: {best['correct']} of {best['n']} problems correct ({interval}){first}."


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


def _cells(row: PartRow) -> list[str]:
    """A row of the table of parts, as the page says it."""
    rate = "frozen" if row.learning_rate is None or not row.trainable else f"{row.learning_rate:g}"
    return [
        row.part,
        f"{row.parameters:,}",
        f"{row.trainable:,}",
        _percent(row.trainable / row.parameters),
        rate,
    ]


def _evaluation(entry: Mapping[str, Any]) -> list[str]:
    return [
        f"{entry['step']:,}",
        f"{entry['correct']} of {entry['n']}",
        _percent(entry["accuracy"]),
        f"{_percent(entry['low'])} – {_percent(entry['high'])}",
        _percent(entry["truncated_share"]),
        _percent(entry["undecided_share"]),
        f"{entry['mean_tokens']:.0f}",
    ]


def cards(problems: Sequence[Problem], evaluations: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Problems with what was answered in each of the evaluations; none without evaluations."""
    by_step = {entry["step"]: {item["id"]: item for item in entry["items"]} for entry in evaluations}
    return [
        problem_card(problem)
        | {"answers": [{"step": f"{step:,}", **items[problem.id]} for step, items in by_step.items()]}
        for problem in (problems if evaluations else ())
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
