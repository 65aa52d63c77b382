"""A step's responses: which problems are asked, sampled on this rank, rewarded, known to all ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import torch
from peft import PeftModel
from torch import distributed
from transformers import PreTrainedModel

from redstar_geo.generation.encoded import Prompt, encode_prompt
from redstar_geo.generation.local import generate
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.generation.sampling import SamplingDistribution
from redstar_geo.models.families import Processor
from redstar_geo.records import Problem
from redstar_geo.rl.models import Models
from redstar_geo.rl.reward import Reward
from redstar_geo.rl.rollout import Rollout

T = TypeVar("T")


def rollouts(
    model: PreTrainedModel | PeftModel,
    processor: Processor,
    prompts: Sequence[Prompt],
    settings: GenerationSettings,
    samples: int,
    distribution: SamplingDistribution,
) -> list[Rollout]:
    """`samples` responses to each prompt, all as one batch, in the order of the prompts and of the samples."""
    rows = [(prompt, sample) for prompt in prompts for sample in range(samples)]
    completions = generate(model, processor, [prompt for prompt, _ in rows], settings, distribution)
    return [
        Rollout(
            problem_id=prompt.id,
            sample=sample,
            prompt_ids=tuple(prompt.input_ids.tolist()),
            completion_ids=one.tokens,
            log_probs=one.log_probs,
            finish_reason=one.finish_reason,
            text=one.text,
        )
        for (prompt, sample), one in zip(rows, completions, strict=True)
    ]


class Sampler(Protocol):
    """Draws responses from the policy as it is."""

    def __call__(self, prompts: Sequence[Prompt], problems: Sequence[Problem], seed: int) -> list[Rollout]:
        """`samples` responses to each, in the order of the prompts; chance follows from the seed."""
        ...

    def follow(self, models: Models) -> None:
        """Take over the policy's weights, before a step's first call."""
        ...


class TransformersSampler:
    """The policy itself, on the trainer's own device and in its weights' own precision; see `generate`."""

    def __init__(self, models: Models, settings: GenerationSettings, samples: int) -> None:
        self.models, self.settings, self.samples = models, settings, samples

    def __call__(self, prompts: Sequence[Prompt], problems: Sequence[Problem], seed: int) -> list[Rollout]:
        """As `Sampler`."""
        models = self.models
        torch.manual_seed(seed)
        return rollouts(models.model, models.processor, prompts, self.settings, self.samples, models.distribution)

    def follow(self, models: Models) -> None:
        """Nothing: these are the weights."""


@dataclass(frozen=True)
class Rewarded:
    """A rollout with its reward, the problem and prompt that it answers, and the problem's place in the step."""

    place: int
    problem: Problem
    prompt: Prompt
    rollout: Rollout
    reward: Reward


@dataclass(frozen=True)
class Collected:
    """Of one rank: rollouts with the problems and prompts they answer, `samples` for each problem in turn.

    places: which of the step's problems, counted over all ranks and rounds, each rollout answers.
    """

    places: tuple[int, ...]
    problems: tuple[Problem, ...]
    prompts: tuple[Prompt, ...]
    rollouts: tuple[Rollout, ...]


def collected(
    sampler: Sampler,
    problems: Sequence[Problem],
    models: Models,
    together: int,
    samples: int,
    seed: int,
    first: int = 0,
) -> Collected:
    """Sample responses to this rank's share of a step's problems, of which the first has the place `first`.

    The problems are cut into calls of the sampler, `together` problems each, that go to the ranks in turn. A call has
    its own seed, so that its responses are the same on however many ranks.
    """
    rank, ranks = (distributed.get_rank(), distributed.get_world_size()) if distributed.is_initialized() else (0, 1)
    calls = range(0, len(problems), together)
    places: list[int] = []
    prompts: list[Prompt] = []
    rollouts: list[Rollout] = []
    for number, start in enumerate(calls):
        if number % ranks != rank:
            continue
        asked = list(problems[start : start + together])
        encoded = [encode_prompt(problem, models.config, models.processor) for problem in asked]
        rollouts += sampler(encoded, asked, seed + first + number)
        places += [first + start + i for i in range(len(asked)) for _ in range(samples)]
        prompts += [prompt for prompt in encoded for _ in range(samples)]
    asked = [problems[place - first] for place in places]
    return Collected(tuple(places), tuple(asked), tuple(prompts), tuple(rollouts))


def mixed(rewarded: Sequence[tuple[Rollout, Reward]], samples: int, first: int = 0) -> list[int]:
    """The places of the problems whose decided responses were not all rewarded alike: the others teach nothing.

    Args:
        rewarded: `samples` responses to each problem in turn, as `in_order` has them, the first in the place `first`.
    """
    groups = range(len(rewarded) // samples)
    totals = ({reward.total for _, reward in rewarded[i * samples : (i + 1) * samples]} - {None} for i in groups)
    return [first + place for place, found in enumerate(totals) if len(found) > 1]


def in_order(
    places: Sequence[int], rollouts: Sequence[Rollout], rewards: Sequence[Reward]
) -> list[tuple[Rollout, Reward]]:
    """The rollouts of all ranks with their rewards, in the order of the step's problems; a collective."""
    every = of_all_ranks(list(zip(places, rollouts, rewards, strict=True)))
    found = sorted(every, key=lambda one: (one[0], one[1].sample))
    return [(rollout, reward) for _, rollout, reward in found]


def of_all_ranks(mine: list[T]) -> list[T]:
    """What all ranks have, rank by rank; a collective."""
    if not distributed.is_initialized():
        return mine
    every: list[list[T]] = [[] for _ in range(distributed.get_world_size())]
    distributed.all_gather_object(every, mine)
    return [one for part in every for one in part]
