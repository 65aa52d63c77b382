"""The report of a training by reinforcement: its curves, where the time went, and the held-out problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redstar_geo.records import Problem
from redstar_geo.report.curves import curves, examined_curve
from redstar_geo.report.page import picture, plot, write_page

_SHOWN = 8  # problems whose answers are shown
_CURVES = {  # key of the log: what the axis says
    "reward": "reward",
    "right_share": "right answers, share",
    "mean_tokens": "tokens a response",
    "truncated_share": "cut, share",
    "kl": "KL to the reference a token",
    "entropy": "entropy a token",
    "clip_fraction": "clipped tokens, share",
    "explained_variance": "variance the critic explains",
    "right_by_false_steps": "right with a false step, share",
    "gap_mean": "|log π − log π of the sampler|",
}
_PHASES = {"rollout_s": "rollout", "reward_s": "reward", "judge_s": "log-probabilities", "update_s": "update"}


def write_report(
    path: Path,
    name: str,
    log: Sequence[Mapping[str, Any]],
    examinations: Sequence[Mapping[str, Any]] = (),
    problems: Sequence[Problem] = (),
) -> None:
    """Write the report as one self-contained HTML file.

    Args:
        log: entries of `log.jsonl`, at least one.
        examinations: entries of `examinations.jsonl`, with their items; problems: what was examined.
    """
    write_page(
        path,
        "reinforcement.html",
        name=name,
        headline=_headline(log, examinations),
        curves_plot=plot(curves(log, _CURVES)),
        phases=_phases(log),
        speed=f"{sum(e['tokens_per_s'] for e in log) / len(log):,.0f}",
        undecided=_undecided(log),
        examined_plot=plot(examined_curve(examinations)) if examinations else "",
        cards=_cards(problems, examinations),
        examined=len(problems),
    )


def _headline(log: Sequence[Mapping[str, Any]], examinations: Sequence[Mapping[str, Any]]) -> str:
    first, last = log[0], log[-1]
    said = f"Right samples {first['right_share']:.0%} to {last['right_share']:.0%} in {last['step']:,} steps"
    if len(examinations) > 1:
        before, after = examinations[0], examinations[-1]
        said += f"; held out, greedy, {before['correct']} to {after['correct']} of {after['n']}"
    return f"{said}."


def _phases(log: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    whole = sum(entry["seconds"] for entry in log)
    sums = {words: sum(entry[key] for entry in log) for key, words in _PHASES.items()}
    return [
        {"phase": words, "seconds": f"{seconds:,.0f}", "share": f"{seconds / whole:.0%}"}
        for words, seconds in sums.items()
    ]


def _undecided(log: Sequence[Mapping[str, Any]]) -> str:
    share = sum(entry["undecided_share"] for entry in log) / len(log)
    reasons = sorted({reason for entry in log for reason in entry["undecided"]})
    return f"{share:.1%} of the responses were undecided and left out{': ' + ', '.join(reasons) if reasons else ''}."


def _cards(problems: Sequence[Problem], examinations: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The first problems, with what was answered before the first step and after the last."""
    ends = [examinations[0], examinations[-1]] if len(examinations) > 1 else list(examinations)
    answers = [(entry["step"], {item["id"]: item for item in entry["items"]}) for entry in ends]
    return [
        {
            "id": problem.id,
            "question": problem.question,
            "answer": problem.answer,
            "pictures": [picture(image.data) for image in problem.images],
            "answers": [{"step": f"{step:,}", **items[problem.id]} for step, items in answers],
        }
        for problem in problems[: _SHOWN if ends else 0]
    ]
