"""The samples of a pack as one row: token after token, positions and images per sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from redstar_geo.models.loss import IGNORED

if TYPE_CHECKING:  # tests/gpu/h200.py runs where what encoding needs is not installed
    from redstar_geo.models.encode import Encoded


def collate(samples: Sequence[Encoded], idle: Encoded | None = None) -> dict[str, Any]:
    """The keyword arguments of a model's forward for one row of all samples; T is the sum of their lengths.

    - input_ids [1, T]; labels [1, T], where the first token of a sample is never predicted from the sample before.
    - position_ids: [1, T], starting again at 0 in every sample; for mRoPE models [4, 1, T]: first these, by which
      transformers tells the samples apart, then time, height and width of each sample on its own.
    - the image tensors of all samples, joined along their first dimension in the order of the samples.
    - use_cache False: with a cache transformers does not look for samples in the position ids, and they would attend to
      each other.

    Args:
        idle: a sample without labels and with an image, if the model sees images. It is added where a row would be
            empty or without images, so that every rank runs every module (else DDP and ZeRO-3 wait for ever) and no
            part lacks a gradient; it adds nothing to the loss.
    """
    has_images = any(sample.images for sample in samples)
    if idle is not None and (not samples or (idle.images and not has_images)):
        samples = [*samples, idle]
    labels = torch.cat([_labels(sample) for sample in samples])
    return {
        "input_ids": torch.cat([sample.input_ids for sample in samples]).unsqueeze(0),
        "labels": labels.unsqueeze(0),
        "position_ids": _positions(samples),
        "use_cache": False,
        **_images(samples),
    }


def _labels(sample: Encoded) -> Tensor:
    labels = sample.labels.clone()
    labels[0] = IGNORED
    return labels


def _positions(samples: Sequence[Encoded]) -> Tensor:
    text = torch.cat([torch.arange(len(sample.input_ids)) for sample in samples]).unsqueeze(0)
    rotary = torch.cat([sample.position_ids for sample in samples], dim=1)  # [1 or 3, T]
    return torch.stack([text, *rotary.unsqueeze(1)]) if len(rotary) == 3 else text


def _images(samples: Sequence[Encoded]) -> dict[str, Tensor]:
    with_images = [sample.images for sample in samples if sample.images]
    return {name: torch.cat([images[name] for images in with_images]) for name in with_images[0]} if with_images else {}
