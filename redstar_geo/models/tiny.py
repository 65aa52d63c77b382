"""Small models from scratch: the real classes at about 3 M parameters, for laptops, studies and tests.

The tokenizer is trained on the texts that the model is to learn. Digits and lone capitals (the names of points) are
always single tokens, so that arithmetic is done digit by digit and ∠ABC is spelled the same wherever it stands; other
words take the spaces around them with them, which saves a third of the tokens of `90 + 35 = 125`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isqrt
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    Glm4vImageProcessor,
    Glm4vProcessor,
    Glm4vVideoProcessor,
    GotOcr2ImageProcessor,
    InternVLProcessor,
    InternVLVideoProcessor,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
    ProcessorMixin,
    Qwen2_5_VLProcessor,
    Qwen2VLImageProcessor,
    Qwen2VLVideoProcessor,
    Qwen3VLProcessor,
    Qwen3VLVideoProcessor,
    set_seed,
)

from redstar_geo.recipe import Section

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
_VISION = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
_INTERNVL = {
    "start_image_token": "<img>",
    "end_image_token": "</img>",
    "context_image_token": "<IMG_CONTEXT>",
    "video_token": "<video>",
}
_GLM = ("<|begin_of_image|>", "<|end_of_image|>", "<|image|>", "<|video|>")
_PIECES = r"\p{N}|[A-Z](?![a-z])| ?\\[a-z]+\{?| ?\p{L}[\p{Ll}\p{Lo}]* ?| ?[^\s\p{L}\p{N}]+ ?|\s"
_TOKEN = 28  # pixels of an image token's edge

TinyFamily = Literal["qwen2_5_vl", "qwen3_vl", "qwen3_5", "internvl", "glm4v", "qwen2", "qwen3"]

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
    """The family and shape of the model; the defaults learn fastest a second on two CPU cores.

    An image token is 28 × 28 pixels; of Qwen's families it is one patch, or four of 14 × 14 that are merged.
    """

    family: TinyFamily = "qwen2_5_vl"
    layers: int = Field(default=4, gt=0)
    width: int = Field(default=192, gt=0, multiple_of=16)
    heads: int = Field(default=4, gt=0)
    mlp: int = Field(default=512, gt=0)
    vocabulary: int = Field(default=1024, ge=300)
    vision_layers: int = Field(default=1, gt=0)
    vision_width: int = Field(default=32, gt=0, multiple_of=32)
    vision_heads: int = Field(default=2, gt=0)
    patch: Literal[14, 28] = 14
    image_tokens: int = Field(default=16, gt=0)

    @model_validator(mode="after")
    def _heads_divide_the_width(self) -> TinySize:
        if self.width % (2 * self.heads):
            raise ValueError("width must be a multiple of twice the heads, for the rotary pairs of every head")
        if self.vision_width % (4 * self.vision_heads):
            raise ValueError("vision_width must be a multiple of four times vision_heads: pairs in height and in width")
        if self.family == "internvl" and self.patch != 14:
            raise ValueError("internvl merges four patches of 14 pixels: leave patch as it is")
        return self


def build_tiny(folder: Path, texts: Iterable[str], size: TinySize, seed: int) -> None:
    """Write an untrained model and its processor (text: tokenizer) to `folder`, loadable with the Auto classes.

    Args:
        texts: what the tokenizer is trained on; bytes never seen still encode.
        seed: of the weights.
    """
    tokenizer = train_tokenizer(texts, size.vocabulary, _INTERNVL if size.family == "internvl" else _marks(size))
    set_seed(seed)
    config = _config(tokenizer, size)
    sees = size.family not in ("qwen2", "qwen3")
    model = (AutoModelForImageTextToText if sees else AutoModelForCausalLM).from_config(config)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    _processor(tokenizer, size).save_pretrained(folder)


def _marks(size: TinySize) -> tuple[str, ...]:
    """Of a picture: its start, its end, an image token, a video token."""
    return _GLM if size.family == "glm4v" else _VISION


def _processor(tokenizer: PreTrainedTokenizerFast, size: TinySize) -> ProcessorMixin | PreTrainedTokenizerFast:
    if size.family in ("qwen2", "qwen3"):
        tokenizer.chat_template = CHAT_TEMPLATE
        return tokenizer  # AutoTokenizer makes qwen2's a Qwen2Tokenizer, which splits words otherwise, digits as here
    if size.family == "internvl":
        edge = _tile_edge(size)
        tile = {"height": edge, "width": edge}
        return InternVLProcessor(
            image_processor=GotOcr2ImageProcessor(size=tile, max_patches=1),
            video_processor=InternVLVideoProcessor(size=tile),
            tokenizer=tokenizer,
            image_seq_length=(edge // _TOKEN) ** 2,
            chat_template=CHAT_TEMPLATE.replace("".join(_VISION[i] for i in (0, 2, 1)), "<IMG_CONTEXT>\\n"),
        )
    pixels = _TOKEN**2
    limits: dict[str, Any] = {
        "size": {"shortest_edge": 4 * pixels, "longest_edge": size.image_tokens * pixels},
        "patch_size": size.patch,
        "merge_size": _TOKEN // size.patch,
    }
    if size.family == "glm4v":
        return _glm_processor(tokenizer, limits)
    if size.family in ("qwen3_vl", "qwen3_5"):
        return Qwen3VLProcessor(
            image_processor=Qwen2VLImageProcessor(**limits),
            video_processor=Qwen3VLVideoProcessor(**limits),
            tokenizer=tokenizer,
            chat_template=CHAT_TEMPLATE,
        )
    return Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessor(**limits),
        video_processor=Qwen2VLVideoProcessor(**limits),
        tokenizer=tokenizer,
        chat_template=CHAT_TEMPLATE,
    )


def _glm_processor(tokenizer: PreTrainedTokenizerFast, limits: dict[str, Any]) -> ProcessorMixin:
    """GLM counts the pixels of a picture twice, as two frames."""
    limits["size"] = {edge: 2 * pixels for edge, pixels in limits["size"].items()}
    start, end, image, _ = _GLM
    template = CHAT_TEMPLATE.replace("".join(_VISION[i] for i in (0, 2, 1)), start + image + end)
    return Glm4vProcessor(
        Glm4vImageProcessor(**limits), tokenizer, Glm4vVideoProcessor(**limits), chat_template=template
    )


def _tile_edge(size: TinySize) -> int:
    """Of InternVL's square tiles, in pixels: the largest that costs at most `image_tokens`."""
    return isqrt(size.image_tokens) * _TOKEN


