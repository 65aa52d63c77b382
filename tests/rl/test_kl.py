import torch

from redstar_geo.rl.kl import k1, k2, k3


def log_softmax_pair() -> tuple[torch.Tensor, torch.Tensor]:
    drawn = torch.randn(2, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    policy, reference = drawn.log_softmax(-1)
    return policy, reference


def test_k1_and_k3_have_the_kl_as_their_mean() -> None:
    policy, reference = log_softmax_pair()
    kl = (policy.exp() * (policy - reference)).sum()
    for estimate in (k1, k3):
        assert torch.isclose((policy.exp() * estimate(policy, reference)).sum(), kl)


def test_the_gradient_of_k2_is_that_of_the_kl() -> None:
    logits = torch.randn(6, generator=torch.Generator().manual_seed(2), dtype=torch.float64, requires_grad=True)
    _, reference = log_softmax_pair()
    policy = logits.log_softmax(-1)
    (exact,) = torch.autograd.grad((policy.exp() * (policy - reference)).sum(), logits, retain_graph=True)
    (sampled,) = torch.autograd.grad((policy.exp().detach() * k2(policy, reference)).sum(), logits)
    assert torch.allclose(sampled, exact)


def test_k3_is_never_negative_and_all_vanish_for_equal_policies() -> None:
    policy, reference = log_softmax_pair()
    assert (k3(policy, reference) >= 0).all() and (k1(policy, reference) < 0).any()
    for estimate in (k1, k2, k3):
        assert not estimate(policy, policy).any()


def test_a_token_far_off_is_clamped_and_overflows_nothing() -> None:
    far = torch.tensor([500.0, -500.0])
    assert k1(far, torch.zeros(2)).tolist() == [10.0, -10.0]
    assert k3(far, torch.zeros(2)).isfinite().all()
    apart = torch.tensor([30.0], requires_grad=True)
    k2(apart, torch.zeros(1)).sum().backward()
    assert apart.grad is not None and apart.grad.item() == 30.0  # still drawn back
