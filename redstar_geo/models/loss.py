"""Cross-entropy over the completions, without the full logits [T, V].

For a trace of 16k tokens and a vocabulary of 152k the logits alone are 10 GiB in float32, several times over in the
backward pass. Here the head runs over a share of the labelled tokens at a time and is run again in the backward pass
(activation checkpointing), so that one share of logits exists at once. Prompts and images cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor, nn
from torch.distributed import ProcessGroup
from torch.nn.functional import cross_entropy, pad
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from redstar_geo.models.sequence_parallel import share_rows, shared_row

if TYPE_CHECKING:  # tests/gpu/h200.py runs where it is not installed
    from peft import PeftModel

IGNORED = -100
T = TypeVar("T")


@dataclass
class CompletionLoss:
    """What one batch adds to a step: `loss` (scalar, differentiable), its labelled tokens, how many were predicted."""

    loss: Tensor
    labelled: Tensor
    correct: Tensor


def labelled_tokens(labels: Tensor) -> Tensor:
    """How many tokens of labels [B, T] are trained on. Summed over accumulation and ranks it is `num_items`."""
    return (labels[:, 1:] != IGNORED).sum()


class HeadLoss(nn.Module):
    """The summed loss of some tokens and how many of them were predicted, by a head that it does not own.

    A module, not a function: when it is computed again in the backward pass, ZeRO-3 keeps a frozen head whole only
    within the backward of a module that it knows (DeepSpeed 0.19).
    """

    def forward(self, head: nn.Module, hidden: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        logits = head(hidden).float()
        return cross_entropy(logits, targets, reduction="sum"), (logits.detach().argmax(-1) == targets).sum()


def chunked_cross_entropy(
    hidden: Tensor,
    head: nn.Module,
    targets: Tensor,
    num_items: Tensor | float,
    chunks: int,
    head_loss: HeadLoss | None = None,
) -> CompletionLoss:
    """Σ −log p(target) / num_items over hidden states [N, H] and targets [N], in float32.

    Args:
        head: from [n, H] to logits [n, V]; called as a module, so that hooks (ZeRO-3, LoRA) see it.
        num_items: labelled tokens of the whole step, over accumulation and ranks.
        chunks: how many parts the tokens are split into, even if a part is then empty: under ZeRO-3 a call of the head
            is a collective, and ranks that split by length would call it differently often and wait for ever.
        head_loss: one that belongs to the model that DeepSpeed wraps; needed under ZeRO-3 with a frozen head.
    """
    losses, correct = zip(*in_chunks(head_loss or HeadLoss(), head, hidden, targets, chunks), strict=True)
    return CompletionLoss(sum(losses) / num_items, targets.new_tensor(targets.numel()), sum(correct))


def in_chunks(
    compute: Callable[[nn.Module, Tensor, Tensor], T], head: nn.Module, hidden: Tensor, targets: Tensor, chunks: int
) -> list[T]:
    """`compute` of the head, hidden states [n, H] and targets [n] of each of so many parts of all N.

    Each is computed again in the backward pass, so that the logits of one part exist at once. Where the model may be
    under ZeRO-3, `compute` must be a module of it (see `HeadLoss`).
    """
    again = chunks > 1 and torch.is_grad_enabled()
    return [
        checkpoint(compute, head, part, expected, use_reentrant=False) if again else compute(head, part, expected)
        for part, expected in zip(hidden.tensor_split(chunks), targets.tensor_split(chunks), strict=True)
    ]


class LossModel(nn.Module):
    """A language model whose forward returns the loss, to be wrapped by DDP or DeepSpeed.

    Those must see the forward that is differentiated, so the loss is computed inside it. They average gradients over
    ranks: multiply the loss by the number of ranks when `num_items` counts the tokens of all of them.
    """

    def __init__(self, model: PreTrainedModel | PeftModel, chunks: int, group: ProcessGroup | None = None) -> None:
        """`group`: ranks that share every row; each is given the whole of it and returns the loss of its own tokens."""
        super().__init__()
        self.model = model
        self.chunks = chunks
        self.group = group
        self.head_loss = HeadLoss()
        if group is not None:
            share_rows(self._base())

    def forward(self, labels: Tensor, num_items: Tensor | float, **inputs: Any) -> CompletionLoss:
        """`inputs` and labels [B, T] as `collate` gives them; the label of token t is predicted from token t − 1."""
        model = self._base()
        with shared_row(inputs, self.group) as own:
            hidden = model.base_model(**inputs).last_hidden_state
        targets = pad(labels[:, 1:], (0, 1), value=IGNORED)[:, own]  # of the last token nothing is predicted
        wanted = targets != IGNORED
        head = model.get_output_embeddings()
        return chunked_cross_entropy(hidden[wanted], head, targets[wanted], num_items, self.chunks, self.head_loss)

    def _base(self) -> PreTrainedModel:
        model = self.model if isinstance(self.model, PreTrainedModel) else self.model.get_base_model()
        assert isinstance(model, PreTrainedModel)
        return model
