"""A step's responses: which problems are asked, sampled on this rank, rewarded, known to all ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import torch
from numpy.random import SeedSequence, default_rng
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
    seeds: Sequence[int] | None = None,
    together: int | None = None,
) -> list[Rollout]:
    """`samples` responses to each prompt, in the order of the prompts and of the samples.

    Args:
        seeds: of each prompt, from which its responses' chance follows; None: torch's.
        together: as of `generate`.
    """
    rows = [(prompt, sample) for prompt in prompts for sample in range(samples)]
    asked, chance = [prompt for prompt, _ in rows], None
    if seeds is not None:
        drawn = [default_rng(seed).random((samples, settings.max_new_tokens)) for seed in seeds]
        chance = torch.from_numpy(np.concatenate(drawn))
    completions = generate(model, processor, asked, settings, distribution, chance, together)
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

    def __call__(self, prompts: Sequence[Prompt], problems: Sequence[Problem], seeds: Sequence[int]) -> list[Rollout]:
        """`samples` responses to each, in the order of the prompts; chance follows from each one's seed."""
        ...

    def follow(self, models: Models) -> None:
        """Take over the policy's weights, before a step's first call."""
        ...

    def rest(self) -> None:
        """Give back what sampling takes of the device, after a step's last call."""
        ...


class TransformersSampler:
    """The policy itself, on the trainer's own device and in its weights' own precision; see `generate`."""

    def __init__(self, models: Models, settings: GenerationSettings, samples: int, together: int) -> None:
        self.models, self.settings, self.samples, self.together = models, settings, samples, together

    def __call__(self, prompts: Sequence[Prompt], problems: Sequence[Problem], seeds: Sequence[int]) -> list[Rollout]:
        """As `Sampler`."""
        models = self.models
        model, processor, distribution = models.model, models.processor, models.distribution
        return rollouts(model, processor, prompts, self.settings, self.samples, distribution, seeds, self.together)

    def follow(self, models: Models) -> None:
        """Nothing: these are the weights."""

    def rest(self) -> None:
        """Nothing: keys and values are gone with the call."""


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
    sampler: Sampler, problems: Sequence[Problem], models: Models, samples: int, seed: tuple[int, int], first: int = 0
) -> Collected:
    """Sample responses to this rank's share of a step's problems, of which the first has the place `first`.

    They are dealt to the ranks in turn. Chance follows from the problem's place, so that the same responses are drawn
    on however many ranks, but for rounding: fewer rows are decoded together.

    Args:
        seed: of the recipe, and the number of the step.
    """
    rank, ranks = (distributed.get_rank(), distributed.get_world_size()) if distributed.is_initialized() else (0, 1)
    places = list(range(first + rank, first + len(problems), ranks))
    asked = [problems[place - first] for place in places]
    prompts = [encode_prompt(problem, models.config, models.processor) for problem in asked]
    seeds = [int(SeedSequence([*seed, place]).generate_state(1, np.uint64)[0] >> 1) for place in places]
    rollouts = sampler(prompts, asked, seeds) if asked else []

    def each(values: Sequence[T]) -> tuple[T, ...]:
        return tuple(value for value in values for _ in range(samples))

    return Collected(each(places), each(asked), each(prompts), tuple(rollouts))


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
