"""The policy's log-probabilities of pairs by a forward pass over packed rows; a pair's pictures are encoded once."""

from __future__ import annotations

from typing import Any

import torch
import transformers
from packaging.version import Version
from peft import PeftModel
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from redstar_geo.dpo.loss import PairLogProbs
from redstar_geo.errors import InputError
from redstar_geo.models.loss import IGNORED, in_chunks

_TAKES_FEATURES = "5.18"  # the first transformers whose models take the vision part's output in place of pixels


def check_pictures_can_be_shared() -> None:
    """Before pairs with pictures are trained on.

    Raises:
        InputError: the installed transformers would have to encode them twice.
    """
    if Version(transformers.__version__) < Version(_TAKES_FEATURES):
        raise InputError(
            f"Pairs with pictures need transformers {_TAKES_FEATURES} or newer, whose models take encoded pictures; "
            f"{transformers.__version__} is installed. Run `pip install -U transformers`."
        )


class HeadLogProbs(nn.Module):
    """log p of each target [N] under the head's distribution over hidden [N, H], in float32.

    A module, as `HeadLoss` is, for ZeRO-3 with a frozen head.
    """

    def forward(self, head: nn.Module, hidden: Tensor, targets: Tensor) -> Tensor:
        return -cross_entropy(head(hidden).float(), targets, reduction="none")


class PairModel(nn.Module):
    """A language model whose forward returns the log-probabilities of pairs, to be wrapped by DDP or DeepSpeed.

    Those must see the forward that is differentiated, vision included. The reference is one of these as well.

    Args:
        chunks: how many parts the completions' tokens are split into for the head, as in `chunked_cross_entropy`.
    """

    def __init__(self, model: PreTrainedModel | PeftModel, chunks: int) -> None:
        super().__init__()
        self.model = model
        self.chunks = chunks
        self.head_log_probs = HeadLogProbs()

    def forward(self, labels: Tensor, lengths: Tensor, image_order: Tensor, **inputs: Any) -> PairLogProbs:
        """What `collate_pairs` gives: one row of B pairs; lengths [2B]."""
        model: Any = self.model.get_base_model() if isinstance(self.model, PeftModel) else self.model
        trunk = model.base_model
        if "pixel_values" in inputs:
            features = trunk.get_image_features(
                pixel_values=inputs.pop("pixel_values"),
                return_dict=True,
                **{name: inputs.pop(name) for name in ("image_grid_thw",) if name in inputs},
            )
            inputs["mm_encoder_outputs"] = {"image": _in_order(features, image_order)}
        hidden = trunk(**inputs).last_hidden_state[:, :-1]
        wanted = labels[:, 1:] != IGNORED
        head, targets = model.get_output_embeddings(), labels[:, 1:][wanted]
        tokens = torch.cat(in_chunks(self.head_log_probs, head, hidden[wanted], targets, self.chunks))
        of_completion = torch.arange(len(lengths), device=lengths.device).repeat_interleave(lengths)
        summed = tokens.new_zeros(len(lengths)).index_add(0, of_completion, tokens)
        return PairLogProbs(summed[::2], summed[1::2], lengths[::2], lengths[1::2])


def _in_order(features: Any, image_order: Tensor) -> Any:
    """The vision part's output with its entries in the order in which the row shows them, some of them twice.

    Qwen gives a tuple of images (Qwen3-VL also one for each layer that takes them), InternVL one tensor of tiles.
    """
    pooled = features.pooler_output
    if isinstance(pooled, Tensor):
        features.pooler_output = pooled[image_order]
        return features
    order = image_order.tolist()
    features.pooler_output = tuple(pooled[entry] for entry in order)
    if "deepstack_features" in features and features.deepstack_features is not None:
        features.deepstack_features = [tuple(layer[entry] for entry in order) for layer in features.deepstack_features]
    return features
