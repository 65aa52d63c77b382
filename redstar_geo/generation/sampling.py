"""What the tokens of a policy are drawn from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import log_softmax
from transformers import PreTrainedModel

from redstar_geo.models.families import Processor, tokenizer_of


@dataclass(frozen=True)
class SamplingDistribution:
    """What a token is drawn from; the policy π of every loss is this, not the bare softmax of the model.

    Attributes:
        banned: ids that are never drawn [N]: see `banned_tokens`.
    """

    temperature: float
    banned: Tensor

    def log_probs(self, logits: Tensor) -> Tensor:
        """Log-probabilities [..., V] in float32 of logits [..., V]; −∞ for what is banned."""
        tempered = logits.float() / self.temperature
        return log_softmax(tempered.index_fill(-1, self.banned.to(logits.device), -torch.inf), dim=-1)

    def entropy(self, log_probs: Tensor) -> Tensor:
        """−Σ p log p [...] of log-probabilities [..., V] that `log_probs` gave."""
        finite = log_probs.index_fill(-1, self.banned.to(log_probs.device), 0.0)  # 0 · −∞ is no number
        return -(log_probs.exp() * finite).sum(-1)


def end_tokens(model: PreTrainedModel, processor: Processor) -> list[int]:
    """The ids that end a completion: all that a model's shipped generation settings decide; else its tokenizer's."""
    ends = model.generation_config.eos_token_id
    if ends is None:
        ends = tokenizer_of(processor).eos_token_id
    return list(ends) if isinstance(ends, list) else [ends]


def banned_tokens(model: PreTrainedModel, processor: Processor) -> Tensor:
    """Ids that no response may hold [N], ascending: image, video and vision marks, and all other special tokens.

    An image token in a response would have no image, which fails the forward pass or shifts the images of a batch. The
    ends of a response stay allowed. Rows of the embedding beyond the tokenizer's vocabulary are banned as well.
    """
    config, tokenizer = model.config, tokenizer_of(processor)
    names = ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id")
    vision = {token for name, token in config.to_dict().items() if name in names and token is not None}
    beyond = range(len(tokenizer), model.get_output_embeddings().out_features)
    banned = (vision | set(tokenizer.all_special_ids) | set(beyond)) - set(end_tokens(model, processor))
    return torch.tensor(sorted(banned), dtype=torch.long)
