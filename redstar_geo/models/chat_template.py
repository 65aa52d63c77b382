"""A chat template on trial: applied where it can be ended, since it is a program of whoever made the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from transformers import ProcessorMixin
from trl import prepare_multimodal_messages

from redstar_geo.errors import InputError
from redstar_geo.models.families import Processor, tokenizer_of

LONGEST = 2_000_000  # characters of a prompt
Trial = tuple[str, Sequence[Mapping[str, Any]], Mapping[str, str]]  # template, conversation, special tokens


def trial_of(processor: Processor, messages: Sequence[Mapping[str, Any]], images: int) -> Trial:
    """What `applied` takes: the conversation as `render_prompt` writes it, without the pixels of its images."""
    if isinstance(processor, ProcessorMixin):
        messages = prepare_multimodal_messages([dict(message) for message in messages], images=[""] * images)
    template: Any = processor.chat_template
    default = template if isinstance(template, str) else template["default"]
    return default, messages, {name: str(token) for name, token in tokenizer_of(processor).special_tokens_map.items()}


def applied(template: str, messages: Sequence[Mapping[str, Any]], tokens: Mapping[str, str]) -> None:
    """Apply the template, in a process that somebody else may end; what it raises is told when it is applied for use.

    Raises:
        InputError: the prompt is longer than any model takes.
    """
    from jinja2 import TemplateError
    from transformers.utils.chat_template_utils import render_jinja_template

    try:
        settings: dict[str, Any] = {"chat_template": template, "add_generation_prompt": True, **tokens}
        rendered: Any = render_jinja_template([[dict(message) for message in messages]], **settings)
    except (TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return
    prompt = rendered[0][0]
    if len(prompt) > LONGEST:
        raise InputError(f"The model's chat template writes {len(prompt)} characters, more than any model takes.")
