import pytest
import torch

from redstar_geo.rl.losses import Items
from redstar_geo.rl.surrogates import SURROGATES, Clip, Name, cispo, clipped, gspo, sapo
from tests.rl.batches import tokens

CLIP = Clip(0.2, 0.2)
LONG, SHORT = [0.2, -0.1, 0.6], [-0.5]  # log-ratios of two responses
BOTH = torch.tensor([[True, True, True], [True, False, False]])


def items_of(mask: torch.Tensor) -> Items:
    return Items(mask.sum().float(), mask.any(1).sum().float())


def two(surrogate: Name, advantages: list[list[float]], clip: Clip) -> tuple[float, list[list[float]]]:
    """Loss and gradient at the log-ratios above; what lies outside the mask is no number."""
    old = torch.tensor([[-1.0, -2.0, -0.5], [-0.7, torch.nan, torch.nan]])
    ratios = torch.tensor([LONG, [*SHORT, 0.0, 0.0]])
    log_probs = (old + ratios).requires_grad_()
    found = SURROGATES[surrogate](log_probs, old, torch.tensor(advantages), BOTH, items_of(BOTH), clip, None)
    found.loss.backward()
    assert log_probs.grad is not None
    return found.loss.item(), log_probs.grad.nan_to_num(0.0).tolist()


def test_at_the_first_inner_step_the_ratio_is_one_and_the_gradient_is_that_of_reinforce() -> None:
    batch = tokens()
    advantages = torch.where(batch.mask, batch.values, 0.0)
    log_probs = batch.log_probs.clone().requires_grad_()
    found = clipped(log_probs, batch.log_probs, advantages, batch.mask, items_of(batch.mask), CLIP, None)
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
    found = clipped(log_probs, torch.zeros(1, 1), torch.tensor([[advantage]]), mask, items_of(mask), CLIP, None)
    found.loss.backward()
    assert found.loss.item() == pytest.approx(-expected)
    assert found.clip_fraction.item() == float(held)
    assert (log_probs.grad.item() == 0.0) is held


def test_a_ratio_beyond_all_bounds_stays_finite() -> None:
    log_probs = torch.tensor([[300.0, -300.0, 3.0]], requires_grad=True)
    mask = torch.tensor([[True, True, False]])
    found = clipped(log_probs, torch.zeros(1, 3), -torch.ones(1, 3), mask, items_of(mask), CLIP, None)
    found.loss.backward()
    assert found.loss.isfinite() and log_probs.grad.isfinite().all()
    assert log_probs.grad[0, 2] == 0.0


