import pytest
import torch

from redstar_geo.rl.advantages import generalised_advantages, rewards_to_go
from tests.rl.batches import tokens

NO, YES = False, True


def by_hand(rewards: list[float], values: list[float], discount: float, decay: float) -> list[float]:
    """GAE of one response without padding, straight from the paper's sum."""
    following = [*values[1:], 0.0][: len(values)]
    errors = [r + discount * after - v for r, v, after in zip(rewards, values, following, strict=True)]
    return [sum((discount * decay) ** (i - t) * errors[i] for i in range(t, len(errors))) for t in range(len(errors))]


@pytest.mark.parametrize(("discount", "decay"), [(1.0, 1.0), (0.9, 0.95), (1.0, 0.0), (0.5, 1.0)])
def test_advantages_are_those_of_the_paper_row_by_row(discount: float, decay: float) -> None:
    batch = tokens(width=12)
    found, returns = generalised_advantages(batch.log_probs, batch.values, batch.mask, discount, decay)
    for row, mask in enumerate(batch.mask):
        expected = by_hand(batch.log_probs[row, mask].tolist(), batch.values[row, mask].tolist(), discount, decay)
        assert found[row, mask].tolist() == pytest.approx(expected, abs=1e-5)
    assert torch.allclose(returns[batch.mask], (found + batch.values)[batch.mask])
    assert not found[~batch.mask].any() and not returns[~batch.mask].any()


def test_without_discount_and_decay_the_advantage_is_the_reward_to_go_less_the_value() -> None:
    batch = tokens()
    found, returns = generalised_advantages(batch.log_probs, batch.values, batch.mask)
    to_go = rewards_to_go(batch.log_probs, batch.mask)
    assert torch.allclose(found[batch.mask], (to_go - batch.values)[batch.mask], atol=1e-4)
    assert torch.allclose(returns, to_go, atol=1e-4)


@pytest.mark.parametrize("discount", [1.0, 0.5])
def test_a_gap_in_the_mask_is_no_step(discount: float) -> None:
    mask = torch.tensor([[NO, YES, NO, NO, YES, YES, NO]])
    rewards = torch.tensor([[9.0, 1.0, 9.0, 9.0, 2.0, 4.0, 9.0]])
    values = torch.tensor([[7.0, 0.5, 7.0, 7.0, 0.25, 3.0, 7.0]])
    close = torch.tensor([[YES, YES, YES]])
    kept = [1, 4, 5]
    assert torch.equal(
        rewards_to_go(rewards, mask, discount)[:, kept], rewards_to_go(rewards[:, kept], close, discount)
    )
    apart, _ = generalised_advantages(rewards, values, mask, discount, 0.9)
    together, _ = generalised_advantages(rewards[:, kept], values[:, kept], close, discount, 0.9)
    assert torch.equal(apart[:, kept], together)
