"""The prompt as vLLM takes it, without vLLM: what vLLM makes of it is in tests/real."""

from __future__ import annotations

from random import Random

import pytest
import torch
from PIL import Image

from redstar_geo.generation.encoded import encode_text
from redstar_geo.models.families import family_of, tokenizer_of
from redstar_geo.models.pixels import PixelLimits, limit_pixels, limits_for_vllm
from redstar_geo.models.placeholders import collapsed, image_spans, marks_around
from tests.rl.small import small

SEEING = ("qwen2_5_vl", "qwen3_vl", "internvl")
WORDS = ["Look:", "∠A = 35°", "一个圆", "the <|image_pad|> of", "<img>"]


def rendered(processor, pattern: str) -> str:
    texts = iter(WORDS)
    parts = [{"type": "image"} if part == "p" else {"type": "text", "text": next(texts)} for part in pattern]
    turn = [{"role": "user", "content": parts}]
    return processor.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)


def pictures(number: int, seed: int) -> list[Image.Image]:
    chance = Random(seed)
    sizes = [(chance.randint(60, 400), chance.randint(60, 400)) for _ in range(number)]
    return [Image.new("RGB", size, "white") for size in sizes]


@pytest.mark.parametrize("family", SEEING)
@pytest.mark.parametrize("pattern", ["t", "p", "pt", "tp", "tpt", "pp", "ppt", "tptpt", "tppppt"])
def test_one_placeholder_an_image_and_every_other_token_as_it_was(family: str, pattern: str) -> None:
    one = small(family)
    processor, kind = one.processor, family_of(one.model.config)
    shown = pictures(pattern.count("p"), len(pattern))
    ids = encode_text("x", rendered(processor, pattern), shown, one.model.config, processor).input_ids.tolist()
    short, spans = collapsed(kind, processor, ids), image_spans(kind, processor, ids)
    assert short.count(processor.image_token_id) == len(spans) == len(shown)
    before, behind = marks_around(kind, processor)
    lengths = iter([end - start for start, end in spans])
    expanded = []  # as vLLM's processors of these families do it
    for token in short:
        seen = token == processor.image_token_id
        expanded += [*before, *[token] * next(lengths), *behind] if seen else [token]
    assert expanded == ids


@pytest.mark.parametrize("family", SEEING)
def test_a_span_has_as_many_tokens_as_the_processor_counts(family: str) -> None:
    one = small(family)
    shown = pictures(3, 7)
    encoded = encode_text("x", rendered(one.processor, "tppp"), shown, one.model.config, one.processor)
    spans = image_spans(family_of(one.model.config), one.processor, encoded.input_ids.tolist())
    sizes = [(picture.height, picture.width) for picture in shown]
    counted = one.processor._get_num_multimodal_tokens(image_sizes=sizes)["num_image_tokens"]
    marks = sum(map(len, marks_around(family_of(one.model.config), one.processor)))
    assert [end - start + marks for start, end in spans] == counted


@pytest.mark.parametrize("family", ["qwen2", "qwen3"])
def test_a_text_model_has_no_placeholders(family: str) -> None:
    one = small(family)
    ids = tokenizer_of(one.processor)("Look: <|image_pad|>")["input_ids"]
    assert collapsed(family_of(one.model.config), one.processor, torch.tensor(ids).tolist()) == ids
    assert limits_for_vllm(family_of(one.model.config), one.processor) == {}


@pytest.mark.parametrize("family", SEEING)
def test_vllm_is_told_the_limits_of_the_recipe(family: str) -> None:
    one = small(family)
    kind = family_of(one.model.config)
    before = limits_for_vllm(kind, one.processor)
    tile = 1 if kind.tiled else 0
    most = 4 * 112 * 112 if tile else 6 * 28 * 28
    images = one.processor.image_processor
    kept = dict(images.size), (images.min_patches, images.max_patches) if tile else None
    try:
        limit_pixels(kind, one.processor, PixelLimits(max_pixels=most))
        found = limits_for_vllm(kind, one.processor)
        assert found == before | ({"max_patches": 4} if tile else {"max_pixels": most})
    finally:
        images.size = kept[0]
        if tile:
            images.min_patches, images.max_patches = kept[1]
