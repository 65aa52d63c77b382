"""The models of a training: the policy, its reference, PPO's critic, from one supervised start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from peft import PeftModel
from torch import nn
from transformers import PreTrainedConfig, PreTrainedModel, set_seed

from redstar_geo.errors import InputError
from redstar_geo.generation.sampling import SamplingDistribution, banned_tokens
from redstar_geo.models.adapters import add_adapters, quantisation
from redstar_geo.models.attention import use_packed_attention
from redstar_geo.models.encode import Encoded
from redstar_geo.models.families import Family, Processor, family_of, tokenizer_of
from redstar_geo.models.load import load, load_config, load_processor
from redstar_geo.models.parts import Tuning, freeze, param_groups
from redstar_geo.models.pixels import limit_pixels
from redstar_geo.rl.critic import ActorCritic, ActorCriticOutput, Critic
from redstar_geo.rl.policy import PolicyModel, TokenLogProbs, packed
from redstar_geo.rl.recipe import PpoRecipe, RlRecipe


@dataclass(frozen=True)
class Models:
    """All on one device.

    Attributes:
        model: the policy, as it samples and is saved.
        learner: the policy with its log-probabilities, and the critic where there is one: what learns.
        reference: frozen, the start or another teacher; None where it is the policy without its adapters.
        groups: of the optimizer, each with its peak rate.
    """

    model: PreTrainedModel | PeftModel
    learner: PolicyModel | ActorCritic
    reference: PolicyModel | None
    processor: Processor
    config: PreTrainedConfig
    distribution: SamplingDistribution
    groups: list[dict[str, Any]]

    @property
    def family(self) -> Family:
        return family_of(self.config)

    @property
    def device(self) -> torch.device:
        return self.model.device

    def trained(self) -> dict[str, torch.Tensor]:
        """The weights that learn, by name, as a checkpoint keeps them."""
        return {
            name: parameter.detach() for name, parameter in self.learner.named_parameters() if parameter.requires_grad
        }

    def sound(self, probe: Encoded) -> bool:
        """Whether the weights that learn, and what policy and critic say of a sample, are finite numbers."""
        with torch.no_grad():
            output = with_values(self.learner(**packed([probe], self.device)))
        numbers = [*self.trained().values(), output.tokens.log_probs, output.tokens.entropy, output.values]
        return bool(torch.stack([each.isfinite().all() for each in numbers]).all())

    @contextmanager
    def as_reference(self) -> Iterator[PolicyModel]:
        """The reference policy, for a while."""
        if self.reference is not None:
            yield self.reference
            return
        assert isinstance(self.model, PeftModel)
        with self.model.disable_adapter():
            yield self.learner.policy if isinstance(self.learner, ActorCritic) else self.learner


def build(recipe: RlRecipe, device: torch.device) -> Models:
    """Load the start and put the parts together.

    Raises:
        InputError: it is no model, of no known family, or cannot be quantised here.
    """
    set_seed(recipe.seed)  # of the adapters
    dtype = torch.float32 if recipe.dtype == "float32" else torch.bfloat16
    config = load_config(recipe.model)
    family = family_of(config)
    bits = quantisation(family, recipe.lora, dtype)
    base, processor = load(recipe.model, dtype, bits)
    limit_pixels(family, processor, recipe.pixels)
    distribution = SamplingDistribution(recipe.temperature, banned_tokens(base, processor).to(device))
    if bits is None:
        nn.Module.to(base, device)
    use_packed_attention(base)
    rates = Tuning(language=recipe.learning_rate)
    critic = None
    if isinstance(recipe, PpoRecipe):  # before the policy has adapters, of which the critic has its own
        critic = Critic(base, recipe.critic_lora, shares=recipe.lora is not None)
    freeze(base, family, rates)
    model = base if recipe.lora is None else add_adapters(base, family, recipe.lora, rates)
    if recipe.gradient_checkpointing:
        for trunk in [base] if critic is None else [base, critic.trunk]:
            trunk.gradient_checkpointing_enable({"use_reentrant": False})
    policy = PolicyModel(model, distribution, recipe.loss_chunks)
    reference = None
    if recipe.lora is None or recipe.teacher_model is not None:
        reference = _reference(recipe, dtype, distribution, device)
    groups = param_groups(model, family, rates, recipe.weight_decay)
    if critic is not None and isinstance(recipe, PpoRecipe):
        learns = [parameter for parameter in critic.parameters() if parameter.requires_grad]
        groups.append(
            {"name": "critic", "params": learns, "lr": recipe.critic_learning_rate, "weight_decay": recipe.weight_decay}
        )
    learner = policy if critic is None else ActorCritic(policy, critic)
    return Models(model, learner.eval(), reference, processor, config, distribution, groups)


def check_teacher(student: str, teacher: str) -> None:
    """Whether a teacher can say how likely a student's tokens are.

    Raises:
        InputError: it is no model, or of another family or tokenizer than the student.
    """
    configs = load_config(student), load_config(teacher)
    one, other = map(family_of, configs)
    if one is not other:
        raise InputError(
            f"teacher: {teacher!r} is a {other.name} model and {student!r} a {one.name} one. A teacher reads the "
            "student's own tokens and pictures, so take one of the same family."
        )
    mine, theirs = (
        tokenizer_of(load_processor(model, config)).get_vocab()
        for model, config in zip((student, teacher), configs, strict=True)
    )
    if mine != theirs:
        token = min(mine.items() ^ theirs.items(), key=lambda pair: (pair[1], pair[0]))
        raise InputError(
            f"teacher: {teacher!r} has other tokens than {student!r}, the first of them number {token[1]} "
            f"({token[0]!r}). A teacher reads the student's own tokens, so take one with the same tokenizer."
        )


def with_values(output: TokenLogProbs | ActorCriticOutput) -> ActorCriticOutput:
    """What a learner returned, with values of 0 where there is no critic."""
    if isinstance(output, ActorCriticOutput):
        return output
    return ActorCriticOutput(output, output.log_probs.new_zeros(output.log_probs.shape))


def _reference(
    recipe: RlRecipe, dtype: torch.dtype, distribution: SamplingDistribution, device: torch.device
) -> PolicyModel:
    """The start, or the teacher where there is one; of its own are the rows of its embedding that are no tokens."""
    model, processor = load(recipe.teacher_model or recipe.model, dtype)
    if recipe.teacher_model is not None:
        distribution = replace(distribution, banned=banned_tokens(model, processor).to(device))
    nn.Module.to(model, device)
    use_packed_attention(model)
    return PolicyModel(model.requires_grad_(False).eval(), distribution, recipe.loss_chunks)
