"""Where a response's steps end: with `process_credit: step` the judge's word on a claim lands on its last token.

What comes before a claim is thus rewarded for it and what comes after is not, as in process supervision of outcomes
that are sums over steps (arXiv 2402.03300, section 4.1.3). A response-level share cannot tell the two apart.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import torch
from tokenizers.decoders import DecodeStream
from torch import Tensor

from redstar_geo.rl.reward import Reward
from redstar_geo.rl.rollout import Rollout


def step_credits(rollout: Rollout, reward: Reward, weight: float, tokenizer: Any) -> Tensor:
    """[T] of the response's tokens: weight · (+1 true, −1 false) / distinct claims at the last token of each claim.

    They add up to weight · `reward.process`. A claim that is made again has no credit of its own.
    """
    credits = torch.zeros(len(rollout.completion_ids))
    if reward.total is None or not reward.steps:
        return credits
    last = {step.claim: step.status for step in reward.steps}
    places = dict(reversed(list(zip((step.claim for step in reward.steps), reward.ends, strict=True))))
    ends = token_ends(rollout.completion_ids, tokenizer)
    ahead = len(rollout.text) - ends[-1]  # the tag that the prompt has opened
    for claim, status in last.items():
        place = in_text(rollout, places[claim]) - ahead
        token = min(bisect_left(ends, place), len(ends) - 1)
        credits[token] += weight * ((status == "true") - (status == "false")) / len(last)
    return credits


def token_ends(tokens: Sequence[int], tokenizer: Any) -> list[int]:
    """How many characters of the decoded text stand by the end of each token; special tokens stand for none."""
    stream = DecodeStream(skip_special_tokens=True)
    pieces = (stream.step(tokenizer.backend_tokenizer, token) or "" for token in tokens)
    return list(accumulate(len(piece) for piece in pieces))


def in_text(rollout: Rollout, place: int) -> int:
    """A place in what the judge reads, reasoning and answer on lines of their own, as a place in the rollout's text."""
    trace = rollout.trace
    if place <= len(trace.reasoning):
        return rollout.text.index(trace.reasoning) + place
    return rollout.text.rindex(trace.response) + place - len(trace.reasoning) - 1
