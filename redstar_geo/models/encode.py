"""One sample as tokens, labels, positions and image tensors. Labels are known by construction, never searched for.

A sample is the prompt as the chat template writes it for generation, then the completion as it was written, then the
template's end of the turn. Many templates rewrite an assistant turn of the past: Qwen3's moves line breaks around
`</think>` and adds an empty think block where there was none, DeepSeek-R1's drops the reasoning. So the completion does
not go through the template; where a template leaves it alone, the result is the same text. What a model is trained on
is then exactly what it has to write after the prompt that evaluation gives it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from jinja2 import TemplateError
from PIL.Image import Image
from torch import Tensor
from transformers import PreTrainedConfig, ProcessorMixin
from trl import prepare_multimodal_messages

from redstar_geo.errors import InputError
from redstar_geo.models.families import Processor, family_of, image_cost, positions, tokenizer_of, vision_patches
from redstar_geo.models.loss import IGNORED
from redstar_geo.models.special_tokens import guarded, token_count, tokenized

Messages = Sequence[Mapping[str, Any]]
_THINK = "<think>"
_OF_TEMPLATES = (  # a template is a program of whoever made the model
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class Encoded:
    """A sample of T tokens.

    input_ids [T]; labels [T] with −100 where nothing is trained; position_ids [1, T], or [3, T] (time, height, width)
    for mRoPE; images by the names that the model's forward takes, each joined along its first dimension.
    """

    id: str
    input_ids: Tensor
    labels: Tensor
    position_ids: Tensor
    images: dict[str, Tensor] = field(default_factory=dict)
    vision_patches: int = 0


class SampleError(ValueError):
    """A sample that cannot be trained on; `reason` is what it is counted under."""

    reason = "not encodable"

    def __init__(self, id: str, what: str) -> None:
        super().__init__(id, what)
        self.id = id
        self.what = what

    def __str__(self) -> str:
        return f"sample {self.id!r}: {self.what}"


class TooLong(SampleError):
    """More tokens than allowed. Nothing is cut."""

    reason = "too long"

    def __init__(self, id: str, tokens: int, max_tokens: int) -> None:
        super().__init__(id, f"{tokens} tokens, at most {max_tokens} are allowed")
        self.args = (id, tokens, max_tokens)  # by which a worker process hands it on
        self.tokens = tokens
        self.max_tokens = max_tokens


class TooManyPatches(SampleError):
    """Pictures of more vision patches than a packed row may have. They are not made smaller."""

    reason = "too many patches"

    def __init__(self, id: str, patches: int, most: int) -> None:
        super().__init__(id, f"{patches} vision patches, a row of pack.patches={most} holds fewer")


class NothingToLearn(SampleError):
    """The completion is empty or no single assistant turn, so that no token would have a label."""

    reason = "empty completion"


class MalformedRow(SampleError):
    """A row of an export in which something is null that cannot be, or a turn that the chat template refuses."""

    reason = "malformed row"


class NoReasoning(SampleError):
    """The template's prompt opens the reasoning, and the completion has none to close it."""

    reason = "no reasoning"


class ImagesDoNotMatch(SampleError):
    """Another number of images than of image placeholders in the prompt, or images for a model that sees none."""

    reason = "images do not match"


def turns(row: Mapping[str, Any], column: str) -> Messages:
    """The conversation in a column of a row.

    Raises:
        MalformedRow: it, a turn of it, or a turn's role or content is null.
    """
    conversation = row[column]
    whole = isinstance(conversation, list) and all(
        isinstance(turn, Mapping) and isinstance(turn["role"], str) and isinstance(turn["content"], str)
        for turn in conversation
    )
    if not whole:
        raise MalformedRow(row["id"], f"{column} has a null where a turn's role and content should be")
    return conversation


def render_prompt(processor: Processor, messages: Messages, images: Sequence[Image] = ()) -> str:
    """The prompt up to where the model writes, images before the text of the first user turn; for `tokenized`."""
    messages = guarded(processor, messages)
    if isinstance(processor, ProcessorMixin):
        messages = prepare_multimodal_messages(messages, images=list(images))
    return _rendered(processor, messages, add_generation_prompt=True)


def _rendered(processor: Processor, messages: Messages, **settings: Any) -> str:
    return template_told(lambda: processor.apply_chat_template(messages, tokenize=False, **settings))


def template_told(render: Callable[[], str]) -> str:
    """What a chat template makes of a conversation.

    Raises:
        InputError: it is wrong, or makes nothing.
    """
    try:
        rendered = render()
    except _OF_TEMPLATES as error:
        raise InputError(
            f"The model's chat template fails ({type(error).__name__}: {str(error)[:200]}). Give a model whose "
            "template transformers can apply, or correct its chat_template.jinja."
        ) from None
    if not rendered.strip():
        raise InputError("The model's chat template writes nothing. Correct its chat_template.jinja.")
    return rendered


