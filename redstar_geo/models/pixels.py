"""Between how many pixels images are scaled, as a recipe says it and as a processor keeps it."""

from __future__ import annotations

from pydantic import Field, model_validator
from transformers import ProcessorMixin

from redstar_geo.errors import InputError
from redstar_geo.models.families import Family, Processor
from redstar_geo.recipe import Section


class PixelLimits(Section):
    """Between how many pixels an image is scaled; None leaves the limit that came with the model."""

    min_pixels: int | None = Field(default=None, gt=0)
    max_pixels: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> PixelLimits:
        if self.min_pixels and self.max_pixels and self.min_pixels > self.max_pixels:
            raise ValueError("min_pixels must not be more than max_pixels")
        return self


def limit_pixels(family: Family, processor: Processor, limits: PixelLimits) -> None:
    """Set the limits in the processor, which is saved with them: who loads the checkpoint sees images as in training.

    InternVL's are whole tiles; where an image is cut into several, a thumbnail of one more tile comes on top.

    Raises:
        InputError: limits that the processor cannot keep.
    """
    least, most = limits.min_pixels, limits.max_pixels
    if not isinstance(processor, ProcessorMixin):
        if least or most:
            raise InputError(f"min_pixels or max_pixels is given, but {family.name} sees no images: leave it out.")
        return
    images = processor.image_processor
    if family.tiled:
        tile = images.size["height"] * images.size["width"]
        images.min_patches = -(-least // tile) if least else images.min_patches
        images.max_patches = most // tile if most else images.max_patches
        low, high = max(images.min_patches, 1) * tile, images.max_patches * tile
    else:
        low = least * family.frames if least else images.size["shortest_edge"]
        high = most * family.frames if most else images.size["longest_edge"]
        images.size = {"shortest_edge": low, "longest_edge": high}
    if high < low:
        least, most = low // family.frames, high // family.frames
        raise InputError(
            f"max_pixels {most} is less than {least}, the fewest pixels of an image for this model. Raise max_pixels "
            "or lower min_pixels (an image of InternVL has at least one tile)."
        )


def limits_for_vllm(family: Family, processor: Processor) -> dict[str, int]:
    """The limits that the processor has, as vLLM's `mm_processor_kwargs`; nothing where no images are seen."""
    if not family.sees:
        return {}
    images = processor.image_processor
    if family.tiled:
        return {"min_patches": images.min_patches, "max_patches": images.max_patches}
    return {"min_pixels": images.size["shortest_edge"], "max_pixels": images.size["longest_edge"]}
