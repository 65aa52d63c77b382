"""pass@k, maj@k and best-of-k of one problem, each the exact expectation over all choices of k of its n attempts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from math import comb, isnan

from redstar_geo.errors import InputError


class AttemptsError(InputError):
    """More attempts are asked for than a problem has, or none."""


def pass_at_k(n: int, correct: int, k: int) -> float:
    """How likely one of k attempts is correct, when `correct` of n are (Chen et al., arXiv 2107.03374).

    Raises:
        AttemptsError: not 1 ≤ k ≤ n.
    """
    _check(n, k, "pass")
    return 1 - comb(n - correct, k) / comb(n, k)


def maj_at_k(correct: int, wrong: Sequence[int], silent: int, k: int) -> float:
    """How likely the majority of k attempts is correct (self-consistency, Wang et al., arXiv 2203.11171).

    Where several answers have the most votes each of them is taken equally often; without any vote there is no answer.

    Args:
        correct: how many attempts give the correct answer.
        wrong: how many give each of the wrong ones.
        silent: how many have no vote, having no answer that could be read.

    Raises:
        AttemptsError: not 1 ≤ k ≤ n, the number of all attempts.
    """
    n = correct + sum(wrong) + silent
    _check(n, k, "maj")
    ways = (comb(correct, votes) * _others(votes, wrong, silent, k - votes) for votes in range(1, min(correct, k) + 1))
    return float(sum(ways, Fraction(0)) / comb(n, k))


def best_of_k(scored: Sequence[tuple[float, bool]], k: int) -> float:
    """How likely the attempt with the best score is correct, among k; of equally good ones each is taken equally often.

    Args:
        scored: for every attempt its score, the higher the better, and whether it is correct.

    Raises:
        AttemptsError: not 1 ≤ k ≤ n, or a score is NaN.
    """
    _check(len(scored), k, "best-of")
    if any(isnan(score) for score, _ in scored):
        raise AttemptsError("A score is NaN, so there is no best attempt. Give -inf to an attempt that has no score.")
    n = left = len(scored)
    alike, good = Counter(score for score, _ in scored), Counter(score for score, correct in scored if correct)
    likely = Fraction(0)
    for score in sorted(alike, reverse=True):
        best = comb(left, k) - comb(left - alike[score], k)  # choices of k with one of these and none better
        likely += Fraction(best * good[score], comb(n, k) * alike[score])
        left -= alike[score]
    return float(likely)


def _others(votes: int, wrong: Sequence[int], silent: int, k: int) -> Fraction:
    """In how many ways the other k attempts leave `votes` the most; a way that ties t other answers is 1 / (t + 1).

    Answers with fewer attempts than `votes` can neither win nor tie, so they are all one; of each other answer at most
    `votes` are taken.
    """
    rivals = [count for count in wrong if count >= votes]
    harmless = silent + sum(wrong) - sum(rivals)
    ways = {(taken, 0): comb(harmless, taken) for taken in range(min(harmless, k) + 1)}  # (attempts, ties) → ways
    for rival in rivals:
        grown: Counter[tuple[int, int]] = Counter()
        for (taken, ties), count in ways.items():
            for more in range(min(votes, k - taken) + 1):
                grown[taken + more, ties + (more == votes)] += count * comb(rival, more)
        ways = dict(grown)
    return sum((Fraction(count, ties + 1) for (taken, ties), count in ways.items() if taken == k), Fraction(0))


def _check(n: int, k: int, name: str) -> None:
    if not 1 <= k <= n:
        raise AttemptsError(
            f"{name}@{k} cannot be estimated from {n} attempts at a problem. Ask for k from 1 to {n}, or sample at "
            f"least {k} attempts."
        )