class Encoder:
    """Encodes samples for one model.

    Args:
        config: of the model, of a known family.
        processor: its processor (text families: tokenizer), with a chat template.
        max_tokens: longer samples raise `TooLong`.

    Raises:
        InputError: the chat template has no end of turn or leaves no room for reasoning.
    """

    def __init__(self, config: PreTrainedConfig, processor: Processor, max_tokens: int | None = None) -> None:
        self.family = family_of(config)
        self.config = config
        self.processor = processor
        self.max_tokens = max_tokens
        self.end_of_turn = end_of_turn(processor)
        self._opened = _opened_thinking(processor)

    def __call__(self, id: str, prompt: Messages, completion: Messages, images: Sequence[Image] = ()) -> Encoded:
        """The sample with its images (any mode; made RGB).

        Raises:
            SampleError: one of those above.
        """
        pictures = [image.convert("RGB") for image in images]
        prompt_text, completion_ids = self._texts(id, prompt, completion, pictures)
        self._measured(id, prompt_text, completion_ids, [picture.size for picture in pictures])
        prompt_ids, tensors = tokenized(self.processor, prompt_text, pictures)
        input_ids = torch.cat([prompt_ids, torch.tensor(completion_ids)])
        labels = input_ids.clone()
        labels[: len(prompt_ids)] = IGNORED
        return Encoded(
            id=id,
            input_ids=input_ids,
            labels=labels,
            position_ids=positions(self.family, self.config, input_ids, tensors),
            images=tensors,
            vision_patches=vision_patches(self.family, self.config, tensors),
        )

    def measure(self, id: str, prompt: Messages, completion: Messages, images: Sequence[Image] = ()) -> tuple[int, int]:
        """Tokens and vision patches of the sample as `__call__` gives it, without reading a pixel of the images.

        Raises:
            SampleError: one of those above.
        """
        prompt_text, completion_ids = self._texts(id, prompt, completion, images)
        return self._measured(id, prompt_text, completion_ids, [image.size for image in images])

    def measure_row(self, row: Mapping[str, Any], images: Sequence[Image]) -> tuple[int, int]:
        """As `measure`, of a row of an export."""
        return self.measure(row["id"], turns(row, "prompt"), turns(row, "completion"), images)

    def _texts(self, id: str, prompt: Messages, completion: Messages, images: Sequence[Image]) -> tuple[str, list[int]]:
        """The prompt's text, and the tokens of the completion with its end of turn."""
        prompt_text = render_prompt(self.processor, prompt, images if self.family.sees else ())
        placeholders = prompt_text.count(self.processor.image_token) if self.family.sees else 0
        if placeholders != len(images):
            raise ImagesDoNotMatch(id, f"{len(images)} images, {placeholders} places for images in the prompt")
        if [message["role"] for message in completion] != ["assistant"]:
            raise NothingToLearn(id, "the completion is not one assistant turn")
        text: str = completion[0]["content"]
        if self._opened is not None:
            if not text.startswith(_THINK):
                raise NoReasoning(id, f"the prompt ends with {_THINK}, the completion does not begin with it")
            text = text.removeprefix(_THINK).removeprefix(self._opened)
        if not text.strip():
            raise NothingToLearn(id, "the completion is empty")
        tokenizer = tokenizer_of(self.processor)
        # A completion that spells a special token, such as the end of the turn or an image, means its letters.
        ids: list[int] = tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        return prompt_text, ids + tokenizer(self.end_of_turn, add_special_tokens=False)["input_ids"]

    def _measured(
        self, id: str, prompt_text: str, completion_ids: list[int], sizes: Sequence[tuple[int, int]]
    ) -> tuple[int, int]:
        costs = [image_cost(self.family, self.config, self.processor, size) for size in sizes]
        prompt_tokens = token_count(self.processor, prompt_text)
        tokens = prompt_tokens - len(costs) + sum(cost.tokens for cost in costs) + len(completion_ids)
        if self.max_tokens is not None and tokens > self.max_tokens:
            raise TooLong(id, tokens, self.max_tokens)
        return tokens, sum(cost.vision_patches for cost in costs)


def end_of_turn(processor: Processor) -> str:
    """What the template writes after an assistant turn, without the line break behind it: generation ends before.

    Where it writes nothing (GLM), a model ends its turn by the mark that opens the next one.

    Raises:
        InputError: that is none either.
    """
    probe, question = "The answer is 4711.", "Which number?"
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": question},
        {"role": "assistant", "content": probe},
        {"role": "user", "content": question},
    ]
    if isinstance(processor, ProcessorMixin):
        messages = prepare_multimodal_messages(messages)
    _, found, end = _rendered(processor, messages[:2]).rpartition(probe)
    if found and not end.strip():
        opening = _rendered(processor, messages).rpartition(probe)[2].partition(question)[0].strip()
        marks = sorted(tokenizer_of(processor).all_special_tokens, key=len, reverse=True)
        end = next((mark for mark in marks if opening.startswith(mark)), "")
    if not found or not end.strip():
        raise InputError(
            "The chat template writes no mark at the end of an assistant turn, so the model could not learn to stop. "
            "Give a model with a chat template of its own in chat_template.jinja."
        )
    return end.rstrip()


def _opened_thinking(processor: Processor) -> str | None:
    """What follows `<think>` where the template's prompt opens the reasoning itself; None where the model does.

    Raises:
        InputError: the prompt opens and closes it, so that a completion would reason twice or not at all.
    """
    question: list[dict[str, Any]] = [{"role": "user", "content": "Which number?"}]
    prompt = render_prompt(processor, question)
    if isinstance(processor, ProcessorMixin):
        question = prepare_multimodal_messages(question)
    start_of_turn = prompt.removeprefix(_rendered(processor, question))
    _, opened, after = start_of_turn.partition(_THINK)
    if opened and after.strip():
        raise InputError(
            f"The chat template begins the model's turn with {opened + after!r}: no reasoning is to follow, "
            "and a trace with <think> could not be learned. Give the thinking variant of the model or its template."
        )
    return after if opened else None
