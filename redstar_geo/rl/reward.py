"""The reward of a response: its verdict, and on request its steps, its format and its length.

What no judge decided has no reward, which is not a reward of 0: such a response is counted and left out of the update.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pydantic import Field, model_validator

from redstar_geo.filters.format import check_format, check_truncation
from redstar_geo.filters.rejection import Asked
from redstar_geo.geometry.claims import Judged, judge
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.grading import grade
from redstar_geo.pool import decided, outcomes, pool
from redstar_geo.recipe import Section
from redstar_geo.records import Problem, StepVerdict, Trace, Verdict


class LengthShaping(Section):
    """0 up to `free` tokens, falling to −`weight` at `most`: soft overlong punishment (DAPO, arXiv 2503.14476)."""

    free: int = Field(gt=0)
    most: int = Field(gt=0)
    weight: float = Field(default=1.0, gt=0)

    @model_validator(mode="after")
    def _falls(self) -> Self:
        if self.most < self.free:
            raise ValueError(f"length.most {self.most} must not be below length.free {self.free}")
        return self


class RewardSettings(Section):
    """What a response is rewarded for. The outcome, 1 for a correct answer and 0 for a wrong one, always counts once.

    truncated: a response that was truncated before its answer is `excluded`, as all that is undecided, or `wrong`.
    process_weight: of the step judge; a problem without a proof is rewarded by outcome only.
    process_credit: whether the judge's word counts for the `response` as a whole, or each `step` where it stands.
    format_weight: of a response that the data's format filter would keep.
    gdl: FormalGeo's folder of predicates and theorems, for the steps of its problems.
    """

    truncated: Literal["excluded", "wrong"] = "excluded"
    process_weight: float = Field(default=0.0, ge=0)
    process_credit: Literal["response", "step"] = "response"
    format_weight: float = Field(default=0.0, ge=0)
    length: LengthShaping | None = None
    gdl: str | None = None

    @model_validator(mode="after")
    def _judges_what_it_credits(self) -> Self:
        if self.process_credit == "step" and not self.process_weight:
            raise ValueError("process_credit: step says where the step judge's word counts, and process_weight is 0")
        return self


@dataclass(frozen=True)
class Reward:
    """Of one response.

    Attributes:
        outcome: 1 correct, 0 wrong or rejected, None undecided.
        process: share of true steps less share of false ones, −1 … 1; None without a proof, or when not asked for.
        format: 1 or 0.
        length: 0 or less.
        total: the weighted sum; None when the outcome is.
        verdict: on the answer.
        steps: what was decided about each claim.
        ends: the end of each claim, in the reasoning and the answer on the line after it.
    """

    outcome: float | None
    process: float | None
    format: float
    length: float
    total: float | None
    verdict: Verdict
    steps: tuple[StepVerdict, ...] = ()
    ends: tuple[int, ...] = ()


Answered = tuple[Problem, Trace]
RewardFunction = Callable[[Sequence[Answered]], Sequence[Reward]]


class Rewarder:
    """Rewards batches of responses in worker processes; use it as a context manager.

    A response whose judging outlasts `timeout_s`, or crashes its worker, is undecided by that reason.

    Args:
        library: the file of proofs and figures that the step judge asks, shared by the workers.
    """

    def __init__(
        self, settings: RewardSettings, library: Path, timeout_s: float = 60.0, workers: int | None = None
    ) -> None:
        self.settings, self.library = settings, library
        self.work = partial(_rewarded, settings=settings, library=library)
        self.timeout_s = timeout_s
        self.workers = workers or len(os.sched_getaffinity(0))
        self._open = ExitStack()

    def __enter__(self) -> Rewarder:
        self._processes = self._open.enter_context(pool(self.workers))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    def __call__(self, answered: Sequence[Answered]) -> list[Reward]:
        """The rewards, in the order of the responses."""
        return self._rewards(self.work, answered)

    def without_steps(self, answered: Sequence[Answered]) -> list[Reward]:
        """The rewards as they would be if no step were judged."""
        settings = self.settings.model_copy(update={"process_weight": 0.0})
        return self._rewards(partial(_rewarded, settings=settings, library=self.library), answered)

    def _rewards(self, work: Callable[[Answered], Reward], answered: Sequence[Answered]) -> list[Reward]:
        tasks = [(replace(problem, images=()), trace) for problem, trace in answered]
        rewarded = decided(outcomes(self._processes, work, tasks, self.timeout_s))
        return [_undecided(str(failure)) if reward is None else reward for _, reward, failure in rewarded]


def _undecided(reason: str) -> Reward:
    return Reward(None, None, 0.0, 0.0, None, Verdict("undecided", reason))


def _rewarded(answered: Answered, settings: RewardSettings, library: Path) -> Reward:
    """In a worker process: the reward of one response."""
    problem, trace = answered
    verdict = grade(problem, trace)
    judged = _judged(problem, trace, settings, library) if settings.process_weight else None
    steps, ends = (judged.steps(), judged.ends()) if judged else ((), ())
    outcome = outcome_of(verdict, settings)
    process = process_score(steps) if judged else None
    form = format_score(problem, trace)
    length = length_score(trace.completion_tokens or 0, settings.length)
    total = None
    if outcome is not None:
        total = outcome + settings.process_weight * (process or 0.0) + settings.format_weight * form + length
    return Reward(outcome, process, form, length, total, verdict, steps, ends)


def _judged(problem: Problem, trace: Trace, settings: RewardSettings, library: Path) -> Judged | None:
    with Library(library, None if settings.gdl is None else Path(settings.gdl)) as known:
        try:
            facts = known.facts(problem)
        except ReplayError:
            return None
        return judge(f"{trace.reasoning}\n{trace.response}", facts)


def outcome_of(verdict: Verdict, settings: RewardSettings) -> float | None:
    """1, 0 or None for a verdict; for a truncated response without an answer as the settings say."""
    if verdict.status == "undecided":
        return 0.0 if verdict.reason == "truncated" and settings.truncated == "wrong" else None
    return float(verdict.status == "correct")


def process_score(steps: Sequence[StepVerdict]) -> float:
    """(true − false) / all distinct claims, 0 without any; one said again counts once, one withdrawn does not count."""
    statuses = list(standing(steps).values())
    return (statuses.count("true") - statuses.count("false")) / max(1, len(statuses))


def standing(steps: Sequence[StepVerdict]) -> dict[str, str]:
    """Claim → its last status, without the claims that the response took back."""
    last = {step.claim: step.status for step in steps}
    return {claim: status for claim, status in last.items() if status != "withdrawn"}


def format_score(problem: Problem, trace: Trace) -> float:
    """1 when the response ended by itself and its tags and final answer are in order, by the rules of the filters."""
    prompt = Asked(problem.question, problem.language, problem.domain)
    return float(not any(True for check in (check_truncation, check_format) for _ in check(trace, prompt)))


def length_score(tokens: int, shaping: LengthShaping | None) -> float:
    """0 or less, by the number of tokens of the response."""
    if shaping is None:
        return 0.0
    over = (tokens - shaping.free) / max(1, shaping.most - shaping.free)
    return -shaping.weight * min(1.0, max(0.0, over))