def train_tokenizer(
    texts: Iterable[str], vocabulary: int, vision: Sequence[str] | Mapping[str, str] = _VISION
) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of at most `vocabulary` tokens; think tags are ordinary ones, so they are decoded.

    Args:
        vision: the marks around and in place of images; with names, they are attributes of the tokenizer.
    """
    marks = list(vision.values()) if isinstance(vision, Mapping) else list(vision)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    special = [PAD, START, END, *marks]
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - 2,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens(["<think>", "</think>"])
    extra = {"start_token": START, **vision} if isinstance(vision, Mapping) else [START, *marks]
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=PAD, eos_token=END, extra_special_tokens=extra)


def _config(tokenizer: PreTrainedTokenizerFast, size: TinySize) -> PreTrainedConfig:
    text: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": size.width,
        "intermediate_size": size.mlp,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "num_key_value_heads": size.heads,
        "max_position_embeddings": 4096,
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    if size.family.startswith("qwen3"):
        text["head_dim"] = size.width // size.heads  # there a setting of its own
    if size.family in ("qwen2", "qwen3"):
        return AutoConfig.for_model(size.family, **text, tie_word_embeddings=True)
    if size.family == "internvl":
        return _internvl_config(tokenizer, size, text)
    return _patch_grid_config(tokenizer, size, text)


def _patch_grid_config(tokenizer: PreTrainedTokenizerFast, size: TinySize, text: dict[str, Any]) -> PreTrainedConfig:
    """Of Qwen's and GLM's models that see."""
    half = size.width // size.heads // 2
    rotary = {
        "rope_type": "default",
        "rope_theta": 10000.0,
        "mrope_section": [half - 2 * (half // 3), half // 3, half // 3],  # time, height, width; sums to half
    }
    vision: dict[str, Any] = {
        "depth": size.vision_layers,
        "hidden_size": size.vision_width,
        "intermediate_size": 2 * size.vision_width,
        "num_heads": size.vision_heads,
        "patch_size": size.patch,
        "spatial_merge_size": _TOKEN // size.patch,
        "out_hidden_size": size.width,
    }
    if size.family.startswith("qwen3"):
        rotary["mrope_interleaved"] = True
        vision["num_position_embeddings"] = 64
    if size.family == "qwen3_vl":
        vision["deepstack_visual_indexes"] = [0]
    elif size.family == "qwen3_5":
        rotary["partial_rotary_factor"] = 1.0
        text["layer_types"] = ["linear_attention"] * (size.layers - 1) + ["full_attention"]
        text |= {"linear_num_key_heads": 2, "linear_num_value_heads": 2}
        text |= {"linear_key_head_dim": half, "linear_value_head_dim": half}
    elif size.family == "qwen2_5_vl":
        vision["fullatt_block_indexes"] = list(range(size.vision_layers))
    start, end, image, video = (tokenizer.get_vocab()[token] for token in _marks(size))
    kind = "image" if size.family == "glm4v" else "vision"
    return AutoConfig.for_model(
        size.family,
        text_config=text | {"rope_parameters": rotary},
        vision_config=vision,
        **{f"{kind}_start_token_id": start, f"{kind}_end_token_id": end},
        image_token_id=image,
        video_token_id=video,
        tie_word_embeddings=True,
    )


def _internvl_config(tokenizer: PreTrainedTokenizerFast, size: TinySize, text: dict[str, Any]) -> PreTrainedConfig:
    edge = _tile_edge(size)
    return AutoConfig.for_model(
        "internvl",
        text_config=text | {"model_type": "qwen2"},
        vision_config={
            "hidden_size": size.vision_width,
            "intermediate_size": 2 * size.vision_width,
            "num_hidden_layers": size.vision_layers,
            "num_attention_heads": size.vision_heads,
            "image_size": [edge, edge],
            "patch_size": [size.patch, size.patch],
        },
        image_token_id=tokenizer.get_vocab()["<IMG_CONTEXT>"],
        image_seq_length=(edge // _TOKEN) ** 2,
        tie_word_embeddings=True,
    )
