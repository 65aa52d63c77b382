"""The report of a training by reinforcement: its curves, where the time went, and the held-out problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redstar_geo.records import Problem
from redstar_geo.report.corrections import write_corrections
from redstar_geo.report.curves import accuracy_curve, curves
from redstar_geo.report.page import model_line, plot, write_page
from redstar_geo.report.rollouts import write_rollouts
from redstar_geo.report.shown import reason, share_bar
from redstar_geo.report.training import cards
from redstar_geo.rl.rollout_log import KeptRollout, read_kept
from redstar_geo.run import Run
from redstar_geo.trainer.log import read_log

_SHOWN = 8  # problems whose answers are shown
_WITH_ROLLOUTS = 3  # problems of the first and of the last step in rollouts.html
_CURVES = {  # key of the log: what the axis says
    "reward": "reward",
    "accuracy": "correct answers, share",
    "mean_tokens": "tokens a response",
    "truncated_share": "truncated, share",
    "kl": "KL to the reference a token",
    "entropy": "entropy a token",
    "clip_fraction": "clipped tokens, share",
    "explained_variance": "variance the critic explains",
    "mixed_share": "problems with unequal rewards, share",
    "correct_with_false_step": "correct with a false step, share",
    "withdrawn": "claims taken back, a response",
    "gap_mean": "|log π − log π of the sampler|",
}
_PHASES = {"rollout_s": "rollout", "reward_s": "reward", "logprob_s": "log-probabilities", "update_s": "update"}


def write_reports(run: Run, problems: Sequence[Problem], held_out: Sequence[Problem]) -> None:
    """Write the run's `report.html`, and `rollouts.html` with responses of the first and of the last step.

    With corrections by the solver also `corrections.html`.

    Args:
        problems: what is trained on; held_out: what it was evaluated on.
    """
    log, evaluations = read_log(run.path("log.jsonl")), read_log(run.path("evaluations.jsonl"))
    render(run.path("report.html"), run.folder.name, log, evaluations, held_out, model_line(run.manifest["recipe"]))
    ends = sorted({log[0]["step"], log[-1]["step"]})
    kept = [one for one in read_kept(run.path("rollouts.jsonl")) if one.step in ends]
    rollouts = [one for step in ends for one in _of_first_problems([one for one in kept if one.step == step])]
    by_id = {problem.id: problem for problem in problems}
    write_rollouts(run.path("rollouts.html"), run.folder.name, rollouts, by_id)
    if corrections := read_log(run.path("corrections.jsonl")):
        write_corrections(run.path("corrections.html"), run.folder.name, corrections, by_id)


def _of_first_problems(kept: Sequence[KeptRollout]) -> list[KeptRollout]:
    ids = list(dict.fromkeys(one.problem_id for one in kept))[:_WITH_ROLLOUTS]
    return [one for one in kept if one.problem_id in ids]


def render(
    path: Path,
    name: str,
    log: Sequence[Mapping[str, Any]],
    evaluations: Sequence[Mapping[str, Any]] = (),
    problems: Sequence[Problem] = (),
    model: str = "",
) -> None:
    """Write the report as one self-contained HTML file.

    Args:
        log: entries of `log.jsonl`, at least one.
        evaluations: entries of `evaluations.jsonl`, with their items; problems: what was evaluated.
        model: see `model_line`.
    """
    write_page(
        path,
        "reinforcement.html",
        name=name,
        about=[model],
        headline=_headline(log, evaluations),
        shares=[share_bar(f"step {entry['step']:,}", entry) for entry in evaluations[:: max(1, len(evaluations) - 1)]],
        curves_plot=plot(curves(log, _CURVES)),
        phases=_phases(log),
        speed=f"{sum(e['tokens_per_s'] for e in log) / len(log):,.0f}",
        undecided=_undecided(log),
        evaluations_plot=plot(accuracy_curve(evaluations)) if evaluations else "",
        cards=cards(problems[:_SHOWN], [evaluations[0], evaluations[-1]] if evaluations else []),
        evaluated=len(problems),
    )


def _headline(log: Sequence[Mapping[str, Any]], evaluations: Sequence[Mapping[str, Any]]) -> str:
    first, last = log[0], log[-1]
    said = f"Correct samples {first['accuracy']:.0%} to {last['accuracy']:.0%} in {last['step']:,} steps"
    if len(evaluations) > 1:
        before, after = evaluations[0], evaluations[-1]
        said += f"; held out, greedy, {before['correct']} to {after['correct']} of {after['n']}"
    return f"{said}."


def _phases(log: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    whole = sum(entry["seconds"] for entry in log)
    sums = {words: sum(entry[key] for entry in log) for key, words in _PHASES.items()}
    return [[words, f"{seconds:,.0f}", f"{seconds / whole:.0%}"] for words, seconds in sums.items()]


def _undecided(log: Sequence[Mapping[str, Any]]) -> str:
    share = sum(entry["undecided_share"] for entry in log) / len(log)
    reasons = sorted({each for entry in log for each in entry["undecided"]})
    why = ": " + ", ".join(map(reason, reasons)) if reasons else ""
    return f"{share:.1%} of the responses were undecided and left out{why}."
