"""Kept rollouts as one self-contained HTML page: each problem with its picture, its responses with their verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from redstar_geo.records import Problem
from redstar_geo.report import names
from redstar_geo.report.page import write_page
from redstar_geo.report.shown import problem_card
from redstar_geo.rl.reward import Reward
from redstar_geo.rl.rollout_log import KeptRollout


def write_rollouts(path: Path, title: str, kept: Sequence[KeptRollout], problems: Mapping[str, Problem]) -> None:
    """Write `kept` as a page, grouped by step and problem in the order given; what models wrote is escaped.

    Args:
        kept: the rollouts to show; a page holds all their text and pictures, so give tens, not thousands.
        problems: by id; a rollout of another problem is shown without its question.
    """
    groups = [
        _group(step, problem_id, list(rollouts), problems.get(problem_id))
        for (step, problem_id), rollouts in groupby(kept, key=lambda one: (one.step, one.problem_id))
    ]
    write_page(path, "rollouts.html", title=title, count=len(kept), groups=groups)


def _group(step: int, problem_id: str, kept: Sequence[KeptRollout], problem: Problem | None) -> dict[str, Any]:
    return {
        "step": step,
        "id": problem_id,
        "card": None if problem is None else problem_card(problem),
        "rollouts": [_rollout(one) for one in kept],
    }


def _rollout(kept: KeptRollout) -> dict[str, Any]:
    reward = kept.reward
    return {
        "sample": kept.sample,
        "status": reward.verdict.status,
        "reason": reward.verdict.reason,
        "answer": reward.verdict.extracted,
        "total": "none" if reward.total is None else f"{reward.total:.3g}",
        "parts": _parts(reward),
        "tokens": f"{kept.tokens:,}",
        "truncated": kept.finish_reason == "length",
        "text": kept.text,
        "steps": [
            {"claim": step.claim, "status": step.status, "why": names.why(step.status, step.reason, "en")}
            for step in reward.steps
        ],
    }


def _parts(reward: Reward) -> str:
    names = ("outcome", "process", "skeleton", "format", "length")
    parts = {name: value for name, value in vars(reward).items() if name in names}
    return ", ".join(f"{name} {value:.3g}" for name, value in parts.items() if value is not None)
