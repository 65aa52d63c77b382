"""What the items of an evaluation say, with several attempts a problem or one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from redstar_geo.answer import verify
from redstar_geo.scores.attempts import best_of_k, maj_at_k, pass_at_k
from redstar_geo.scores.bootstrap import Estimate
from redstar_geo.scores.paired import difference
from redstar_geo.scores.wilson import Accuracy, clustered, rates
from redstar_geo.verdict import Status

_Item = TypeVar("_Item")


ITEM = {  # what a line of `items.jsonl` has
    "id": str,
    "sample": int,
    "response": str,
    "verdict": str,
    "reason": str,
    "extracted": str | None,
    "tokens": int,
    "truncated": bool,
    "seconds": int | float,
}


@dataclass(frozen=True)
class Attempt:
    """One response to the problem of that id, as it was judged; `answer` is what was read from it."""

    problem: str
    verdict: Status
    reason: str
    answer: str | None
    truncated: bool
    tokens: int

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Attempt:
        """A line of `items.jsonl`."""
        return cls(item["id"], item["verdict"], item["reason"], item["extracted"], item["truncated"], item["tokens"])

    @property
    def correct(self) -> bool:
        return self.verdict == "correct"


def summary(attempts: Sequence[Attempt]) -> dict[str, Any]:
    """The accuracy three ways, and beside it what could not be judged.

    `of_all` counts the correct ones among all attempts, `of_completed` among those that were not truncated,
    `of_decided` among those with a verdict. A truncated or unreadable answer is never a wrong one: it stands as a share
    of its own. Without attempts the shares and `mean_tokens` are None.
    """
    n = len(attempts)
    verdicts, reasons = Counter(each.verdict for each in attempts), Counter(each.reason for each in attempts)
    return {
        "problems": len({each.problem for each in attempts}),
        "attempts": n,
        "of_all": accuracy_of(attempts).as_dict(),
        "of_completed": accuracy_of([each for each in attempts if not each.truncated]).as_dict(),
        "of_decided": accuracy_of([each for each in attempts if each.verdict != "undecided"]).as_dict(),
        "verdicts": dict(sorted(verdicts.items())),
        "reasons": dict(sorted(reasons.items())),
        "truncated_share": _of(sum(each.truncated for each in attempts), n),
        "no_answer_share": _of(reasons["no_answer"], n),
        "undecided_share": _of(verdicts["undecided"], n),
        "mean_tokens": _of(sum(each.tokens for each in attempts), n),
    }


def summary_by(attempts: Iterable[Attempt], group: Callable[[Attempt], str]) -> dict[str, dict[str, Any]]:
    """The summary of every group, in alphabetical order."""
    return {name: summary(members) for name, members in sorted(_grouped(attempts, group).items())}


def accuracy_of(attempts: Iterable[Attempt]) -> Accuracy:
    """The accuracy over all attempts; those at one problem are not independent of each other."""
    return clustered([each.correct for each in samples] for samples in by_problem(attempts).values())


def pass_at(attempts: Iterable[Attempt], k: int) -> Estimate:
    """pass@k, averaged over the problems.

    Raises:
        AttemptsError: a problem has fewer than k attempts.
    """
    samples = by_problem(attempts).values()
    return _mean([pass_at_k(len(each), sum(one.correct for one in each), k) for each in samples], samples)


def maj_at(attempts: Iterable[Attempt], k: int, choices: Mapping[str, Sequence[str]] | None = None) -> Estimate:
    """maj@k, averaged over the problems: attempts vote with their answers, and those of the same value vote together.

    Args:
        choices: those shown with a problem, by its id: a letter and its value are the same answer.

    Raises:
        AttemptsError: a problem has fewer than k attempts.
    """
    samples = by_problem(attempts)
    return _mean(_majorities(samples, k, choices), samples.values())


def best_of(attempts: Sequence[Attempt], scores: Sequence[float], k: int) -> Estimate:
    """Best-of-k by a score given to every attempt, averaged over the problems; -inf where there is none.

    Raises:
        AttemptsError: a problem has fewer than k attempts, or a score is NaN.
        ValueError: not one score an attempt.
    """
    return _mean(_bests(attempts, scores, k), by_problem(attempts).values())


def best_over_majority(
    attempts: Sequence[Attempt], scores: Sequence[float], k: int, choices: Mapping[str, Sequence[str]] | None = None
) -> Estimate:
    """Best-of-k less maj@k, paired by problem, with the bootstrap interval of the difference; raises as these do."""
    return difference(_majorities(by_problem(attempts), k, choices), _bests(attempts, scores, k))


def votes(attempts: Sequence[Attempt], choices: Sequence[str] = ()) -> tuple[int, list[int], int]:
    """How many attempts at one problem give the correct answer, how many each wrong one, and how many no vote."""
    correct = sum(each.correct for each in attempts)
    answers = Counter(each.answer for each in attempts if each.verdict == "wrong" and each.answer)
    wrong: Counter[str] = Counter()
    for answer in sorted(map(str, answers)):
        alike = (other for other in wrong if verify(other, answer, choices=choices).status == "correct")
        wrong[next(alike, answer)] += answers[answer]
    return correct, sorted(wrong.values()), len(attempts) - correct - sum(wrong.values())


def by_problem(attempts: Iterable[Attempt]) -> dict[str, list[Attempt]]:
    """The attempts at each problem."""
    return _grouped(attempts, lambda each: each.problem)


def _grouped(items: Iterable[_Item], key: Callable[[_Item], str]) -> dict[str, list[_Item]]:
    groups: dict[str, list[_Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _majorities(
    samples: Mapping[str, Sequence[Attempt]], k: int, choices: Mapping[str, Sequence[str]] | None
) -> list[float]:
    return [maj_at_k(*votes(each, (choices or {}).get(problem, ())), k) for problem, each in samples.items()]


def _bests(attempts: Sequence[Attempt], scores: Sequence[float], k: int) -> list[float]:
    samples = _grouped(zip(attempts, scores, strict=True), lambda pair: pair[0].problem)
    return [best_of_k([(score, each.correct) for each, score in pairs], k) for pairs in samples.values()]


def _mean(values: Sequence[float], samples: Iterable[Sequence[Attempt]]) -> Estimate:
    return rates(values, sum(map(len, samples)))


def _of(part: int, n: int) -> float | None:
    return part / n if n else None
