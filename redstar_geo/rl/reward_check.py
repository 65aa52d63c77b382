"""The reward is tried before the first step: rewards fail silently, and a policy then learns noise for hours."""

from __future__ import annotations

from collections.abc import Sequence

from redstar_geo.answer.extract import declared
from redstar_geo.errors import InputError
from redstar_geo.records import Problem, Trace
from redstar_geo.rl.reward import Reward, Rewarder, RewardFunction, determined

_NAMED = 5  # problems in a message


class RewardTrialError(InputError):
    """Problems whose gold answer is not rewarded, or whose empty answer is; `problem_ids` are all of them."""

    def __init__(self, message: str, problem_ids: Sequence[str]) -> None:
        super().__init__(message)
        self.problem_ids = tuple(problem_ids)


def tried(problems: Sequence[Problem], reward: RewardFunction) -> int:
    """Reward each problem's gold answer, whose outcome must be 1, and an empty one, whose outcome must not be.

    Returns:
        How many gold answers were tried: a programming problem without a reference solution has none.

    Raises:
        RewardTrialError: otherwise.
    """
    with_gold = [(problem, gold) for problem in problems if (gold := gold_trace(problem)) is not None]
    of_gold = reward(with_gold)
    failed = [(problem.id, given) for (problem, _), given in zip(with_gold, of_gold, strict=True) if given.outcome != 1]
    if failed:
        raise RewardTrialError(
            f"The gold answer is not rewarded with 1 on {_counted(failed, len(with_gold))}. Training on such problems "
            "would reward nothing or noise: mend their gold answers or leave them out.",
            [name for name, _ in failed],
        )
    _rewards_no_silence(problems, reward)
    return len(with_gold)


def tried_without_gold(problems: Sequence[Problem], rewarder: Rewarder) -> int:
    """As `tried`, for a reward that looks at no gold answer.

    Returns:
        How many problems determine an answer; the responses to others are undecided, whatever they say.

    Raises:
        RewardTrialError: none does, or an empty answer is rewarded.
    """
    _rewards_no_silence(problems, rewarder.without_steps)
    found = sum(one is True for one in rewarder.apart(determined, [(problem, None) for problem in problems]))
    if not found:
        raise RewardTrialError(
            f"None of the {len(problems)} problems determines an answer, so that reward.outcome: certified decides "
            "nothing. Take problems whose picture is known in words (docs/certify.md), or reward.outcome: gold.",
            [problem.id for problem in problems],
        )
    return found


def _rewards_no_silence(problems: Sequence[Problem], reward: RewardFunction) -> None:
    of_empty = reward([(problem, _trace(problem, "")) for problem in problems])
    failed = [(problem.id, given) for problem, given in zip(problems, of_empty, strict=True) if given.outcome == 1]
    if failed:
        raise RewardTrialError(
            f"An empty answer is rewarded with 1 on {_counted(failed, len(problems))}. The policy would learn to say "
            "nothing: mend their gold answers or tests, or leave them out.",
            [name for name, _ in failed],
        )


def gold_trace(problem: Problem) -> Trace | None:
    """A response that gives the gold answer and nothing else; None for a program without a reference solution."""
    if problem.answer_kind == "tests":
        solutions = problem.meta.get("solutions") or ()
        return _trace(problem, f"```python\n{solutions[0]}\n```") if solutions else None
    gold = problem.answer
    return _trace(problem, gold if declared(gold) else f"\\boxed{{{gold}}}")


def _trace(problem: Problem, response: str) -> Trace:
    return Trace(problem.id, 0, "gold", "", reasoning="", response=response, finish_reason="stop")


def _counted(failed: Sequence[tuple[str, Reward]], of: int) -> str:
    named = ", ".join(f"{name} ({given.verdict.status}: {given.verdict.reason})" for name, given in failed[:_NAMED])
    return f"{len(failed)} of {of} problems: {named}{' …' if len(failed) > _NAMED else ''}"
