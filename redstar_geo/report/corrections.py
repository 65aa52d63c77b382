"""Corrections by the solver as one self-contained HTML page: problem and picture, the cut, both ways on from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redstar_geo.records import Problem
from redstar_geo.report import names
from redstar_geo.report.page import write_page
from redstar_geo.report.shown import problem_card
from redstar_geo.thinking import split_thinking

_SHOWN = 12  # of the first and of the last step each


def write_corrections(
    path: Path, title: str, log: Sequence[Mapping[str, Any]], problems: Mapping[str, Problem]
) -> None:
    """Write those of the first and of the last step, those cut late first; what a model wrote is escaped.

    Args:
        log: entries of `corrections.jsonl`; problems: by id, all that are corrected.
    """
    ends = sorted({log[0]["step"], log[-1]["step"]}) if log else []
    shown = [one for step in ends for one in _latest_cut([one for one in log if one["step"] == step])]
    cards = [_card(one, problems[one["problem_id"]]) for one in shown]
    write_page(path, "corrections.html", title=title, cards=cards, count=f"{len(log):,}")


def _latest_cut(corrections: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(corrections, key=lambda one: (-one["derived"], -len(one["kept"])))[:_SHOWN]


def _card(one: Mapping[str, Any], problem: Problem) -> dict[str, Any]:
    return {
        "step": one["step"],
        **problem_card(problem),
        "why": names.why("false", one["why"], "en"),
        **{name: one[name] for name in ("wrong", "derived")},
        "kept": "\n".join(split_thinking(one["kept"])).strip(),
        "ways": [(who, *_after(one["kept"], one[name])) for who, name in (("student", "own"), ("solver", "told"))],
    }


def _after(kept: str, text: str) -> tuple[str, str]:
    """What follows a cut, thoughts and answer apart; marks of thoughts may stand before or after it."""
    thought, answer = split_thinking(kept)
    more_thought, more_answer = split_thinking(kept + text)
    return more_thought.removeprefix(thought or answer), more_answer.removeprefix(answer)
