import pytest
import torch

from redstar_geo.rl.kl import gap, truncated_weights
from tests.rl.batches import tokens


def test_equal_log_probs_have_no_gap_and_weight_one() -> None:
    batch = tokens()
    found = gap(batch.log_probs, batch.log_probs, batch.mask)
    assert found.mean == found.largest == found.kl == 0.0
    assert (truncated_weights(batch.log_probs, batch.log_probs, batch.mask, 2.0) == 1.0).all()


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
    weights = truncated_weights(recomputed, torch.zeros(1, 4), mask, cap=2.0)
    assert not weights.requires_grad
    assert weights[0].tolist() == pytest.approx([2.0, torch.tensor(-1.0).exp().item(), 1.34986, 1.0], abs=1e-5)


def test_truncation_is_all_that_biases_the_weighted_mean() -> None:
    """Without a cap in the way, weights turn a mean over the sampler's tokens into one over the trainer's."""
    chance = torch.Generator().manual_seed(3)
    sampler, trainer = torch.randn(2, 5, generator=chance, dtype=torch.float64).log_softmax(-1)
    worth = torch.randn(5, generator=chance, dtype=torch.float64)
    everything = torch.ones(5, dtype=torch.bool)
    weights = truncated_weights(trainer, sampler, everything, cap=1e9)
    assert torch.isclose((sampler.exp() * weights * worth).sum(), (trainer.exp() * worth).sum())
