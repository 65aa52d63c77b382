"""The policy's log-probabilities of responses by a forward pass over packed rows, without the full logits [T, V]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from peft import PeftModel
from torch import Tensor, nn
from transformers import PreTrainedModel

from redstar_geo.generation.sampling import SamplingDistribution
from redstar_geo.models.collate import collate
from redstar_geo.models.encode import Encoded
from redstar_geo.models.loss import IGNORED, in_chunks
from redstar_geo.rl.tokens import as_rows


@dataclass
class TokenLogProbs:
    """Of every response token, under the sampling distribution: its log-probability, and the entropy; both [B, T]."""

    log_probs: Tensor
    entropy: Tensor


class PolicyModel(nn.Module):
    """A language model whose forward returns log-probabilities, to be wrapped by DDP or DeepSpeed.

    Those must see the forward that is differentiated. The reference policy is one of these as well.

    Args:
        chunks: how many parts the response tokens are split into for the head, as in `chunked_cross_entropy`.
    """

    def __init__(self, model: PreTrainedModel | PeftModel, distribution: SamplingDistribution, chunks: int) -> None:
        super().__init__()
        self.model = model
        self.distribution = distribution
        self.chunks = chunks

    def forward(self, lengths: Sequence[int], labels: Tensor, **inputs: Any) -> TokenLogProbs:
        """`inputs` and labels [1, ΣT] as `packed` gives them; lengths: response tokens of each of its B samples."""
        model: Any = self.model.get_base_model() if isinstance(self.model, PeftModel) else self.model
        hidden = model.base_model(**inputs).last_hidden_state[:, :-1]
        wanted = labels[:, 1:] != IGNORED
        hidden, tokens = hidden[wanted], labels[:, 1:][wanted]
        head = model.get_output_embeddings()
        log_probs, entropy = (
            torch.cat(each) for each in zip(*in_chunks(self._of_tokens, head, hidden, tokens, self.chunks), strict=True)
        )
        return TokenLogProbs(as_rows(log_probs, lengths), as_rows(entropy, lengths))

    def _of_tokens(self, head: nn.Module, hidden: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        log_probs = self.distribution.log_probs(head(hidden))
        return log_probs.gather(1, tokens.unsqueeze(1)).squeeze(1), self.distribution.entropy(log_probs)


def packed(samples: Sequence[Encoded], device: torch.device, idle: Encoded | None = None) -> dict[str, Any]:
    """The keyword arguments of `PolicyModel`'s forward for samples that share one row; `idle` as in `collate`."""
    row = {name: one.to(device) if isinstance(one, Tensor) else one for name, one in collate(samples, idle).items()}
    return row | {"lengths": [int((sample.labels != IGNORED).sum()) for sample in samples]}
