"""HelloBench (arXiv 2409.16191): long texts, scored by a judge against a checklist of yes-or-no questions each.

A local copy of its five files (`chat.jsonl` …); a row has `id`, `chat_prompt`, `category`, `checklists`. By the
authors' protocol a judge gives 0, 0.25, 0.5, 0.75 or 1 for every question; the score is their weighted mean, with
weights by category that the authors fitted to people's scores. The words to the judge are ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from redstar_geo.benchmarks.judgement import Judgement, Messages, UnreadableJudgementError, item
from redstar_geo.errors import InputError
from redstar_geo.recipe import Section
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.row import Row, UnusableRowError, language, text
from redstar_geo.sources.table import Table

_TASKS = ("chat", "heuristic_text_generation", "open_ended_qa", "summarization", "text_completion")
TABLE = Table("HelloBench", ("id", "chat_prompt", "category", "checklists"), configs=_TASKS)
_WORDS = 16_000  # of an answer that the authors' judge reads
_PROMPT = """Judge an answer to an instruction by a checklist. Each question of the list asks whether the answer has one
quality. Give a score to every question: 0 (not at all), 0.25 (in small part), 0.5 (in part, or it is unclear), 0.75
(for the most part) or 1 (fully, with nothing left to improve). Be strict: only an answer without a flaw in what is
asked gets 1.

# Instruction

{instruction}

# Answer

{answer}

(The answer ends here.)

# Checklist

{checklist}

Reply with nothing but a JSON list with one object for each of the {number} questions, in this form:
[{{"checklist_id": 0, "reason": "why, in a sentence", "evaluation_score": 0.75}}, …]"""


class HelloBenchSource(Section):
    """A copy of HelloBench.

    `weights` is a JSON file of the authors' weights, category → one for each question of its checklists; without it all
    questions weigh the same.
    """

    kind: Literal["hellobench"]
    path: str | None = None
    weights: str | None = None


def problems(source: HelloBenchSource) -> Iterator[Problem | Rejected]:
    """Every row; `bad_weights` are as many as its checklist has questions in no category.

    Raises:
        InputError: no path, nothing to read there, columns are missing, or the weights cannot be read.
    """
    if source.path is None:
        raise InputError(
            "paths.hellobench is missing: HelloBench is not on the hub. Give the folder with chat.jsonl, "
            "open_ended_qa.jsonl and the others, from its authors' repository."
        )
    weights = None if source.weights is None else _weights(Path(source.weights))

    def made(row: Row, _: str) -> Problem:
        id, checklist, category = text(row, "id"), row["checklists"], text(row, "category")
        if not isinstance(checklist, list) or not checklist or not all(isinstance(one, str) for one in checklist):
            raise UnusableRowError("bad_checklist")
        own = [1.0] * len(checklist) if weights is None else weights.get(category, [])
        if len(own) != len(checklist):
            raise UnusableRowError("bad_weights")
        question = text(row, "chat_prompt")
        meta = {"task": id.rpartition("_")[0], "category": category, "checklist": checklist, "weights": own}
        return item(f"hellobench/{id}", "hellobench", question, language(question), meta)

    return table.problems(TABLE, source.path, "test", "hellobench", made)


def request(problem: Problem, response: str) -> Messages:
    """The messages to the judge about a response."""
    words = list(re.finditer(r"\S+", response))
    answer = response[: words[_WORDS - 1].end()] if len(words) > _WORDS else response
    checklist = [{"checklist_id": number, "question": one} for number, one in enumerate(problem.meta["checklist"])]
    prompt = _PROMPT.format(
        instruction=problem.question,
        answer=answer,
        checklist=json.dumps(checklist, ensure_ascii=False, indent=1),
        number=len(checklist),
    )
    return [{"role": "user", "content": prompt}]


def read(problem: Problem, said: str) -> Judgement:
    """The weighted mean of the scores; each question must have exactly one.

    Raises:
        UnreadableJudgementError: see there.
    """
    checklist, weights = problem.meta["checklist"], problem.meta["weights"]
    left, scores = set(range(len(checklist))), {}
    for one in _objects(said):
        number, score = _number(one.get("checklist_id")), _number(one.get("evaluation_score"))
        if number not in left or score is None or not 0 <= score <= 1:
            raise UnreadableJudgementError(f"no score from 0 to 1 of a question of its own: {one}")
        left.remove(int(number))
        scores[int(number)] = {"score": score, "why": str(one.get("reason", ""))}
    if left:
        raise UnreadableJudgementError(f"{len(left)} of {len(checklist)} questions have no score")
    parts = tuple({"about": question, **scores[number]} for number, question in enumerate(checklist))
    score = sum(weight * part["score"] for weight, part in zip(weights, parts, strict=True)) / sum(weights)
    return Judgement(score, parts)


def _objects(said: str) -> list[Mapping[str, Any]]:
    """The JSON list in a reply, with or without a fence or words around it."""
    try:
        objects, _ = json.JSONDecoder(strict=False).raw_decode(said, max(0, said.find("[")))
    except (ValueError, RecursionError):
        raise UnreadableJudgementError("no JSON list") from None
    if not isinstance(objects, list) or not all(isinstance(one, dict) for one in objects):
        raise UnreadableJudgementError("no list of objects")
    return objects


def _number(value: Any) -> float | None:
    """A number, also as text."""
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _weights(path: Path) -> dict[str, list[float]]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        read = {str(name): [float(one) for one in each] for name, each in values.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"source.weights={path} is no JSON of category → list of numbers ({error}).") from None
    if bad := [name for name, each in read.items() if min(each, default=0) <= 0]:
        raise InputError(f"source.weights={path}: weights of {', '.join(bad)} are not above zero. Correct them.")
    return read
