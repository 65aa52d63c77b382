"""Text that spells a special token means its letters: it opens no turn, ends none, and stands for no picture.

The contents of a conversation are guarded before the chat template puts its own tokens around them. What is guarded is
then tokenised by itself, in letters; all else as ever, so that a prompt without such text has the tokens it always had.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from redstar_geo.models.families import Processor, tokenizer_of

_GUARD = "\u200b"  # no width: people see the text as it is
_VISION_INPUTS = ("pixel_values", "image_grid_thw")


def guarded(processor: Processor, messages: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The messages with a mark within each special token that their texts spell."""
    tokenizer = tokenizer_of(processor)
    return [{**message, "content": _guarded_content(tokenizer, message["content"])} for message in messages]


def guarded_text(tokenizer: PreTrainedTokenizerBase, text: str) -> str:
    """A text in which nothing is a special token of this tokenizer any more."""
    return _spelled(tokenizer).sub(lambda token: token[0][0] + _GUARD + token[0][1:], text)


def tokenized(processor: Processor, prompt: str, images: Sequence[Image] = ()) -> tuple[Tensor, dict[str, Tensor]]:
    """Token ids [P] of a rendered prompt, guarded texts in letters, and the tensors of its images."""
    tokenizer = tokenizer_of(processor)
    texts, spelled = _pieces(tokenizer, prompt)
    options: dict[str, Any] = {"images": list(images)} if images else {}
    inputs = processor(text=texts, add_special_tokens=False, padding=True, return_tensors="pt", **options)
    rows = [ids[mask.bool()] for ids, mask in zip(inputs["input_ids"], inputs["attention_mask"], strict=True)]
    letters = [torch.tensor(_letters(tokenizer, token), dtype=rows[0].dtype) for token in spelled]
    joined = [part for pair in zip(rows, [*letters, rows[0][:0]], strict=True) for part in pair]
    return torch.cat(joined), {name: inputs[name] for name in _VISION_INPUTS if name in inputs}


def token_count(processor: Processor, prompt: str) -> int:
    """Tokens of a rendered prompt as `tokenized` has them, an image being the one that stands for it."""
    tokenizer = tokenizer_of(processor)
    texts, spelled = _pieces(tokenizer, prompt)
    plain = tokenizer(texts, add_special_tokens=False)["input_ids"]
    return sum(map(len, plain)) + sum(len(_letters(tokenizer, token)) for token in spelled)


def _guarded_content(tokenizer: PreTrainedTokenizerBase, content: Any) -> Any:
    """Of a message: a text, or a list of parts of which some are texts."""
    if isinstance(content, str):
        return guarded_text(tokenizer, content)
    return [part | {"text": guarded_text(tokenizer, part["text"])} if "text" in part else part for part in content]


def _pieces(tokenizer: PreTrainedTokenizerBase, prompt: str) -> tuple[list[str], list[str]]:
    """What stands between the guarded tokens, always one more than these; and they, without their marks."""
    if _GUARD not in prompt:
        return [prompt], []
    pieces = _spelled(tokenizer, _GUARD).split(prompt)
    return pieces[::2], [token.replace(_GUARD, "", 1) for token in pieces[1::2]]


def _letters(tokenizer: PreTrainedTokenizerBase, token: str) -> list[int]:
    ids: list[int] = tokenizer(token, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    return ids


@lru_cache(maxsize=16)
def _spelled(tokenizer: PreTrainedTokenizerBase, guard: str = "") -> re.Pattern[str]:
    """Any special token of more than a letter, the longest first, as one group."""
    added = {str(token) for token in tokenizer.added_tokens_decoder.values() if token.special}
    tokens = sorted((token for token in added | set(tokenizer.all_special_tokens) if len(token) > 1), key=len)
    names = "|".join(re.escape(token[0] + guard + token[1:]) for token in reversed(tokens))
    return re.compile(f"({names or '(?!)'})")
