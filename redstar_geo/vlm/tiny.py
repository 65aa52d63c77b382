"""A small Qwen2.5-VL from scratch: the real classes at about 3 M parameters, for laptops, quickstart and tests.

The tokenizer is trained on the texts that the model is to learn. Digits and lone capitals (the names of points) are
always single tokens, so that arithmetic is done digit by digit and ∠ABC is spelled the same wherever it stands; other
words take the spaces around them with them, which saves a third of the tokens of `90 + 35 = 125`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field, model_validator
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Qwen2VLImageProcessor,
    Qwen2VLVideoProcessor,
    set_seed,
)

from redstar_geo.recipe import Section

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
_VISION = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
_PIECES = r"\p{N}|[A-Z](?![a-z])| ?\\[a-z]+\{?| ?\p{L}[\p{Ll}\p{Lo}]* ?| ?[^\s\p{L}\p{N}]+ ?|\s"
_PATCH, _MERGE = 14, 2

# Ends with the end mark, so that nothing after it is taught; the reasoning of an assistant turn is kept.
CHAT_TEMPLATE = r"""
{%- for message in messages -%}
<|im_start|>{{ message.role + "\n" }}
{%- if message.content is string -%}
{{ message.content }}
{%- else -%}
{%- for part in message.content -%}
{{ "<|vision_start|><|image_pad|><|vision_end|>" if part.type == "image" else part.text }}
{%- endfor -%}
{%- endif -%}
<|im_end|>
{%- endfor -%}
{{ "<|im_start|>assistant\n" if add_generation_prompt }}"""


class TinySize(Section):
    """The shape of the model; the defaults learn fastest a second on two CPU cores."""

    layers: int = Field(default=4, gt=0)
    width: int = Field(default=192, gt=0, multiple_of=16)
    heads: int = Field(default=4, gt=0)
    mlp: int = Field(default=512, gt=0)
    vocabulary: int = Field(default=1024, ge=300)
    vision_layers: int = Field(default=1, gt=0)
    vision_width: int = Field(default=32, gt=0, multiple_of=32)
    image_tokens: int = Field(default=16, gt=0)

    @model_validator(mode="after")
    def _heads_divide_the_width(self) -> TinySize:
        if self.width % (2 * self.heads):
            raise ValueError("width must be a multiple of twice the heads, for the rotary pairs of every head")
        return self


def build_tiny(folder: Path, texts: Iterable[str], size: TinySize, seed: int) -> None:
    """Write an untrained model and its processor to `folder`, loadable with the Auto classes.

    Args:
        texts: what the tokenizer is trained on; bytes never seen still encode.
        seed: of the weights.
    """
    tokenizer = train_tokenizer(texts, size.vocabulary)
    limits = {"shortest_edge": 4 * (_PATCH * _MERGE) ** 2, "longest_edge": size.image_tokens * (_PATCH * _MERGE) ** 2}
    processor = Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessor(size=limits),
        video_processor=Qwen2VLVideoProcessor(size=limits),
        tokenizer=tokenizer,
        chat_template=CHAT_TEMPLATE,
    )
    set_seed(seed)
    model = Qwen2_5_VLForConditionalGeneration(_config(tokenizer, size))
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of at most `vocabulary` tokens; think tags are ordinary ones, so they are decoded."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    special = [PAD, START, END, *_VISION]
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - 2,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens(["<think>", "</think>"])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=PAD, eos_token=END, extra_special_tokens=[START, *_VISION]
    )


def _config(tokenizer: PreTrainedTokenizerFast, size: TinySize) -> Qwen2_5_VLConfig:
    half = size.width // size.heads // 2
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": size.width,
        "intermediate_size": size.mlp,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "num_key_value_heads": size.heads,
        "max_position_embeddings": 4096,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 10000.0,
            "mrope_section": [half - 2 * (half // 3), half // 3, half // 3],  # time, height, width; sums to half
        },
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    vision = {
        "depth": size.vision_layers,
        "hidden_size": size.vision_width,
        "intermediate_size": 2 * size.vision_width,
        "num_heads": 2,
        "patch_size": _PATCH,
        "spatial_merge_size": _MERGE,
        "out_hidden_size": size.width,
        "fullatt_block_indexes": list(range(size.vision_layers)),
    }
    start, end, image, video = (tokenizer.get_vocab()[token] for token in _VISION)
    return Qwen2_5_VLConfig(
        text_config=text,
        vision_config=vision,
        vision_start_token_id=start,
        vision_end_token_id=end,
        image_token_id=image,
        video_token_id=video,
        tie_word_embeddings=True,
    )
