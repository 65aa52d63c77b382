"""Which samples share a row: best-fit decreasing under a token and a vision-patch budget, dealt evenly to ranks.

Sorting the whole data set by length would give every epoch the same packs, and packs of one length. So samples are
shuffled first and packed in windows of the shuffled order: epochs differ and packs mix lengths. The emptiest pack of a
window is opened again in the next, which keeps the fill of best-fit decreasing on the whole.
"""

from __future__ import annotations

import random
from bisect import bisect_left, insort
from collections.abc import Sequence

from pydantic import Field, model_validator

from redstar_geo.recipe import Section

_WINDOWS = 8  # in a small data set; fewer would pack the same samples together in every epoch
_LEAST_WINDOW, _LARGEST_WINDOW = 64, 1024  # samples; smaller ones fill badly
_DEALT_TOGETHER = 64  # packs a rank within which packs of equal work are sought


class Packing(Section):
    """What shares a row: as many samples as fit `tokens` and `patches`, or a fixed number of `samples`."""

    tokens: int | None = Field(default=None, gt=0)
    patches: int = Field(default=1 << 16, gt=0)
    samples: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_measure(self) -> Packing:
        if (self.tokens is None) == (self.samples is None):
            raise ValueError("give either tokens (and patches) or samples")
        return self


class TooLargeForPack(ValueError):
    """A sample that no pack can hold. `sample` is its index, `unit` is "tokens" or "vision patches"."""

    def __init__(self, sample: int, size: int, budget: int, unit: str) -> None:
        super().__init__(f"sample {sample} has {size} {unit}, a pack holds at most {budget}")
        self.sample = sample
        self.size = size
        self.budget = budget
        self.unit = unit


def packs(
    tokens: Sequence[int], patches: Sequence[int], token_budget: int, patch_budget: int, seed: int, epoch: int
) -> list[list[int]]:
    """Indices of the samples of every pack; each sample is in exactly one.

    Args:
        tokens: length of every sample in tokens of the language model.
        patches: vision patches of every sample, 0 without images.
        token_budget, patch_budget: the most that one pack may hold.
        seed, epoch: the same two numbers give the same packs in the same order; other epochs mix other samples.

    Raises:
        TooLargeForPack: a sample is larger than a budget. Nothing is truncated.
    """
    _refuse_too_large(tokens, token_budget, "tokens")
    _refuse_too_large(patches, patch_budget, "vision patches")
    chance = random.Random(f"packs/{seed}/{epoch}")
    order = list(range(len(tokens)))
    chance.shuffle(order)
    window = min(_LARGEST_WINDOW, max(_LEAST_WINDOW, len(order) // _WINDOWS))
    packed: list[list[int]] = []
    emptiest: list[int] = []
    for start in range(0, len(order), window):
        together = emptiest + order[start : start + window]
        *full, emptiest = _best_fit(together, tokens, patches, token_budget, patch_budget)
        packed += full
    packed += [emptiest] if emptiest else []
    chance.shuffle(packed)
    return packed


def padding_share(packed: Sequence[Sequence[int]], tokens: Sequence[int], token_budget: int) -> float:
    """The share of the token budget that is left empty, idle packs counted in."""
    room = len(packed) * token_budget
    return 1.0 - sum(tokens[sample] for pack in packed for sample in pack) / room if room else 0.0


def deal(packed: Sequence[list[int]], work: Sequence[float], ranks: int, seed: int, epoch: int) -> list[list[int]]:
    """The packs in the order of training: pack i goes to rank i % ranks.

    A step lasts as long as its slowest rank, so the packs of one step have about equal work. Where the packs do not
    divide by the ranks, the last step is filled up with empty packs: nothing is dropped, every rank does the same
    number of steps (so none waits for ever in a collective), and an empty pack adds neither loss nor labelled tokens,
    so that token-normalised gradients stay right. `collate` turns an empty pack into the idle sample.

    Args:
        work: of every sample, in any unit (FLOPs, or simply tokens).
    """
    chance = random.Random(f"deal/{seed}/{epoch}")
    steps: list[list[list[int]]] = []
    span = ranks * _DEALT_TOGETHER
    for start in range(0, len(packed), span):
        window = sorted(packed[start : start + span], key=lambda pack: sum(work[sample] for sample in pack))
        groups = [window[first : first + ranks] for first in range(0, len(window), ranks)]
        chance.shuffle(groups)
        steps += groups
    steps.sort(key=lambda group: len(group) < ranks)  # stable: only the step that lacks packs goes to the end
    dealt = [pack for group in steps for pack in group]
    return dealt + [[] for _ in range(-len(dealt) % ranks)]


def _refuse_too_large(sizes: Sequence[int], budget: int, unit: str) -> None:
    if max(sizes, default=0) > budget:
        sample = next(index for index, size in enumerate(sizes) if size > budget)
        raise TooLargeForPack(sample, sizes[sample], budget, unit)


def _best_fit(
    samples: Sequence[int], tokens: Sequence[int], patches: Sequence[int], token_budget: int, patch_budget: int
) -> list[list[int]]:
    """Largest first (by the budget a sample takes more of), each into the fullest pack that still holds it.

    The pack with the most room comes last.
    """

    def share(sample: int) -> float:
        return max(tokens[sample] / token_budget, patches[sample] / max(1, patch_budget))

    contents: list[list[int]] = []
    room: list[tuple[int, int, int]] = []  # (tokens left, patches left, pack), sorted
    for sample in sorted(samples, key=share, reverse=True):
        at = bisect_left(room, (tokens[sample], patches[sample]))
        while at < len(room) and room[at][1] < patches[sample]:
            at += 1
        if at < len(room):
            tokens_left, patches_left, pack = room.pop(at)
        else:
            tokens_left, patches_left, pack = token_budget, patch_budget, len(contents)
            contents.append([])
        contents[pack].append(sample)
        insort(room, (tokens_left - tokens[sample], patches_left - patches[sample], pack))
    return [contents[pack] for _, _, pack in room]
