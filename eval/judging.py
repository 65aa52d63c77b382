"""Answers → judgements of a named judge, kept as they come; and the scores that follow from them.

An answer that is empty is not judged. What the judge says is asked for again while it cannot be read, with another seed
each time; after the last try the answer is `judge_unreadable`, with what was said. Both are counted, neither is a zero
in the score of what was judged.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.progress import Progress

from redstar_geo.benchmarks.judged import PROTOCOLS, JudgedBy
from redstar_geo.benchmarks.judgement import UnreadableJudgementError
from redstar_geo.errors import InputError
from redstar_geo.eval.items import LEFT_TO_JUDGE, Item
from redstar_geo.eval.questions import Questions
from redstar_geo.generation.address import with_extra
from redstar_geo.generation.client import Client, Outcome
from redstar_geo.generation.reply import read_reply
from redstar_geo.progress import console
from redstar_geo.recipes.evaluation import EvalRecipe, Judge
from redstar_geo.records import Problem
from redstar_geo.scores import bootstrap

JUDGEMENTS = "judgements"
_RECIPE_KEYS = (
    {name: f"judge.{name}" for name in ("model", "max_tokens", "temperature")}
    | {name: f"judge.endpoint.{name}" for name in ("servers", "extra_body")}
    | {"seed": "seed"}
)
_JUDGED, _UNREADABLE = "judged", "judge_unreadable"


@dataclass
class _Case:
    """An answer before the judge."""

    problem: Problem
    item: Item
    tries: int = 0


def judge_of(recipe: EvalRecipe) -> Judge:
    """The judge that the recipe names.

    Raises:
        InputError: it names none.
    """
    if recipe.judge is None:
        raise InputError(
            "judge is missing: the answers to hellobench and sedareval are scored by a model. Give judge.model and "
            "judge.endpoint.servers, or leave these benchmarks out."
        )
    return recipe.judge


def answer(item: Item) -> str:
    """What the judge reads of an item: the response without the thoughts before it."""
    return read_reply({"choices": [{"message": {"content": item["response"]}}]}).response


def judge_answers(
    questions: Questions, items: Iterable[Item], judge: Judge, seed: int, keep: Callable[[list[Item]], None]
) -> Counter[str]:
    """Give a judgement of every item to `keep` as soon as it is there; how many could not be got now, by reason.

    A judgement is `id`, `sample`, `score` (None where there is none), `reason`, `parts`, and `said` where it could not
    be read.

    Raises:
        InputError: the judge's address, key or name is wrong.
        RedStarError: its servers do not answer.
    """
    by_id = {problem.id: problem for problem in questions.problems}
    cases = deque[_Case]()
    for item in items:
        if answer(item):
            cases.append(_Case(by_id[item["id"]], item))
        else:
            failed = item["reason"] != LEFT_TO_JUDGE
            keep([_judgement(item, item["reason"] if failed else "truncated" if item["truncated"] else "no_answer")])
    return asyncio.run(_judge(cases, protocol_of(questions), judge, seed, keep)) if cases else Counter()


def protocol_of(questions: Questions) -> JudgedBy:
    """By which the answers to a judged benchmark are scored."""
    assert questions.benchmark is not None
    return PROTOCOLS[questions.benchmark.source.kind]


async def _judge(
    cases: deque[_Case], protocol: JudgedBy, judge: Judge, seed: int, keep: Callable[[list[Item]], None]
) -> Counter[str]:
    later = Counter[str]()

    def request(case: _Case) -> Mapping[str, Any]:
        asked = {
            "model": judge.model,
            "messages": protocol.request(case.problem, answer(case.item)),
            "max_tokens": judge.max_tokens,
            "temperature": judge.temperature,
            "seed": seed + case.tries,
        }
        return with_extra(asked, judge.endpoint.extra_body)

    async with Client(judge.endpoint, _RECIPE_KEYS) as client:
        await client.check(judge.model)
        with Progress(console=console) as bar:
            task = bar.add_task("judging", total=len(cases))
            async for case, outcome in client.ask_all(cases, request):
                judgement = _read(protocol, case, outcome)
                if not outcome.final:
                    later[str(outcome.failure)] += 1
                elif judgement["reason"] == _UNREADABLE and case.tries + 1 < judge.tries:
                    case.tries += 1
                    cases.append(case)
                    continue
                else:
                    keep([judgement])
                bar.advance(task)
    return later


def _read(protocol: JudgedBy, case: _Case, outcome: Outcome) -> Item:
    if outcome.failure is not None:
        return _judgement(case.item, f"judge_{outcome.failure}") | {"said": outcome.body["detail"]}
    text = read_reply(outcome.body).response
    try:
        judgement = protocol.read(case.problem, text)
    except UnreadableJudgementError as error:
        return _judgement(case.item, _UNREADABLE) | {"said": text, "why": str(error)}
    return _judgement(case.item, _JUDGED) | {"score": judgement.score, "parts": list(judgement.parts)}


def _judgement(item: Item, reason: str) -> Item:
    return {"id": item["id"], "sample": item["sample"], "score": None, "reason": reason, "parts": []}


def score_judged(
    questions: Questions, items: Sequence[Item], judgements: Sequence[Item], judge: Judge, limit: int | None
) -> dict[str, Any]:
    """What the judgements say: means over the problems with their 95 % bootstrap intervals, from 0 to 1.

    `of_judged` is of the answers that have a score; `of_all` counts one without as 0, whosever fault it is. The shares
    beside them say how many these are.

    Args:
        items, judgements: of every answer, in the order of the problems.
    """
    pairs = list(zip(items, judgements, strict=True))
    category = {problem.id: questions.category(problem) for problem in questions.problems}
    groups: dict[str, list[tuple[Item, Item]]] = {}
    for pair in pairs:
        groups.setdefault(category[pair[0]["id"]], []).append(pair)
    return {
        "name": questions.name,
        "judge": judge.model,
        **_summary(pairs),
        "expected_items": questions.benchmark.items if questions.benchmark and limit is None else None,
        "rejected": dict(sorted(questions.rejected.items())),
        "seconds": round(sum(item["seconds"] for item in items), 1),
        "by_category": {name: _summary(pairs) for name, pairs in sorted(groups.items())},
    }


def _summary(pairs: Sequence[tuple[Item, Item]]) -> dict[str, Any]:
    reasons = Counter(judgement["reason"] for _, judgement in pairs)
    by_problem: dict[str, list[float | None]] = {}
    for item, judgement in pairs:
        by_problem.setdefault(item["id"], []).append(judgement["score"])
    known = [[score for score in scores if score is not None] for scores in by_problem.values()]
    return {
        "problems": len(by_problem),
        "attempts": len(pairs),
        "of_judged": bootstrap.mean([sum(scores) / len(scores) for scores in known if scores]).as_dict(),
        "of_all": bootstrap.mean(
            [sum(scores) / len(every) for scores, every in zip(known, by_problem.values(), strict=True)]
        ).as_dict(),
        "reasons": dict(sorted(reasons.items())),
        "truncated_share": sum(item["truncated"] for item, _ in pairs) / len(pairs),
        "no_score_share": 1 - reasons[_JUDGED] / len(pairs),
        "judge_unreadable_share": reasons[_UNREADABLE] / len(pairs),
        "mean_tokens": sum(item["tokens"] for item, _ in pairs) / len(pairs),
    }
