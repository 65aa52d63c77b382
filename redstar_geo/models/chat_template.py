"""A chat template applied where it can be ended, since it is a program of whoever made the model.

What it writes there is the prompt: a template that is applied again could do otherwise the second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from transformers import ProcessorMixin
from transformers.utils.chat_template_utils import render_jinja_template
from trl import prepare_multimodal_messages

from redstar_geo.errors import InputError
from redstar_geo.models.encode import template_told
from redstar_geo.models.families import Processor, tokenizer_of
from redstar_geo.models.special_tokens import guarded

LONGEST = 2_000_000  # characters of a prompt
Trial = tuple[str, Sequence[Mapping[str, Any]], Mapping[str, str]]  # template, conversation, special tokens


def trial_of(processor: Processor, messages: Sequence[Mapping[str, Any]], images: int) -> Trial:
    """What `applied` takes: the conversation as `render_prompt` writes it, without the pixels of its images."""
    messages = guarded(processor, [dict(message) for message in messages])
    if isinstance(processor, ProcessorMixin):
        messages = prepare_multimodal_messages(messages, images=[""] * images)
    template: Any = processor.chat_template
    default = template if isinstance(template, str) else template["default"]
    return default, messages, {name: str(token) for name, token in tokenizer_of(processor).special_tokens_map.items()}


def applied(template: str, messages: Sequence[Mapping[str, Any]], tokens: Mapping[str, str]) -> str:
    """What `render_prompt` gives, in a process that somebody else may end.

    Raises:
        InputError: the template is wrong, writes nothing, or a prompt longer than any model takes.
    """

    def render() -> str:
        settings: dict[str, Any] = {"chat_template": template, "add_generation_prompt": True, **tokens}
        rendered: Any = render_jinja_template([[dict(message) for message in messages]], **settings)
        return str(rendered[0][0])

    prompt = template_told(render)
    if len(prompt) > LONGEST:
        raise InputError(f"The model's chat template writes {len(prompt)} characters, more than any model takes.")
    return prompt
