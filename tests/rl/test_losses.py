import pytest
import torch

from redstar_geo.rl.losses import policy_loss, value_loss
from tests.rl.batches import tokens

CLIP = 0.2


def test_at_the_first_inner_step_the_ratio_is_one_and_the_gradient_is_that_of_reinforce() -> None:
    batch = tokens()
    advantages = torch.where(batch.mask, batch.values, 0.0)
    log_probs = batch.log_probs.clone().requires_grad_()
    found = policy_loss(log_probs, batch.log_probs, advantages, batch.mask, batch.mask.sum(), CLIP)
    assert found.loss.item() == pytest.approx(-advantages.sum().item() / batch.mask.sum().item(), abs=1e-6)
    assert found.clip_fraction == 0.0
    found.loss.backward()
    assert torch.allclose(log_probs.grad, -advantages / batch.mask.sum())


@pytest.mark.parametrize(
    ("ratio", "advantage", "expected", "held"),
    [(1.5, 1.0, 1.2, True), (1.5, -1.0, -1.5, False), (0.5, 1.0, 0.5, False), (0.5, -1.0, -0.8, True)],
)
def test_clipping_takes_the_gradient_only_where_it_would_go_further(
    ratio: float, advantage: float, expected: float, held: bool
) -> None:
    log_probs = torch.tensor([[ratio]]).log().requires_grad_()
    mask = torch.ones(1, 1, dtype=torch.bool)
    found = policy_loss(log_probs, torch.zeros(1, 1), torch.tensor([[advantage]]), mask, 1, CLIP)
    found.loss.backward()
    assert found.loss.item() == pytest.approx(-expected)
    assert found.clip_fraction.item() == float(held)
    assert (log_probs.grad.item() == 0.0) is held


def test_a_ratio_beyond_all_bounds_stays_finite() -> None:
    log_probs = torch.tensor([[300.0, -300.0, 3.0]], requires_grad=True)
    mask = torch.tensor([[True, True, False]])
    found = policy_loss(log_probs, torch.zeros(1, 3), -torch.ones(1, 3), mask, 2, CLIP)
    found.loss.backward()
    assert found.loss.isfinite() and log_probs.grad.isfinite().all()
    assert log_probs.grad[0, 2] == 0.0


def test_weights_scale_a_token_and_its_gradient() -> None:
    batch = tokens()
    advantages = torch.where(batch.mask, batch.values, 0.0)

    def gradient(weights: torch.Tensor | None) -> torch.Tensor:
        log_probs = batch.log_probs.clone().requires_grad_()
        policy_loss(log_probs, batch.log_probs, advantages, batch.mask, 1.0, CLIP, weights).loss.backward()
        return log_probs.grad

    weights = torch.rand(batch.mask.shape, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(gradient(weights), weights * gradient(None))


def test_the_value_stays_near_the_old_one() -> None:
    mask = torch.ones(1, 3, dtype=torch.bool)
    old, returns = torch.zeros(1, 3), torch.tensor([[2.0, 2.0, -1.0]])
    values = torch.tensor([[0.1, 1.0, 1.0]], requires_grad=True)
    found = value_loss(values, old, returns, mask, 3, CLIP)
    # within the bound; beyond it, so the worse error counts and gives no gradient; beyond it on the wrong side
    assert found.loss.item() == pytest.approx(0.5 * (1.9**2 + 1.8**2 + 2.0**2) / 3)
    assert found.clip_fraction.item() == pytest.approx(1 / 3)
    found.loss.backward()
    assert values.grad[0].tolist() == pytest.approx([-1.9 / 3, 0.0, 2.0 / 3])
