"""What a rank has sampled in a step, as tensors, and the parts that optimizer steps and packed rows split it into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedConfig

from redstar_geo.generation.encoded import Prompt
from redstar_geo.models.encode import Encoded
from redstar_geo.models.families import family_of, positions, vision_patches
from redstar_geo.models.loss import IGNORED
from redstar_geo.rl.kl import k1
from redstar_geo.rl.policy import packed
from redstar_geo.rl.reward import Reward, RewardSettings
from redstar_geo.rl.rollout import Rollout
from redstar_geo.rl.tokens import as_rows, response_mask

_OF_ROWS = ("groups", "scores", "terms")


def encoded(rollout: Rollout, prompt: Prompt, config: PreTrainedConfig) -> Encoded:
    """Prompt and response as one sample of which the response's tokens alone are labelled."""
    family = family_of(config)
    input_ids = torch.tensor(rollout.prompt_ids + rollout.completion_ids)
    labels = input_ids.clone()
    labels[: len(rollout.prompt_ids)] = IGNORED
    return Encoded(
        id=f"{rollout.problem_id}/{rollout.sample}",
        input_ids=input_ids,
        labels=labels,
        position_ids=positions(family, config, input_ids, prompt.images),
        images=prompt.images,
        vision_patches=vision_patches(family, config, prompt.images),
    )


@dataclass(frozen=True)
class Experience:
    """Of one rank; rows are responses, in the order of the step's problems.

    Attributes:
        samples: prompt, response and images of each row.
        groups: which of the step's problems each row answers, counted over all ranks [B].
        scores: the reward, NaN where undecided [B].
        mask: response tokens; none where undecided [B, T].
        sampled: log-probabilities by the sampler; old: by the policy at the start of the step; reference [B, T].
        values: of the critic at the start of the step, where there is one [B, T].
        terms: of the reward, before their shares [B, K].
        credits: the rewards of single steps, at their last tokens, where they are rewarded [B, T].
        weights: by which a token counts where the sampler is another program than the policy [B, T].
        advantages: as the algorithm estimates them; returns: what the critic is to learn [B, T].
    """

    samples: tuple[Encoded, ...]
    groups: Tensor
    scores: Tensor
    mask: Tensor
    sampled: Tensor
    old: Tensor
    reference: Tensor
    terms: Tensor
    values: Tensor | None = None
    credits: Tensor | None = None
    weights: Tensor | None = None
    advantages: Tensor | None = None
    returns: Tensor | None = None

    @property
    def divergence(self) -> Tensor:
        """d_t of REINFORCE++ [B, T]."""
        return k1(self.old, self.reference)

    def rows(self, rows: Sequence[int]) -> Experience:
        """Some of the rows, as wide as the longest of them."""
        index = torch.tensor(rows, dtype=torch.long, device=self.mask.device)
        lengths = [response_length(self.samples[row]) for row in rows]
        width = max(lengths, default=0)
        of_rows = {name: vars(self)[name][index] for name in _OF_ROWS}
        of_tokens = {
            name: value[index, :width]
            for name, value in vars(self).items()
            if name not in ("samples", *_OF_ROWS) and value is not None
        }
        return replace(self, samples=tuple(self.samples[row] for row in rows), **of_rows, **of_tokens)

    def inputs(self, device: torch.device, idle: Encoded | None) -> dict[str, Any]:
        """The rows as one packed row for the forward pass; see `policy.packed`."""
        return packed(self.samples, device, idle)


def experience(
    samples: Sequence[Encoded],
    groups: Sequence[int],
    rollouts: Sequence[Rollout],
    rewards: Sequence[Reward],
    settings: RewardSettings,
    device: torch.device,
) -> Experience:
    """Before anything has been computed about it: `old` and `reference` are 0."""
    lengths = [len(rollout.completion_ids) for rollout in rollouts]
    flat = torch.tensor([value for rollout in rollouts for value in rollout.log_probs])
    sampled = as_rows(flat, lengths).to(device)
    scores = torch.tensor([float("nan") if reward.total is None else reward.total for reward in rewards])
    mask = response_mask(lengths) & ~scores.isnan().unsqueeze(1)
    nothing = torch.zeros_like(sampled)
    terms = torch.tensor([reward.terms(settings) for reward in rewards]).reshape(len(rewards), len(settings.shares))
    return Experience(
        tuple(samples),
        torch.tensor(groups, dtype=torch.long, device=device),
        scores.to(device),
        mask.to(device),
        sampled,
        old=nothing,
        reference=nothing,
        terms=terms.to(device),
    )


def response_length(sample: Encoded) -> int:
    """Tokens of the response."""
    return int((sample.labels >= 0).sum())


def rows_within(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Samples of so many tokens dealt to packed rows of at most `budget` tokens, the longest first.

    A sample that is longer on its own has a row of its own: nothing is truncated.
    """
    rows: list[list[int]] = []
    room: list[int] = []
    for sample in sorted(range(len(lengths)), key=lambda sample: -lengths[sample]):
        row = next((row for row, left in enumerate(room) if left >= lengths[sample]), len(rows))
        if row == len(rows):
            rows.append([])
            room.append(budget)
        rows[row].append(sample)
        room[row] -= lengths[sample]
    return rows


def parts_of_step(groups: Sequence[int], parts: int, seed: int, step: int, epoch: int) -> Iterator[set[int]]:
    """The step's problems in so many parts, an optimizer step each; the same whatever the number of ranks.

    The parts are equal but for one problem. Of fewer problems than parts each is a part.
    """
    order = list(groups)
    Random(f"parts/{seed}/{step}/{epoch}").shuffle(order)
    bounds = [len(order) * part // parts for part in range(parts + 1)]
    yield from (set(order[start:end]) for start, end in pairwise(bounds) if start < end)
