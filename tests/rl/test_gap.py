import pytest
import torch

from redstar_geo.rl.importance import Importance, effective_sample_size, truncated_weights
from redstar_geo.rl.kl import gap
from tests.rl.batches import tokens


def test_equal_log_probs_have_no_gap_and_weight_one() -> None:
    batch = tokens()
    found = gap(batch.log_probs, batch.log_probs, batch.mask)
    assert found.mean == found.largest == found.kl == 0.0
    assert (truncated_weights(batch.log_probs, batch.log_probs, batch.mask, Importance()) == 1.0).all()


def test_the_gap_is_measured_over_response_tokens() -> None:
    batch = tokens()
    recomputed = batch.log_probs.clone()
    recomputed[0, 0] += 0.5
    recomputed[~batch.mask] = torch.nan
    found = gap(recomputed, batch.log_probs, batch.mask)
    assert found.largest.item() == pytest.approx(0.5)
    assert found.mean.item() == pytest.approx(0.5 / batch.mask.sum().item())
    assert found.kl.item() > 0.0


def test_no_response_tokens_no_gap() -> None:
    nothing = torch.zeros(2, 3, dtype=torch.bool)
    found = gap(torch.ones(2, 3), torch.zeros(2, 3), nothing)
    assert found.mean == found.largest == found.kl == 0.0


def test_weights_are_cut_above_and_pass_no_gradient() -> None:
    mask = torch.tensor([[True, True, True, False]])
    recomputed = torch.tensor([[5.0, -1.0, 0.3, 9.0]], requires_grad=True)
    weights = truncated_weights(recomputed, torch.zeros(1, 4), mask, Importance(cap=2.0))
    assert not weights.requires_grad
    assert weights[0].tolist() == pytest.approx([2.0, torch.tensor(-1.0).exp().item(), 1.34986, 1.0], abs=1e-5)


def test_truncation_is_all_that_biases_the_weighted_mean() -> None:
    """Without a cap in the way, weights turn a mean over the sampler's tokens into one over the trainer's."""
    chance = torch.Generator().manual_seed(3)
    sampler, trainer = torch.randn(2, 5, generator=chance, dtype=torch.float64).log_softmax(-1)
    worth = torch.randn(5, generator=chance, dtype=torch.float64)
    everything = torch.ones(5, dtype=torch.bool)
    weights = truncated_weights(trainer, sampler, everything, Importance(cap=1e9))
    assert torch.isclose((sampler.exp() * weights * worth).sum(), (trainer.exp() * worth).sum())


def test_a_sequence_weighs_by_the_ratio_of_the_whole_response() -> None:
    mask = torch.tensor([[True, True, False], [True, True, True]])
    recomputed = torch.tensor([[0.3, -0.5, 9.0], [0.5, 0.5, 0.5]])
    weights = truncated_weights(recomputed, torch.zeros(2, 3), mask, Importance(level="sequence", cap=3.0))
    assert weights[0].tolist() == pytest.approx([0.8187308, 0.8187308, 1.0])  # e^(0.3 - 0.5)
    assert weights[1].tolist() == [3.0, 3.0, 3.0]  # e^1.5 = 4.48, capped


def test_the_effective_sample_size_is_that_of_the_weights() -> None:
    mask = torch.tensor([[True, True, True, False]])
    assert effective_sample_size(torch.ones(1, 4), mask) == 1.0
    # (2 + 1 + 1)^2 / (3 * (4 + 1 + 1)) = 16 / 18
    assert effective_sample_size(torch.tensor([[2.0, 1.0, 1.0, 9.0]]), mask) == pytest.approx(16 / 18)
    assert effective_sample_size(torch.ones(1, 4), torch.zeros_like(mask)) == 1.0
    assert effective_sample_size(torch.zeros(1, 4), mask) == 0.0, "the policy has left the sampler"
