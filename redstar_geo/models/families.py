"""What differs between model families, in one place: where their parts are, what an image costs, token positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedTokenizerBase, ProcessorMixin

from redstar_geo.errors import InputError

NOT_PACKED = "models of type {} are trained a sample a row: their linear attention would carry a state to the next"
Part = Literal["vision", "aligner", "language", "head"]
Processor = Any  # of a model that sees a ProcessorMixin, whose attributes differ by family; else its tokenizer


@dataclass(frozen=True)
class Family:
    """A model family of transformers, named by its `model_type`.

    parts: (module prefix, part), the first that fits; a parameter that none fits is of the language model.
    mrope: positions have three coordinates (time, height, width) instead of one.
    tiled: images are cut into tiles of one size (InternVL) instead of a grid of patches (Qwen, GLM).
    packs: samples can share a row. Layers of linear attention carry a state from one to the next: there a row is one
        sample.
    frames: how often the processor counts a picture's pixels against its limits.
    """

    name: str
    parts: tuple[tuple[str, Part], ...] = (("lm_head.", "head"),)
    sees: bool = False
    mrope: bool = False
    tiled: bool = False
    packs: bool = True
    frames: int = 1

    def part(self, parameter: str) -> Part:
        """The part that a parameter of the model (without adapters or wrappers) belongs to, by its full name."""
        return next((part for prefix, part in self.parts if parameter.startswith(prefix)), "language")


_QWEN_VL: tuple[tuple[str, Part], ...] = (
    ("model.visual.merger.", "aligner"),
    ("model.visual.deepstack_merger_list.", "aligner"),
    ("model.visual.", "vision"),
    ("lm_head.", "head"),
)
_GLM_V: tuple[tuple[str, Part], ...] = (
    ("model.visual.merger.", "aligner"),
    ("model.visual.downsample.", "aligner"),
    ("model.visual.", "vision"),
    ("lm_head.", "head"),
)
_INTERNVL: tuple[tuple[str, Part], ...] = (
    ("model.multi_modal_projector.", "aligner"),
    ("model.vision_tower.", "vision"),
    ("lm_head.", "head"),
)
FAMILIES = {
    family.name: family
    for family in (
        Family("qwen2_5_vl", _QWEN_VL, sees=True, mrope=True),
        Family("qwen3_vl", _QWEN_VL, sees=True, mrope=True),
        Family("qwen3_5", _QWEN_VL, sees=True, mrope=True, packs=False),
        Family("internvl", _INTERNVL, sees=True, tiled=True),
        Family("glm4v", _GLM_V, sees=True, mrope=True, frames=2),
        Family("qwen2"),
        Family("qwen3"),
    )
}


def family_of(config: PreTrainedConfig) -> Family:
    """The family of a model's configuration.

    Raises:
        InputError: none of the known ones.
    """
    if config.model_type not in FAMILIES:
        raise InputError(
            f"Models of type {config.model_type!r} are not known here. Known: {', '.join(FAMILIES)} (Qwen2.5-VL, "
            "Qwen3-VL, Qwen3.5, InternVL in its transformers form, GLM-4.1V and 4.6V Flash, Qwen2.5 and Qwen3)."
        )
    return FAMILIES[config.model_type]


def check_packs(family: Family, what: str) -> None:
    """Whether samples of the family can share a row.

    Raises:
        InputError: they cannot, and `what` needs it.
    """
    if not family.packs:
        raise InputError(
            f"{what} several samples in a row, and models of type {family.name} cannot keep these apart: their layers "
            "of linear attention carry a state from one to the next. They are trained by method: sft, a sample a row."
        )


def tokenizer_of(processor: Processor) -> PreTrainedTokenizerBase:
    """The tokenizer of a processor; a text model's processor is its tokenizer."""
    tokenizer: PreTrainedTokenizerBase = processor.tokenizer if isinstance(processor, ProcessorMixin) else processor
    return tokenizer


@dataclass(frozen=True)
class ImageCost:
    """Tokens of the language model (all that replaces the placeholder of the image) and patches of the vision part."""

    tokens: int
    vision_patches: int


def image_cost(family: Family, config: PreTrainedConfig, processor: Processor, size: tuple[int, int]) -> ImageCost:
    """The cost of an image of `size` (width, height) in pixels, without processing it."""
    width, height = size
    found = processor._get_num_multimodal_tokens(image_sizes=[(height, width)])  # private, but made for vLLM's use
    patches = found["num_image_patches"][0]
    return ImageCost(found["num_image_tokens"][0], patches * (_patches_of_a_tile(config) if family.tiled else 1))


def vision_patches(family: Family, config: PreTrainedConfig, images: dict[str, Tensor]) -> int:
    """How many patches the vision part runs over for the image tensors of a sample.

    These are pixel_values [patches, values] with image_grid_thw [images, 3] for Qwen, pixel_values [tiles, 3, H, W] for
    InternVL; none is an empty dictionary. Those of several samples are joined along their first dimension.
    """
    if not images:
        return 0
    return len(images["pixel_values"]) * (_patches_of_a_tile(config) if family.tiled else 1)


def _patches_of_a_tile(config: PreTrainedConfig) -> int:
    vision = config.vision_config
    return (vision.image_size[0] // vision.patch_size[0]) * (vision.image_size[1] // vision.patch_size[1])


def positions(family: Family, config: PreTrainedConfig, input_ids: Tensor, images: dict[str, Tensor]) -> Tensor:
    """Positions of the tokens [T] of one sample: [1, T], or [3, T] (time, height, width) for mRoPE models.

    As `get_rope_index` of the Qwen-VL models gives them (Qwen2-VL, arXiv 2409.12191): text counts on in all three
    coordinates, an image spans its merged grid and the text after it goes on behind its longer side.
    """
    if not family.mrope:
        return torch.arange(len(input_ids)).unsqueeze(0)
    merge = config.vision_config.spatial_merge_size
    grids: Sequence[Sequence[int]] = images["image_grid_thw"].tolist() if images else ()
    image_tokens = (input_ids == config.image_token_id).nonzero().flatten().tolist()
    spans: list[Tensor] = []
    token, position = 0, 0  # the next ones
    for time, height, width in grids:
        start, shape = image_tokens[0], (time, height // merge, width // merge)
        spans.append(torch.arange(position, position + start - token).expand(3, -1))
        position += start - token
        spans.append(torch.cartesian_prod(*(torch.arange(side) for side in shape)).T + position)
        position += max(shape[1:])
        token = start + spans[-1].shape[1]
        image_tokens = image_tokens[spans[-1].shape[1] :]
    spans.append(torch.arange(position, position + len(input_ids) - token).expand(3, -1))
    return torch.cat(spans, dim=1)
