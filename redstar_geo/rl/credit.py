"""Where a response's steps end: with `process_credit: step` the judge's word on a claim lands on its last token.

A token is then rewarded for the steps that end at it or after it, as in process supervision (arXiv 2402.03300, section
4.1.3), but for none before: a false step makes what led to it less likely, not what follows from it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import torch
from tokenizers.decoders import DecodeStream
from torch import Tensor

from redstar_geo.rl.reward import Reward, RewardSettings, standing
from redstar_geo.rl.rollout import Rollout


def step_credits(rollout: Rollout, reward: Reward, settings: RewardSettings, tokenizer: Any) -> Tensor:
    """[T] of the response's tokens: weight · (+1 true, −1 false) / distinct claims at the last token of each claim.

    They add up to weight · `reward.process`. A claim that is made again has no credit of its own, nor one withdrawn.
    What the gate takes from a correct answer, it takes where the first of its false claims ends.
    """
    credits = torch.zeros(len(rollout.completion_ids))
    if reward.total is None or not reward.steps:
        return credits
    token_places = token_ends(rollout.completion_ids, tokenizer)
    opened = len(rollout.text) - len(tokenizer.decode(rollout.completion_ids, skip_special_tokens=True))
    places = _PlacesInText(rollout)
    statuses = standing(reward.steps)  # as `process_score` counts them
    first_ends: dict[str, int] = {}
    for step, end in zip(reward.steps, reward.ends, strict=True):
        first_ends.setdefault(step.claim, end)
    lost = settings.gate * ((reward.outcome or 0.0) - reward.terms(settings)[0])
    for claim, status in statuses.items():
        token = bisect_left(token_places, places(first_ends[claim]) - opened)
        token = min(token, len(token_places) - 1)  # behind the last whole character of a response that was truncated
        credits[token] += settings.process_weight * ((status == "true") - (status == "false")) / len(statuses)
        if status == "false":
            credits[token] -= lost
            lost = 0.0
    return credits


def token_ends(tokens: Sequence[int], tokenizer: Any) -> list[int]:
    """How many characters of the decoded text are whole by the end of each token; special tokens add none."""
    stream = DecodeStream(skip_special_tokens=True)
    pieces = (stream.step(tokenizer.backend_tokenizer, token) or "" for token in tokens)
    return list(accumulate(len(piece) for piece in pieces))


class _PlacesInText:
    """From places in what the judge reads, reasoning and answer on lines of their own, to places in the whole text.

    Thoughts that stand in several places, and an answer with a model's marks in it, are not in the text as they were
    read: their steps count at its end.
    """

    def __init__(self, rollout: Rollout) -> None:
        trace = rollout.trace
        self.reasoning, self.end = len(trace.reasoning), len(rollout.text)
        self.thoughts, self.answer = rollout.text.find(trace.reasoning), rollout.text.rfind(trace.response)

    def __call__(self, place: int) -> int:
        in_thoughts = place <= self.reasoning
        start, within = (self.thoughts, place) if in_thoughts else (self.answer, place - self.reasoning - 1)
        return self.end if start < 0 else start + within
