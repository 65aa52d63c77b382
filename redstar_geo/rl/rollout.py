"""One sampled response, as it is rewarded, trained on and kept. Without torch: the processes that grade need none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from redstar_geo.generation.reply import Reply
from redstar_geo.records import Trace

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True)
class Rollout:
    """A response of the policy.

    Attributes:
        sample: 0 … n − 1 among the responses to one prompt.
        prompt_ids: tokens of the prompt, image tokens included, without padding.
        completion_ids: tokens of the response, with the one that ended it; never empty.
        log_probs: of each token of the response under the distribution that it was drawn from, by the sampler.
        finish_reason: `length` where the response was truncated.
        text: the response as the reward reads it, with the `<think>` that the prompt may have opened.
    """

    problem_id: str
    sample: int
    prompt_ids: tuple[int, ...]
    completion_ids: tuple[int, ...]
    log_probs: tuple[float, ...]
    finish_reason: FinishReason
    text: str

    @property
    def trace(self) -> Trace:
        """The response in the form that is graded: reasoning and answer apart."""
        reply = Reply.of_text(self.text, self.finish_reason, len(self.prompt_ids), len(self.completion_ids))
        return reply.trace(self.problem_id, self.sample, teacher="policy")
