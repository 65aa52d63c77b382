"""A prompt as a model takes it: token ids and image tensors, and prompts of different lengths as one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image as Pillow
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedConfig

from redstar_geo.generation.prompt import prompt_messages
from redstar_geo.models.encode import ImagesDoNotMatch, Messages, render_prompt
from redstar_geo.models.families import Processor, family_of, image_cost, positions
from redstar_geo.models.special_tokens import token_count, tokenized
from redstar_geo.pictures.read import picture_size, read_picture
from redstar_geo.records import Problem

_OPENED = "<think>"


@dataclass(frozen=True)
class Prompt:
    """The prompt of one problem.

    input_ids [P]; images by the names that the model's forward takes, each joined along its first dimension; opened:
    what the template has begun of the completion itself, `<think>` or nothing.
    """

    id: str
    input_ids: Tensor
    images: dict[str, Tensor]
    opened: str = ""


def encode_prompt(problem: Problem, config: PreTrainedConfig, processor: Processor) -> Prompt:
    """The prompt as in training and evaluation, images first; raises as `encode_messages`."""
    return encode_messages(problem.id, prompt_messages(problem), pictures_of(problem), config, processor)


def prompt_tokens(problem: Problem, config: PreTrainedConfig, processor: Processor) -> int:
    """Tokens of `encode_prompt`'s, without a look at a pixel."""
    family, sizes = family_of(config), [picture_size(image.data) for image in problem.images]
    stand_ins = [Pillow.new("L", (1, 1)) for _ in sizes] if family.sees else []
    text = render_prompt(processor, prompt_messages(problem), stand_ins)
    shown = sum(image_cost(family, config, processor, size).tokens for size in sizes)
    return token_count(processor, text) - len(sizes) + shown


def pictures_of(problem: Problem) -> list[Pillow.Image]:
    """The pictures in RGB."""
    return [read_picture(image.data) for image in problem.images]


def encode_messages(
    id: str, messages: Messages, pictures: Sequence[Pillow.Image], config: PreTrainedConfig, processor: Processor
) -> Prompt:
    """A conversation with its pictures before the text of the first user turn.

    Raises:
        ImagesDoNotMatch: there are pictures that the model cannot see, or that the template loses.
    """
    text = render_prompt(processor, messages, pictures if family_of(config).sees else ())
    return encode_text(id, text, pictures, config, processor)


def encode_text(
    id: str, text: str, pictures: Sequence[Pillow.Image], config: PreTrainedConfig, processor: Processor
) -> Prompt:
    """A prompt that the chat template has written; raises as `encode_messages`."""
    sees = family_of(config).sees
    places = text.count(processor.image_token) if sees else 0
    if places != len(pictures):
        raise ImagesDoNotMatch(id, f"{len(pictures)} images, {places} places for images in the prompt")
    input_ids, tensors = tokenized(processor, text, pictures)
    opened = _OPENED if text.rstrip().endswith(_OPENED) else ""
    return Prompt(id, input_ids, tensors, opened)


def left_padded(prompts: Sequence[Prompt], config: PreTrainedConfig, padding: int) -> dict[str, Tensor]:
    """A model's inputs for prompts that end in one column, and the images of the rows in their order.

    input_ids and attention_mask [B, P]; position_ids [B, P], or [3, B, P] for mRoPE models, 0 in front of a prompt.
    """
    family = family_of(config)
    ids = [prompt.input_ids for prompt in prompts]
    places = [positions(family, config, prompt.input_ids, prompt.images) for prompt in prompts]  # [1 or 3, P]
    rotary = [_left([of_prompt[axis] for of_prompt in places], 0) for axis in range(len(places[0]))]
    inputs = {
        "input_ids": _left(ids, padding),
        "attention_mask": _left([torch.ones_like(row) for row in ids], 0),
        "position_ids": torch.stack(rotary) if family.mrope else rotary[0],
    }
    with_images = [prompt.images for prompt in prompts if prompt.images]
    joined = (
        {name: torch.cat([images[name] for images in with_images]) for name in with_images[0]} if with_images else {}
    )
    return inputs | joined


def _left(rows: Sequence[Tensor], padding: int) -> Tensor:
    return pad_sequence(list(rows), batch_first=True, padding_value=padding, padding_side="left")
