"""PPO's critic: the value of a response before each of its tokens, by a language trunk of its own with a scalar head.

The vision part and the aligner are the policy's, frozen, and run once for both: what the policy's language model is
handed at the places of an image, the critic's trunk is handed as well. So a critic costs a language model, or with
LoRA adapters on weights that it shares with the policy's frozen base, next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from peft import LoraConfig, PeftModel, inject_adapter_in_model
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from redstar_geo.models.adapters import Lora
from redstar_geo.models.families import family_of
from redstar_geo.models.loss import IGNORED
from redstar_geo.rl.policy import PolicyModel, TokenLogProbs
from redstar_geo.rl.tokens import as_rows

Handed = dict[str, Any]  # keyword arguments of a language trunk's forward


def language_trunk(model: PreTrainedModel) -> Any:
    """The language model without its head, as it is called by the model that sees."""
    base: Any = model.base_model
    return base.language_model if family_of(model.config).sees else base


class Critic(nn.Module):
    """A copy of the policy's language trunk, made before it learns, and a head that begins at 0.

    Args:
        model: the policy without adapters.
        lora: adapters on the copy, whose own weights are then frozen; None: the whole copy learns.
        shares: with `lora`, whether the copy's weights are the policy's own, which must be frozen too.
    """

    def __init__(self, model: PreTrainedModel, lora: Lora | None, shares: bool) -> None:
        super().__init__()
        trunk = language_trunk(model)
        own = {id(parameter): parameter for parameter in trunk.parameters()} if lora and shares else {}
        self.trunk: Any = deepcopy(trunk, own)  # what the memo holds is not copied
        self.image = model.config.image_token_id if family_of(model.config).sees else -1
        if lora is not None:
            linear = [name for name, module in self.trunk.named_modules() if isinstance(module, nn.Linear)]
            settings = LoraConfig(r=lora.rank, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=linear)
            self.trunk = inject_adapter_in_model(settings, self.trunk)
            for name, parameter in self.trunk.named_parameters():
                parameter.requires_grad_("lora_" in name)
        else:
            self.trunk.requires_grad_(True)
        width = model.config.get_text_config().hidden_size
        self.head = nn.Linear(width, 1, dtype=torch.float32, device=model.device)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, input_ids: Tensor, labels: Tensor, lengths: Sequence[int], handed: Handed) -> Tensor:
        """The value before every response token [B, T].

        Args:
            input_ids, labels: [1, ΣT], as `policy.packed` gives them; lengths: response tokens of each of B samples.
            handed: what the policy's trunk was called with on the same row.
        """
        arguments = {name: value for name, value in handed.items() if name not in ("input_ids", "inputs_embeds")}
        words = self.trunk.get_input_embeddings()(input_ids)
        if handed.get("inputs_embeds") is not None:
            seen = (input_ids == self.image).unsqueeze(-1)
            words = torch.where(seen, handed["inputs_embeds"].detach().to(words), words)
        hidden = self.trunk(inputs_embeds=words, **arguments).last_hidden_state[:, :-1]
        wanted = labels[:, 1:] != IGNORED
        weight, bias = self.head.weight.float(), self.head.bias.float()  # DeepSpeed may keep them in bfloat16
        return as_rows(functional.linear(hidden[wanted].float(), weight, bias).squeeze(-1), lengths)


@dataclass
class ActorCriticOutput:
    """Of every response token: its log-probability and entropy, and the value before it was written [B, T]."""

    tokens: TokenLogProbs
    values: Tensor


class ActorCritic(nn.Module):
    """Policy and critic as one module: one wrapper, one optimizer, one pass of the vision part."""

    def __init__(self, policy: PolicyModel, critic: Critic) -> None:
        super().__init__()
        self.policy = policy
        self.critic = critic

    def forward(self, lengths: Sequence[int], labels: Tensor, **inputs: Any) -> ActorCriticOutput:
        """As `PolicyModel`'s."""
        model = self.policy.model
        trunk = language_trunk(model.get_base_model() if isinstance(model, PeftModel) else model)  # type: ignore[arg-type]
        with _overheard(trunk) as handed:
            tokens = self.policy(lengths, labels, **inputs)
        return ActorCriticOutput(tokens, self.critic(inputs["input_ids"], labels, lengths, handed))


@contextmanager
def _overheard(trunk: nn.Module) -> Iterator[Handed]:
    """What the trunk is called with, filled in by the call."""
    handed: Handed = {}

    def note(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        handed.update(kwargs)

    hook = trunk.register_forward_pre_hook(note, with_kwargs=True)
    try:
        yield handed
    finally:
        hook.remove()