def test_weights_scale_a_token_and_its_gradient() -> None:
    batch = tokens()
    advantages = torch.where(batch.mask, batch.values, 0.0)

    def gradient(weights: torch.Tensor | None) -> torch.Tensor:
        log_probs = batch.log_probs.clone().requires_grad_()
        clipped(log_probs, batch.log_probs, advantages, batch.mask, items_of(batch.mask), CLIP, weights).loss.backward()
        return log_probs.grad

    weights = torch.rand(batch.mask.shape, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(gradient(weights), weights * gradient(None))


def test_clip_higher_leaves_more_room_above_than_below() -> None:
    """DAPO, equation 10: min(ρ A, clip(ρ, 1 − 0.2, 1 + 0.28) A), summed over tokens and divided by their number."""
    loss, gradient = two("clipped", [[1.0, 1.0, 1.0], [-1.0, 0.0, 0.0]], Clip(0.2, 0.28))
    # ρ = 1.2214, 0.9048, 1.8221 → 1.28; the short one's ρ = 0.6065 → 0.8 with A = −1
    assert loss == pytest.approx(-(1.2214028 + 0.9048374 + 1.28 - 0.8) / 4)
    assert gradient[0] == pytest.approx([-1.2214028 / 4, -0.9048374 / 4, 0.0])
    assert gradient[1] == [0.0, 0.0, 0.0]
    assert two("clipped", [[1.0, 1.0, 1.0], [-1.0, 0.0, 0.0]], Clip(0.2, 0.2))[1][0][0] == 0.0


def test_gspo_has_one_ratio_a_response_and_each_response_one_vote() -> None:
    """GSPO, equations 5 to 7: s = exp(mean log-ratio), mean over responses of min(s A, clip(s) A)."""
    s = torch.tensor(0.7 / 3).exp().item()  # 1.2628
    loss, gradient = two("gspo", [[1.0] * 3, [1.0, 0.0, 0.0]], Clip(0.5, 0.5))
    assert loss == pytest.approx(-(s + torch.tensor(-0.5).exp().item()) / 2)
    assert gradient[0] == pytest.approx([-s / 3 / 2] * 3)  # equation 10: s · A · mean of the gradients of log π
    assert gradient[1][0] == pytest.approx(-0.6065307 / 2)
    held, without = two("gspo", [[1.0] * 3, [1.0, 0.0, 0.0]], Clip(0.2, 0.2))
    assert held == pytest.approx(-(1.2 + 0.6065307) / 2) and without[0] == [0.0] * 3


def test_gspo_follows_advantages_that_differ_from_token_to_token() -> None:
    s = torch.tensor(0.7 / 3).exp().item()
    _, gradient = two("gspo", [[1.0, -2.0, 0.0], [0.0] * 3], Clip(0.5, 0.5))
    assert gradient[0] == pytest.approx([-s / 3 / 2, 2 * s / 3 / 2, 0.0])


def test_cispo_clips_the_weight_and_keeps_every_token_s_gradient() -> None:
    """MiniMax-M1, equations 4 and 5, without a lower bound: −Σ sg(min(ρ, 1 + ε)) A log π / tokens."""
    loss, gradient = two("cispo", [[1.0, 1.0, 1.0], [-1.0, 0.0, 0.0]], Clip(0.2, 0.28))
    assert gradient[0] == pytest.approx([-1.2214028 / 4, -0.9048374 / 4, -1.28 / 4])
    assert gradient[1][0] == pytest.approx(0.6065307 / 4)
    gained = 1.2214028 * -0.8 + 0.9048374 * -2.1 + 1.28 * 0.1 - 0.6065307 * -1.2
    assert loss == pytest.approx(-gained / 4, rel=1e-5)


def test_sapo_s_gate_is_open_at_one_and_closes_softly() -> None:
    """SAPO, equations 5 to 8: f = σ(τ(ρ − 1)) 4/τ, whose derivative 4 σ (1 − σ) is 1 at ρ = 1; τ = 1 and 1.05."""
    loss, gradient = two("sapo", [[1.0] * 3, [-1.0, 0.0, 0.0]], CLIP)
    # ρ − 1 = 0.2214028, −0.0951626, 0.8221188: σ = 0.5551257, 0.4762273, 0.6946859; −0.3934693 · 1.05: σ = 0.3981588
    assert loss == pytest.approx(-((4 * (0.5551257 + 0.4762273 + 0.6946859)) / 3 - 4 / 1.05 * 0.3981588) / 2, rel=1e-5)
    closing = [4 * s * (1 - s) for s in (0.5551257, 0.4762273, 0.6946859, 0.3981588)]
    ratios = [1.2214028, 0.9048374, 1.8221188, 0.6065307]
    expected = [-gate * ratio / 3 / 2 for gate, ratio in zip(closing[:3], ratios[:3], strict=True)]
    assert gradient[0] == pytest.approx(expected, rel=1e-5)
    assert gradient[1][0] == pytest.approx(closing[3] * ratios[3] / 2, rel=1e-5)


@pytest.mark.parametrize("surrogate", [clipped, cispo])
def test_on_policy_a_token_s_gradient_is_that_of_reinforce(surrogate) -> None:  # type: ignore[no-untyped-def]
    batch = tokens()
    advantages, log_probs = torch.where(batch.mask, batch.values, 0.0), batch.log_probs.clone().requires_grad_()
    surrogate(log_probs, batch.log_probs, advantages, batch.mask, items_of(batch.mask), CLIP, None).loss.backward()
    assert torch.allclose(log_probs.grad, -advantages / batch.mask.sum())


@pytest.mark.parametrize("surrogate", [gspo, sapo])
def test_on_policy_a_response_s_gradient_is_that_of_reinforce(surrogate) -> None:  # type: ignore[no-untyped-def]
    batch = tokens()
    advantages, log_probs = torch.where(batch.mask, batch.values, 0.0), batch.log_probs.clone().requires_grad_()
    surrogate(log_probs, batch.log_probs, advantages, batch.mask, items_of(batch.mask), CLIP, None).loss.backward()
    expected = -advantages / batch.mask.sum(1, keepdim=True).clamp(min=1) / batch.mask.any(1).sum()
    assert torch.allclose(log_probs.grad, expected)


@pytest.mark.parametrize("name", SURROGATES)
def test_a_response_without_tokens_has_no_part(name: Name) -> None:
    """Nor do ranks with none at all come to numbers that are none."""
    nothing = torch.zeros(2, 3, dtype=torch.bool)
    log_probs = torch.zeros(2, 3, requires_grad=True)
    one = Items(torch.tensor(1.0), torch.tensor(1.0))
    loss = SURROGATES[name](log_probs, torch.zeros(2, 3), torch.ones(2, 3), nothing, one, CLIP, None).loss
    loss.backward()
    assert loss.item() == 0.0 and not log_probs.grad.any()
