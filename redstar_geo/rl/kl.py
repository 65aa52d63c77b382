"""Estimates of KL(π ‖ π_ref) from tokens that π sampled, one a token (Schulman 2020, "Approximating KL Divergence").

All take log π(y_t) and log π_ref(y_t) [B, T] and return [B, T]; what lies outside the response mask means nothing.
"""

from __future__ import annotations

from torch import Tensor

_LARGEST = 10.0  # of a log-ratio: one token of a broken policy must not drown the batch, nor overflow in exp


def k1(log_probs: Tensor, reference: Tensor) -> Tensor:
    """log π − log π_ref, clamped to ±10: unbiased, can be negative; the d_t of REINFORCE++ (arXiv 2501.03262)."""
    return (log_probs - reference).clamp(-_LARGEST, _LARGEST)


def k2(log_probs: Tensor, reference: Tensor) -> Tensor:
    """½ (log π − log π_ref)²: for the loss, since its gradient is an unbiased one of the KL.

    It is not clamped: that would take the gradient away where the policy has drifted furthest.
    """
    return 0.5 * (log_probs - reference) ** 2


def k3(log_probs: Tensor, reference: Tensor) -> Tensor:
    """π_ref/π − 1 − log(π_ref/π): unbiased and never negative; what GRPO subtracts (arXiv 2402.03300)."""
    difference = k1(log_probs, reference)
    return (-difference).exp() - 1.0 + difference
