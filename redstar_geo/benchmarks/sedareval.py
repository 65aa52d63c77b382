"""SedarEval (Findings of EMNLP 2024, arXiv 2501.15595): Chinese questions, each with a rubric for the judge.

A local copy of its JSON Lines; a row has `id`, `query`, `meta` with `category`, and `auto_prompt`, the words to the
judge with `{response}` where the answer goes, used as they are. The judge ends with `最终得分：n分`, n from 0 to 5.
Questions in several turns, each with a prompt of its own, are not asked and counted as `several_turns`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from redstar_geo.benchmarks.judgement import Judgement, Messages, UnreadableJudgementError, item
from redstar_geo.errors import InputError
from redstar_geo.recipe import Section
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.row import Row, UnusableRowError, text
from redstar_geo.sources.table import Table

TABLE = Table("SedarEval", ("id", "query", "meta", "auto_prompt"))
_HOLE = "{response}"
_FULL = 5.0
_TURN = re.compile(r"^\s*Q\d[:：]", re.MULTILINE)
_SCORE = re.compile(r"最终得分为?[*\s]*[:：][*\s]*(-?\d+(?:\.\d+)?)")


class SedarEvalSource(Section):
    """A copy of SedarEval."""

    kind: Literal["sedareval"]
    path: str | None = None


def problems(source: SedarEvalSource) -> Iterator[Problem | Rejected]:
    """Every row in its order.

    Raises:
        InputError: no path, nothing to read there, or columns are missing.
    """
    if source.path is None:
        raise InputError(
            "paths.sedareval is missing: SedarEval is not on the hub. Give its JSON Lines, with an `auto_prompt` a "
            "row, from its authors' repository."
        )
    return table.problems(TABLE, source.path, "test", "sedareval", _problem)


def request(problem: Problem, response: str) -> Messages:
    """The messages to the judge about a response."""
    rubric = problem.meta["rubric"]
    answer = f"[字数：{len(response)}]\n{response}" if rubric["counts_characters"] else response
    system = [{"role": "system", "content": rubric["system"]}] if rubric["system"] else []
    return [*system, {"role": "user", "content": rubric["prompt"].replace(_HOLE, answer)}]


def read(problem: Problem, said: str) -> Judgement:
    """The last score named, as a share of the full 5 points.

    Raises:
        UnreadableJudgementError: there is none, or it is not from 0 to 5.
    """
    scores = _SCORE.findall(said)
    if not scores:
        raise UnreadableJudgementError("no 最终得分")
    points = float(scores[-1])
    if not 0 <= points <= _FULL:
        raise UnreadableJudgementError(f"{scores[-1]} points, of 0 to 5")
    return Judgement(points / _FULL, ({"about": "最终得分", "score": points / _FULL, "why": said.strip()},))


def _problem(row: Row, _: str) -> Problem:
    id, query = text(row, "id"), text(row, "query")
    rubric, meta = row["auto_prompt"], row["meta"]
    if isinstance(rubric, list) or _TURN.search(query):
        raise UnusableRowError("several_turns")
    prompt = rubric.get("prompt") if isinstance(rubric, Mapping) else rubric
    if not isinstance(prompt, str) or _HOLE not in prompt:
        raise UnusableRowError("bad_rubric")
    about: Mapping[str, Any] = rubric if isinstance(rubric, Mapping) else {}
    judged_by = {
        "prompt": prompt,
        "system": str(about.get("system_prompt") or ""),
        "counts_characters": bool(about.get("字数统计")),
    }
    category = meta.get("category") if isinstance(meta, Mapping) else None
    return item(f"sedareval/{id}", "sedareval", query, "zh", {"category": category, "rubric": judged_by})
