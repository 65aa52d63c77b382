"""What the items of an evaluation say, with several attempts a problem or one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redstar_geo.answer import verify
from redstar_geo.records import Status
from redstar_geo.scores.attempts import best_of_k, maj_at_k, pass_at_k
from redstar_geo.scores.bootstrap import Estimate
from redstar_geo.scores.paired import difference
from redstar_geo.scores.wilson import Accuracy, clustered, rates


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
    groups: dict[str, list[Attempt]] = {}
    for each in attempts:
        groups.setdefault(group(each), []).append(each)
    return {name: summary(found) for name, found in sorted(groups.items())}


def accuracy_of(attempts: Iterable[Attempt]) -> Accuracy:
    """The accuracy over all attempts; those at one problem are not independent of each other."""
    return clustered([each.correct for each in found] for found in by_problem(attempts).values())


def pass_at(attempts: Iterable[Attempt], k: int) -> Estimate:
    """pass@k, averaged over the problems.

    Raises:
        AttemptsError: a problem has fewer than k attempts.
    """
    found = by_problem(attempts).values()
    return _mean([pass_at_k(len(each), sum(one.correct for one in each), k) for each in found], found)


def maj_at(attempts: Iterable[Attempt], k: int, choices: Mapping[str, Sequence[str]] | None = None) -> Estimate:
    """maj@k, averaged over the problems: attempts vote with their answers, and those of the same value vote together.

    Args:
        choices: those shown with a problem, by its id: a letter and its value are the same answer.

    Raises:
        AttemptsError: a problem has fewer than k attempts.
    """
    found = by_problem(attempts)
    return _mean(_majorities(found, k, choices), found.values())


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
    said = Counter(each.answer for each in attempts if each.verdict == "wrong" and each.answer)
    wrong: dict[str, int] = {}
    for answer in sorted(said, key=str):
        alike = (other for other in wrong if verify(other, str(answer), choices=choices).status == "correct")
        known = next(alike, str(answer))
        wrong[known] = wrong.get(known, 0) + said[answer]
    return correct, sorted(wrong.values()), len(attempts) - correct - sum(wrong.values())


def by_problem(attempts: Iterable[Attempt]) -> dict[str, list[Attempt]]:
    """The attempts at each problem."""
    found: dict[str, list[Attempt]] = {}
    for each in attempts:
        found.setdefault(each.problem, []).append(each)
    return found


def _majorities(
    found: Mapping[str, Sequence[Attempt]], k: int, choices: Mapping[str, Sequence[str]] | None
) -> list[float]:
    shown = choices or {}
    return [maj_at_k(*votes(each, shown.get(problem, ())), k) for problem, each in found.items()]


def _bests(attempts: Sequence[Attempt], scores: Sequence[float], k: int) -> list[float]:
    scored: dict[str, list[tuple[float, bool]]] = {}
    for each, score in zip(attempts, scores, strict=True):
        scored.setdefault(each.problem, []).append((score, each.correct))
    return [best_of_k(found, k) for found in scored.values()]


def _mean(values: Sequence[float], found: Iterable[Sequence[Attempt]]) -> Estimate:
    return rates(values, sum(map(len, found)))


def _of(part: int, n: int) -> float | None:
    return part / n if n else None
