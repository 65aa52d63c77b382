"""Floating-point operations of a training step, and the share of the device's peak that they make of its time (MFU).

As PaLM counts (Chowdhery et al., arXiv 2204.02311): what the mathematics needs, two a multiply-add. What checkpointing
computes again does not count. Causal attention is half of the square, within each sample; vision attention is whole,
within each image or window.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from transformers import PretrainedConfig

from redstar_geo.models.adapters import Lora
from redstar_geo.models.encode import Encoded
from redstar_geo.models.families import Family, family_of
from redstar_geo.models.loss import labelled_tokens
from redstar_geo.models.parts import PARTS, Tuning
from redstar_geo.models.simulate import shapes

_PEAK = {  # dense bfloat16 with tensor cores, of the vendors' data sheets, in TFLOP/s
    "B200": 2250.0,
    "GH200": 989.5,
    "H200": 989.5,
    "H200 NVL": 835.5,
    "H100": 989.5,
    "H100 NVL": 835.5,
    "H100 PCIe": 756.0,
    "H800": 989.5,
    "H20": 148.0,
    "A100": 312.0,
    "A800": 312.0,
    "A40": 149.7,
    "A30": 165.0,
    "A10": 125.0,
    "L40S": 362.0,
    "L40": 181.0,
    "L4": 121.0,
    "RTX 4090": 165.2,
    "MI300X": 1307.4,
}
_PARTIAL = {"MIG", "Laptop", "Max"}  # less than the whole of the chip that the name tells


@dataclass(frozen=True)
class SampleSize:
    """Tokens of a sample, those with a label, and of each image or tile (time, height, width) in patches."""

    tokens: int
    labelled: int
    images: tuple[tuple[int, int, int], ...] = ()


class StepFlops:
    """Operations of forward and backward of samples, for a model trained in a given way.

    Args:
        config: of the model.
        tuning, lora: what is trained.
    """

    def __init__(self, config: PretrainedConfig, tuning: Tuning, lora: Lora | None = None) -> None:
        self.config = config
        self.family: Family = family_of(config)
        model = shapes(config, torch.bfloat16, tuning, lora)
        in_gradient = {self.family.part(name) for name, one in model.named_parameters() if one.requires_grad}
        lowest = min((PARTS.index(part) for part in in_gradient), default=len(PARTS))
        self._reached = frozenset(PARTS[lowest:])  # parts that a gradient goes through
        self._a_token: Counter[str] = Counter()
        for name, module in model.named_modules():
            if isinstance(module, nn.Linear):
                part = self.family.part(f"{name}.")
                passes = 1 + (part in self._reached) + module.weight.requires_grad
                self._a_token[part] += 2 * module.weight.numel() * passes
            elif isinstance(module, nn.Conv2d | nn.Conv3d):  # of patches: pixels need no gradient
                self._a_token["patches"] += 2 * module.weight.numel() * (1 + module.weight.requires_grad)

    def __call__(self, samples: Iterable[SampleSize]) -> float:
        """Operations of a step over these samples, however they are packed."""
        return sum(self._of_sample(sample) for sample in samples)

    def _of_sample(self, sample: SampleSize) -> float:
        text = self.config.get_text_config()
        heads = text.num_attention_heads
        width = text.head_dim * heads if "head_dim" in text.to_dict() else text.hidden_size
        kinds = text.to_dict().get("layer_types") or ["full_attention"] * text.num_hidden_layers
        recurrent = kinds.count("linear_attention")
        attention = 2 * sample.tokens**2 * width * (len(kinds) - recurrent) * self._passes("language")
        if recurrent:  # a gated delta rule: a state of keys by values is read, corrected and read again for every token
            state = text.linear_num_value_heads * text.linear_key_head_dim * text.linear_value_head_dim
            attention += 6 * sample.tokens * state * recurrent * self._passes("language")
        linear = self._a_token["language"] * sample.tokens + self._a_token["head"] * sample.labelled
        return linear + attention + sum(self._of_image(*grid) for grid in sample.images)

    def _of_image(self, time: int, height: int, width: int) -> float:
        vision = self.config.vision_config
        patches = time * height * width
        if self.family.tiled:
            merged = patches * self.config.downsample_ratio**2
            rows = patches + 1  # and the class token
            squares = float(rows**2 * vision.num_hidden_layers)
        else:
            merged = patches / vision.spatial_merge_size**2
            rows = patches
            squares = _squares(vision, time, height, width)
        attention = 4 * squares * vision.hidden_size * self._passes("vision")
        embedding = self._a_token["patches"] * patches
        return embedding + self._a_token["vision"] * rows + attention + self._a_token["aligner"] * merged

    def _passes(self, part: str) -> int:
        """Attention has no weights: its backward is twice its forward, or nothing."""
        return 3 if part in self._reached else 1


def _squares(vision: PretrainedConfig, time: int, height: int, width: int) -> float:
    """Σ over layers, and over what attends to itself in them, of (patches)²; Qwen's vision has one frame at a time."""
    whole = time * (height * width) ** 2
    if "fullatt_block_indexes" not in vision.to_dict():
        return float(whole * vision.depth)
    side = vision.window_size // vision.patch_size
    across, down = (sum(len(range(edge)[i : i + side]) ** 2 for i in range(0, edge, side)) for edge in (width, height))
    full = len(set(vision.fullatt_block_indexes) & set(range(vision.depth)))
    return float(full * whole + (vision.depth - full) * time * across * down)


def sample_size(encoded: Encoded, config: PretrainedConfig) -> SampleSize:
    """The size of an encoded sample."""
    images: Sequence[tuple[int, int, int]] = ()
    if "image_grid_thw" in encoded.images:
        images = [(int(t), int(h), int(w)) for t, h, w in encoded.images["image_grid_thw"]]
    elif encoded.images:
        patch = config.vision_config.patch_size
        tiles, _, height, width = encoded.images["pixel_values"].shape
        images = [(1, height // patch[0], width // patch[1])] * tiles
    labelled = int(labelled_tokens(encoded.labels.unsqueeze(0)))
    return SampleSize(len(encoded.input_ids), labelled, tuple(images))


def peak_flops(device: str) -> float | None:
    """Operations a second of a device by its name (`torch.cuda.get_device_name`), dense bfloat16; None if unknown."""
    words = set(re.split(r"[\s_-]+", device))
    known = [name for name in _PEAK if set(name.split()) <= words and not words & _PARTIAL]
    return _PEAK[max(known, key=len)] * 1e12 if known else None


def mfu(flops: float, seconds: float, device: str, devices: int = 1) -> float | None:
    """Model FLOPs utilisation: share of the peak of so many devices; None for a device of unknown peak."""
    peak = peak_flops(device)
    return flops / seconds / (peak * devices) if peak is not None else None
