"""What the tokens of a policy are drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import log_softmax
from transformers import PreTrainedModel, TopPLogitsWarper

from redstar_geo.generation.decode import Pick
from redstar_geo.models.encode import end_of_turn
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


def drawn(log_probs: Callable[[Tensor], Tensor], chance: Tensor) -> Pick:
    """Draws by the distribution function: the token where it passes a number of the row's own.

    Args:
        log_probs: of logits [B, V].
        chance: numbers in [0, 1) for each prompt's tokens [N, T], float64.
    """

    def pick(logits: Tensor, prompts: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
        of_all = log_probs(logits)
        upto = of_all.double().exp().cumsum(-1)
        level = chance[prompts, counts.clamp(max=chance.shape[1] - 1)] * upto[:, -1]
        tokens = torch.searchsorted(upto, level.unsqueeze(1), right=True).clamp(max=logits.shape[1] - 1)
        return tokens.squeeze(1), of_all.gather(1, tokens).squeeze(1)

    return pick


def likeliest(logits: Tensor, prompts: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
    """The token that is, as if nothing else could be drawn."""
    return logits.argmax(-1), logits.new_zeros(len(logits), dtype=torch.float32)


def tempered(temperature: float, top_p: float) -> Callable[[Tensor], Tensor]:
    """Log-probabilities [B, V] of logits [B, V] at a temperature, of the likeliest tokens that have `top_p` in all."""
    nucleus: Any = TopPLogitsWarper(top_p) if top_p < 1 else None

    def log_probs(logits: Tensor) -> Tensor:
        scores = logits.float() / temperature
        return log_softmax(scores if nucleus is None else nucleus(None, scores), dim=-1)

    return log_probs


def end_tokens(model: PreTrainedModel, processor: Processor) -> list[int]:
    """The ids that end a completion: all that a model's shipped generation settings decide; else its tokenizer's."""
    ends = model.generation_config.eos_token_id
    if ends is None:
        ends = tokenizer_of(processor).eos_token_id
    return list(ends) if isinstance(ends, list) else [ends]


def end_of_turn_token(model: PreTrainedModel, processor: Processor) -> int:
    """Of the model's ends the one that its chat template writes, and fine-tuning teaches; else the first."""
    ends = end_tokens(model, processor)
    written = tokenizer_of(processor)(end_of_turn(processor), add_special_tokens=False)["input_ids"]
    return written[0] if written[0] in ends else ends[0]


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
