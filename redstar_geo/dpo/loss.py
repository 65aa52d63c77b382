"""Direct preference optimisation: losses of pairs as pure functions of log-probabilities.

They are those of TRL's `DPOTrainer` (the tests hold them to it), which takes neither packed rows nor cached reference
log-probabilities with images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, relu

PreferenceLoss = Literal["sigmoid", "ipo", "hinge"]


@dataclass(frozen=True)
class PairLogProbs:
    """Of B pairs: log-probabilities summed over each completion's tokens, and how many tokens these are; all [B]."""

    chosen: Tensor
    rejected: Tensor
    chosen_tokens: Tensor
    rejected_tokens: Tensor


def log_ratios(policy: PairLogProbs, reference: PairLogProbs) -> tuple[Tensor, Tensor]:
    """log π/π_ref of the chosen and of the rejected completions, both [B]; times β it is the implicit reward."""
    return policy.chosen - reference.chosen, policy.rejected - reference.rejected


def preference_loss(policy: PairLogProbs, reference: PairLogProbs, beta: float, kind: PreferenceLoss) -> Tensor:
    """The loss of each pair [B].

    - sigmoid: −log σ(β (log-ratio of chosen − of rejected)), DPO (Rafailov et al., arXiv 2305.18290, eq. 7).
    - hinge: max(0, 1 − β (…)), SLiC as it is stated for DPO (Zhao et al., arXiv 2305.10425).
    - ipo: (difference of the log-ratios a token − 1 / 2β)² (Azar et al., arXiv 2310.12036, eq. 17); per token, as its
      authors have it.
    """
    chosen, rejected = log_ratios(policy, reference)
    if kind == "ipo":
        apart = chosen / policy.chosen_tokens.clamp(min=1) - rejected / policy.rejected_tokens.clamp(min=1)
        return (apart - 1 / (2 * beta)) ** 2
    margin = beta * (chosen - rejected)
    return relu(1 - margin) if kind == "hinge" else -logsigmoid(margin)


def chosen_nll(policy: PairLogProbs) -> Tensor:
    """−log-probability a token of each chosen completion [B].

    Added to the loss it keeps the right answers likely (iterative reasoning preference optimisation, Pang et al., arXiv
    2404.19733): the preference loss alone is content when both of a pair become unlikely.
    """
    return -policy.chosen / policy.chosen_tokens.clamp(min=1)


METRICS = (
    "pairs",
    "chosen_tokens",
    "rejected_tokens",
    "preference_loss",
    "chosen_reward",
    "rejected_reward",
    "in_order",
    "chosen_log_ratio",
    "rejected_log_ratio",
    "chosen_log_prob",
)


def metric_sums(policy: PairLogProbs, reference: PairLogProbs, losses: Tensor, beta: float) -> Tensor:
    """Sums over the pairs, in the order of `METRICS`, in float64: those of micro-batches and ranks are added up."""
    chosen, rejected = (ratio.detach() for ratio in log_ratios(policy, reference))
    sums = (
        torch.ones_like(chosen),
        policy.chosen_tokens,
        policy.rejected_tokens,
        losses.detach(),
        beta * chosen,
        beta * rejected,
        (chosen > rejected),
        chosen,
        rejected,
        policy.chosen.detach(),
    )
    return torch.stack([each.double().sum() for each in sums])


def summary(sums: Tensor) -> dict[str, float]:
    """What a line of the log says, from the sums of `metric_sums` over a step.

    Rewards, their margin, their accuracy (pairs in the right order) and lengths are means of pairs. Log-ratios to the
    reference are means of tokens: of the completions that a pair prefers they are an estimate of how far the policy has
    moved, and falling ones mean that right answers become unlikely too.
    """
    of = dict(zip(METRICS, sums.tolist(), strict=True))
    pairs, chosen, rejected = (max(1.0, of[name]) for name in ("pairs", "chosen_tokens", "rejected_tokens"))
    return {
        "preference_loss": of["preference_loss"] / pairs,
        "reward_margin": (of["chosen_reward"] - of["rejected_reward"]) / pairs,
        "reward_accuracy": of["in_order"] / pairs,
        "chosen_reward": of["chosen_reward"] / pairs,
        "rejected_reward": of["rejected_reward"] / pairs,
        "chosen_log_ratio": of["chosen_log_ratio"] / chosen,
        "rejected_log_ratio": of["rejected_log_ratio"] / rejected,
        "chosen_nll": -of["chosen_log_prob"] / chosen,
        "chosen_tokens": of["chosen_tokens"] / pairs,
        "rejected_tokens": of["rejected_tokens"] / pairs,
    }
