"""The critic sees what the policy sees, learns by itself, and leaves the policy alone."""

from collections import Counter
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
import torch

from redstar_geo.generation.encoded import encode_prompt
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.models.adapters import Lora
from redstar_geo.models.attention import use_packed_attention
from redstar_geo.models.encode import Encoded
from redstar_geo.rl.critic import ActorCritic, ActorCriticOutput, Critic, language_trunk
from redstar_geo.rl.experience import encoded
from redstar_geo.rl.models import build
from redstar_geo.rl.policy import PolicyModel, packed
from redstar_geo.rl.recipe import PpoRecipe
from redstar_geo.rl.sampler import rollouts as sample_rollouts
from tests.rl.small import Small, small
from tests.rl.start import rl_problems, start, values
from tests.rl.test_rollouts import FAMILIES, VISION, inverse


def samples(one: Small) -> list[Encoded]:
    prompts = one.prompts()
    torch.manual_seed(0)
    rollouts = sample_rollouts(one.model, one.processor, prompts, GenerationSettings(9, 1.0), 1, one.distribution())
    return [encoded(rollout, prompt, one.model.config) for rollout, prompt in zip(rollouts, prompts, strict=True)]


def actor_critic(one: Small, lora: Lora | None = None, shares: bool = False) -> ActorCritic:
    """With a head that is not 0, on a copy of the model."""
    model = deepcopy(one.model)
    use_packed_attention(model)
    critic = Critic(model, lora, shares)
    torch.nn.init.normal_(critic.head.weight, generator=torch.Generator().manual_seed(0))
    return ActorCritic(PolicyModel(model, one.distribution(), 1), critic)


@pytest.mark.parametrize("family", FAMILIES)
def test_values_do_not_depend_on_what_shares_the_row(family: str) -> None:
    one = small(family)
    learner, found = actor_critic(one), samples(one)
    with torch.no_grad():
        together: ActorCriticOutput = learner(**packed(found, one.model.device))
        policy = learner.policy(**packed(found, one.model.device))
        assert torch.equal(together.tokens.log_probs, policy.log_probs)
        for row, sample in enumerate(found):
            alone: ActorCriticOutput = learner(**packed([sample], one.model.device))
            width = alone.values.shape[1]
            assert torch.allclose(together.values[row, :width], alone.values[0], atol=1e-4)
    assert together.values.std() > 0.1


def test_the_value_is_known_before_the_token_is_written() -> None:
    one = small()
    learner, (first, *_) = actor_critic(one), samples(one)
    changed = first.input_ids.clone()
    last = len(changed) - 1
    changed[last] = (changed[last] + 1) % 200
    other = replace(first, input_ids=changed, labels=torch.where(first.labels >= 0, changed, first.labels))
    with torch.no_grad():
        one_values, other_values = (learner(**packed([s], one.model.device)).values for s in (first, other))
    assert torch.equal(one_values, other_values)


@pytest.mark.parametrize("family", VISION)
def test_the_critic_sees_the_picture(family: str) -> None:
    one = small(family)
    learner, (sample, *_) = actor_critic(one), samples(one)
    problem = replace(one.problems[0], images=tuple(inverse(image) for image in one.problems[0].images))
    prompt = encode_prompt(problem, one.model.config, one.processor)
    other = replace(sample, images=prompt.images)
    with torch.no_grad():
        found = [learner(**packed([each], one.model.device)).values for each in (sample, other)]
    assert (found[0] - found[1]).abs().max() > 1e-3


def test_policy_and_critic_learn_apart() -> None:
    one = small()
    learner, found = actor_critic(one), samples(one)
    learner(**packed(found, one.model.device)).values.sum().backward()
    assert all(p.grad is None for p in learner.policy.parameters())
    assert all(p.grad is not None for p in learner.critic.parameters())
    learner.zero_grad()
    learner(**packed(found, one.model.device)).tokens.log_probs.sum().backward()
    assert not any(p.grad is not None and p.grad.any() for p in learner.critic.parameters())


def test_adapters_share_the_weights_of_a_frozen_policy() -> None:
    one = small()
    shared = actor_critic(one, Lora(rank=2), shares=True)
    policy = {id(parameter) for parameter in shared.policy.parameters()}
    own = [(n, p) for n, p in shared.critic.named_parameters() if id(p) not in policy]
    assert own and all("lora_" in name or name.startswith("head") for name, _ in own)
    assert {n for n, p in shared.critic.named_parameters() if p.requires_grad} == {name for name, _ in own}
    whole = actor_critic(one)
    assert not {id(p) for p in whole.critic.parameters()} & {id(p) for p in whole.policy.parameters()}


def test_the_critic_begins_at_zero() -> None:
    one = small()
    model = deepcopy(one.model)
    use_packed_attention(model)
    learner = ActorCritic(PolicyModel(model, one.distribution(), 1), Critic(model, None, False))
    assert not learner(**packed(samples(one), one.model.device)).values.any()


def test_values_are_float32_whatever_an_engine_makes_of_the_head() -> None:
    one = small()
    learner, found = actor_critic(one), samples(one)
    with torch.no_grad():
        expected = learner(**packed(found, one.model.device)).values
        values = learner.to(torch.bfloat16)(**packed(found, one.model.device)).values
    assert values.dtype == torch.float32
    assert (values - expected).norm() < 0.1 * expected.norm()  # the trunk is in bfloat16 too


@pytest.mark.parametrize("adapters", [{}, {"lora": {"rank": 2}, "critic_lora": {"rank": 2}}], ids=["whole", "adapters"])
def test_activations_of_policy_and_critic_are_computed_again(adapters: dict[str, Any]) -> None:
    given = values(start(), "run", method="ppo", critic_learning_rate=1e-4, gradient_checkpointing=True, **adapters)
    models = build(PpoRecipe.model_validate(given), torch.device("cpu"))
    policy: Any = models.model
    row = packed(samples(Small(policy, models.processor, tuple(rl_problems()[:2]))), models.device)
    learner, calls = models.learner, Counter[str]()
    assert isinstance(learner, ActorCritic)
    base = policy.get_base_model() if adapters else policy
    for name, trunk in (("policy", language_trunk(base)), ("critic", learner.critic.trunk)):
        trunk.layers[-1].mlp.register_forward_pre_hook(lambda *_, name=name: calls.update([name]))
    found = learner.train()(**row)
    assert calls == {"policy": 1, "critic": 1}
    (found.values.sum() + found.tokens.log_probs.sum()).backward()
    assert calls == {"policy": 2, "critic": 2}


def test_a_row_without_responses_reaches_the_critic_too() -> None:
    one = small()
    learner, (sample, *_) = actor_critic(one), samples(one)
    idle = replace(sample, labels=torch.full_like(sample.labels, -100))
    found = learner(**packed([], one.model.device, idle))
    (found.values.sum() + found.tokens.log_probs.sum()).backward()
    assert found.values.shape == (0, 0)
    assert all(p.grad is not None and not p.grad.any() for p in learner.parameters()), "DDP would wait"
