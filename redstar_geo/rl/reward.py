"""The reward of a response: its verdict, and on request its steps, its format and its length.

What no judge decided has no reward, which is not a reward of 0: such a response is counted and left out of the update.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from operator import mul
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar

from pydantic import Field, model_validator

from redstar_geo.filters.format import check_format, check_truncation
from redstar_geo.filters.rejection import Asked
from redstar_geo.finish_reason import is_truncated
from redstar_geo.formalise.certified import certificate_of
from redstar_geo.geometry.claims import judge
from redstar_geo.geometry.claims.fidelity import fidelity
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.grading import grade
from redstar_geo.pool import decided, outcomes, pool
from redstar_geo.recipe import Section
from redstar_geo.records import Problem, StepVerdict, Trace, Verdict
from redstar_geo.verdict import Status


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

    outcome: by the `gold` answer; or `certified`, by the value that question and picture determine: a reward without
        gold, for problems whose picture is known in words (docs/certify.md). Where they determine none, or the response
        says none, it is undecided.
    truncated: a truncated response is `excluded` from the update, as all that is undecided (overlong filtering, DAPO,
        arXiv 2503.14476), or `wrong` when it has no answer.
    gate: a correct answer with a false step that the response stands by counts ½, and a wrong one 0: true steps
        do not make up for an answer.
    process_weight: of the step judge; a problem without a proof is rewarded by outcome only.
    process_credit: whether the judge's word counts for the `response` as a whole, or each `step` where it stands.
    skeleton_weight: of the share of the proof's values that the response states (SGVR, arXiv 2601.05073).
    format_weight: of a response that the data's format filter would keep.
    gdl: FormalGeo's folder of predicates and theorems, for the steps of its problems.
    """

    outcome: Literal["gold", "certified"] = "gold"
    truncated: Literal["excluded", "wrong"] = "excluded"
    gate: bool = False
    process_weight: float = Field(default=0.0, ge=0)
    process_credit: Literal["response", "step"] = "response"
    skeleton_weight: float = Field(default=0.0, ge=0)
    format_weight: float = Field(default=0.0, ge=0)
    length: LengthShaping | None = None
    gdl: str | None = None

    @model_validator(mode="after")
    def _judges_what_it_credits(self) -> Self:
        if self.process_credit == "step" and not (self.process_weight or self.gate):
            raise ValueError(
                "process_credit: step says where the step judge's word counts, and process_weight is 0 and gate is off"
            )
        return self

    @property
    def judges(self) -> bool:
        """Whether the steps have a part in it."""
        return self.gate or self.process_weight > 0 or self.skeleton_weight > 0

    @property
    def shares(self) -> tuple[float, ...]:
        """By which each of a response's `terms` counts."""
        return (1.0, self.process_weight, self.skeleton_weight, self.format_weight, 1.0)


