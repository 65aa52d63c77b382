"""Items → what `scores.json` holds of one set of problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from redstar_geo.eval.certified import certification, read_pictures
from redstar_geo.eval.errata import faulty, without_errata
from redstar_geo.eval.items import Item
from redstar_geo.eval.questions import Questions
from redstar_geo.eval.reasoning import best_of_n, fidelities, reasoning
from redstar_geo.geometry.claims.fidelity import Fidelity
from redstar_geo.geometry.reading import compared
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.records import Problem
from redstar_geo.scores.pairs import Pairs, rights
from redstar_geo.scores.statements import agreement
from redstar_geo.scores.summary import Attempt, maj_at, pass_at, summary, summary_by
from redstar_geo.thinking import split_thinking

_LETTER_OR_VALUE = ("contradictory", "ambiguous_choice")
_BESIDE_A_GROUP = ("truncated_share", "no_answer_share", "undecided_share", "mean_tokens")


def score(questions: Questions, items: Sequence[Item], recipe: EvalRecipe, library: Path) -> dict[str, Any]:
    """All that the items say.

    `of_all` counts the correct ones among all attempts, `of_completed` among those that were not truncated,
    `of_decided` among those that got a verdict: truncated and unreadable answers are undecided and stand as shares of
    their own beside all three. Groups (`by_family`: the benchmark's category, or the family) are of all attempts.
    `tokens_unknown` attempts are of a server that does not say, and count as none in `mean_tokens`.

    `reasoning` is how the steps compare with the proofs; its `false_steps` name the correct answers with a false one.
    `statements` counts those of diagrams that are read, by kind: there, said and right. `pairs`, where problems come in
    counterfactual pairs, are the shares of those with both right, one and none; `unpaired` are here without the other.
    `certified`, where it is wanted and something is known of pictures, is what certificates say of the answers, gold
    answers apart.

    Args:
        items: every attempt, in the order of the problems.
        library: where proofs and figures are kept.
    """
    by_id = {problem.id: problem for problem in questions.problems}
    choices = {problem.id: problem.choices for problem in questions.problems}
    attempts = [Attempt.of(item) for item in items]
    bare = {id: replace(problem, images=()) for id, problem in by_id.items()}
    gdl = None if recipe.gdl is None else Path(recipe.gdl)
    judged = fidelities([(bare[item["id"]], item["response"]) for item in items], library, gdl)
    whole = summary(attempts)
    certified = None
    if recipe.certificates:
        certified = certification(*read_pictures(questions, recipe.reader), items)
    return {
        "name": questions.name,
        "n": whole["attempts"],
        **whole,
        "expected_items": questions.benchmark.items if questions.benchmark and recipe.limit is None else None,
        "rejected": dict(sorted(questions.rejected.items())),
        "tokens_unknown": sum(bool(item["response"]) and not item["tokens"] for item in items),
        "seconds": round(sum(item["seconds"] for item in items), 1),
        "pass_at": {str(k): pass_at(attempts, k).as_dict() for k in recipe.k},
        "maj_at": {str(k): maj_at(attempts, k, choices).as_dict() for k in recipe.k},
        "by_family": _groups(attempts, lambda each: questions.category(by_id[each.problem])),
        "by_difficulty": _groups(attempts, lambda each: _level(by_id[each.problem])),
        "letter_or_value": [_disagreement(by_id, item) for item in items if item["reason"] in _LETTER_OR_VALUE],
        "statements": _statements(by_id, items),
        **_pairs(by_id, attempts),
        "reasoning": reasoning(attempts, judged) | {"false_steps": _by_false_steps(items, judged)},
        "best_of": best_of_n(attempts, judged, recipe.k, choices),
        **({} if certified is None else {"certified": certified}),
        **({} if recipe.errata is None else {"without_errata": without_errata(attempts, faulty(Path(recipe.errata)))}),
    }


def _by_false_steps(items: Sequence[Item], judged: Sequence[Fidelity | str]) -> list[tuple[str, int]]:
    """The correct answers with a false step: problem, and number of the attempt."""
    pairs = zip(items, judged, strict=True)
    false = [item for item, one in pairs if isinstance(one, Fidelity) and one.false_steps]
    return [(item["id"], item["sample"]) for item in false if item["verdict"] == "correct"]


def _groups(attempts: Sequence[Attempt], group: Callable[[Attempt], str]) -> dict[str, dict[str, Any]]:
    return {
        name: scores["of_all"] | {key: scores[key] for key in _BESIDE_A_GROUP}
        for name, scores in summary_by(attempts, group).items()
    }


def _statements(problems: Mapping[str, Problem], items: Sequence[Item]) -> dict[str, Any]:
    """How well diagrams were read, by kind of statement; of a truncated answer what it had said so far."""
    asked = [(problems[item["id"]], item) for item in items if problems[item["id"]].answer_kind == "statements"]
    read = (compared(problem.answer, split_thinking(item["response"])[1]) for problem, item in asked)
    return {kind: each.as_dict() for kind, each in agreement(read).items()}


def _pairs(problems: Mapping[str, Problem], attempts: Sequence[Attempt]) -> dict[str, Any]:
    families = {str(each.meta["pair"]): str(each.meta["family"]) for each in problems.values() if "pair" in each.meta}
    if not families:
        return {}
    pair_of = {name: str(each.meta["pair"]) for name, each in problems.items() if "pair" in each.meta}
    found, unpaired = rights(attempts, pair_of)
    by_family = {
        family: Pairs.of(each for name, each in found.items() if families[name] == family).as_dict()
        for family in sorted({families[name] for name in found})
    }
    return {"pairs": Pairs.of(found.values()).as_dict() | {"unpaired": unpaired, "by_family": by_family}}


def _level(problem: Problem) -> str:
    return "unknown" if problem.difficulty is None else f"{problem.difficulty:g}"


def _disagreement(problems: Mapping[str, Problem], item: Item) -> dict[str, Any]:
    """An answer whose letter and value are not of one choice, or whose value is that of two."""
    return {key: item[key] for key in ("id", "sample", "reason", "extracted")} | {"gold": problems[item["id"]].answer}
