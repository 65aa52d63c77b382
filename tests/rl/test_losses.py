import pytest
import torch

from redstar_geo.rl.losses import value_loss

CLIP = 0.2


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