@dataclass(frozen=True)
class Reward:
    """Of one response.

    Attributes:
        outcome: 1 correct, 0 wrong or rejected, None undecided.
        process: share of true steps less share of false ones, −1 … 1; None without a proof, or when not asked for.
        skeleton: share of the proof's values that are stated, 0 … 1; None likewise.
        format: 1 or 0.
        length: 0 or less.
        total: the weighted sum of the terms; None when the outcome is.
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
    skeleton: float | None = None

    def terms(self, settings: RewardSettings) -> tuple[float, ...]:
        """What is rewarded, before its share; 0 where nothing was judged."""
        outcome = self.outcome or 0.0
        of_answer = outcome * _GATED if settings.gate and self.false_step else outcome
        return (of_answer, self.process or 0.0, self.skeleton or 0.0, self.format, self.length)

    @property
    def false_step(self) -> bool:
        """Whether the response stands by a claim that is false."""
        return "false" in standing(self.steps).values()


_GATED = 0.5  # of a correct answer that stands on a false step

T = TypeVar("T")
P = TypeVar("P")  # a response, in whatever form
Answered = tuple[Problem, Trace]
RewardFunction = Callable[[Sequence[Answered]], Sequence[Reward]]


class Rewarder:
    """Rewards batches of responses in worker processes; use it as a context manager.

    A response whose judging outlasts `timeout_s`, or crashes its worker, is undecided by that reason.

    Args:
        library: the file of proofs and figures that the step judge asks, shared by the workers.
        workers: processes; None divides the cores among the ranks that a launcher started on this machine.
    """

    def __init__(
        self, settings: RewardSettings, library: Path, timeout_s: float = 60.0, workers: int | None = None
    ) -> None:
        self.settings, self.library = settings, library
        self.work = partial(_rewarded, settings=settings, library=library)
        self.timeout_s = timeout_s
        self.workers = workers or max(1, len(os.sched_getaffinity(0)) // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
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
        off = {"gate": False, "process_weight": 0.0, "skeleton_weight": 0.0}
        settings = self.settings.model_copy(update=off)
        return self._rewards(partial(_rewarded, settings=settings, library=self.library), answered)

    def apart(self, work: Callable[[tuple[Problem, P]], T], answered: Sequence[tuple[Problem, P]]) -> list[T | str]:
        """What the worker processes make of each response, in order, or why one failed."""
        tasks = [(replace(problem, images=()), response) for problem, response in answered]
        done = decided(outcomes(self._processes, work, tasks, self.timeout_s))
        return [str(failure) if result is None else result for _, result, failure in done]

    def _rewards(self, work: Callable[[Answered], Reward], answered: Sequence[Answered]) -> list[Reward]:
        return [_undecided(one) if isinstance(one, str) else one for one in self.apart(work, answered)]


def _undecided(reason: str) -> Reward:
    return Reward(None, None, 0.0, 0.0, None, Verdict("undecided", reason))


def _rewarded(answered: Answered, settings: RewardSettings, library: Path) -> Reward:
    """In a worker process: the reward of one response."""
    problem, trace = answered
    verdict = grade(problem, trace) if settings.outcome == "gold" else certified(problem, trace)
    left_out = settings.truncated == "excluded" and is_truncated(trace.finish_reason)
    outcome = None if left_out else outcome_of(verdict, settings)
    form, length = format_score(problem, trace), length_score(trace.completion_tokens or 0, settings.length)
    reward = Reward(outcome, None, form, length, None, verdict)
    if settings.judges:
        reward = _judged(reward, problem, trace, settings, library)
    if outcome is None:
        return reward
    return replace(reward, total=sum(map(mul, settings.shares, reward.terms(settings))))


def _judged(reward: Reward, problem: Problem, trace: Trace, settings: RewardSettings, library: Path) -> Reward:
    """The reward with what the step judge says, where the problem has a proof."""
    with Library(library, None if settings.gdl is None else Path(settings.gdl)) as known:
        try:
            facts = known.facts(problem)
        except ReplayError:
            return reward
        judged = judge(f"{trace.reasoning}\n{trace.response}", facts)
        stated = fidelity(judged, facts)
    steps, skeleton = judged.steps(), stated.stated / max(1, stated.subgoals)
    return replace(reward, process=process_score(steps), skeleton=skeleton, steps=steps, ends=judged.ends())


def certified(problem: Problem, trace: Trace) -> Verdict:
    """The verdict on one response without a look at the gold answer; a truncated one is undecided, as by `grade`."""
    if is_truncated(trace.finish_reason):
        return Verdict("undecided", "truncated")
    found = certificate_of(problem, trace.text, trace.finish_reason)
    statuses: dict[str, Status] = {"certified": "correct", "refuted": "wrong"}
    return Verdict(statuses.get(found.status, "undecided"), found.status.replace(" ", "_"), found.answer)


def determined(asked: tuple[Problem, None]) -> bool:
    """Whether question and picture determine an answer at all."""
    return certificate_of(asked[0], "").solution.value is not None


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
