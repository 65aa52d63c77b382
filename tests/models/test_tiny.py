from io import BytesIO

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture
from transformers import (
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoProcessor,
    AutoTokenizer,
    Qwen2_5_VLForConditionalGeneration,
)

from redstar_geo.models.families import FAMILIES
from redstar_geo.models.tiny import TinySize, build_tiny, train_tokenizer
from tests.train.small import SIZE, problem, trace

TEXTS = [problem(number).question + trace(problem(number)) for number in range(20)]
TOKENIZER = train_tokenizer(TEXTS, 400)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    build_tiny(folder, TEXTS, TinySize(**SIZE), seed=3)
    return folder


def pieces(tokenizer, text):
    return [tokenizer.decode([token]) for token in tokenizer(text)["input_ids"]]


@given(st.text())
def test_every_text_survives_the_tokenizer(text):
    assert TOKENIZER.decode(TOKENIZER(text)["input_ids"]) == text


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_digits_are_single_tokens_and_operators_take_their_spaces(a, b):
    assert pieces(TOKENIZER, f"{a} + {b} = {a + b}.") == [*str(a), " + ", *str(b), " = ", *str(a + b), "."] or (
        all(len(piece.strip()) <= 1 for piece in pieces(TOKENIZER, f"{a} + {b} = {a + b}."))
    )


def test_reloaded_processor_tokenizes_as_the_trained_one(folder):
    reloaded = AutoProcessor.from_pretrained(folder).tokenizer
    text = "<think>\n90 + 35 = 125, so ∠ABC = 55°.\n</think>\n\\boxed{55}"
    assert reloaded(text)["input_ids"] == TOKENIZER(text)["input_ids"]
    found = pieces(reloaded, text)
    assert {"<think>", "</think>", "A", "B", "C", "1", "2", "5"} <= set(found)
    assert reloaded.decode(reloaded(text)["input_ids"], skip_special_tokens=True) == text


def test_chat_keeps_the_reasoning_and_ends_with_the_end_mark(folder):
    processor = AutoProcessor.from_pretrained(folder)
    user = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Find x."}]}
    assistant = {"role": "assistant", "content": "<think>\nhm\n</think>\n\\boxed{5}"}
    prompt = processor.apply_chat_template([user], add_generation_prompt=True)
    whole = processor.apply_chat_template([user, assistant])
    assert prompt.count("<|vision_start|><|image_pad|><|vision_end|>") == 1
    assert whole == prompt + assistant["content"] + "<|im_end|>"


def test_model_is_qwen_and_sees_the_picture(folder):
    processor = AutoProcessor.from_pretrained(folder)
    model = AutoModelForImageTextToText.from_pretrained(folder)
    assert isinstance(model, Qwen2_5_VLForConditionalGeneration)
    text = processor.apply_chat_template(
        [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Find x."}]}],
        add_generation_prompt=True,
    )
    logits = []
    for path in (BytesIO(problem(1).images[0].data), BytesIO(problem(40).images[0].data)):
        inputs = processor(text=[text], images=[Picture.open(path)], return_tensors="pt")
        seen = (inputs["input_ids"] == model.config.image_token_id).sum()
        assert 4 <= seen <= TinySize(**SIZE).image_tokens
        with torch.inference_mode():
            logits.append(model(**inputs).logits[0, -1])
    assert not torch.allclose(*logits)


def test_same_seed_same_weights(folder, tmp_path):
    build_tiny(tmp_path, TEXTS, TinySize(**SIZE), seed=3)
    assert (tmp_path / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()


def test_default_size_is_a_few_million_parameters(tmp_path):
    build_tiny(tmp_path, TEXTS, TinySize(), seed=0)
    model = AutoModelForImageTextToText.from_pretrained(tmp_path)
    assert 1e6 < model.num_parameters() < 5e6


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_of_the_real_class_and_writes(tmp_path, family):
    build_tiny(tmp_path, TEXTS, TinySize(family=family), seed=0)
    sees = family not in ("qwen2", "qwen3")
    model = (AutoModelForImageTextToText if sees else AutoModelForCausalLM).from_pretrained(tmp_path)
    processor = (AutoProcessor if sees else AutoTokenizer).from_pretrained(tmp_path)
    assert model.config.model_type == family
    assert 1e6 < model.num_parameters() < 5e6
    content = [{"type": "image"}, {"type": "text", "text": "Find 12 + x."}] if sees else "Find 12 + x."
    text = processor.apply_chat_template([{"role": "user", "content": content}], tokenize=False)
    images = {"images": [Picture.open(BytesIO(problem(1).images[0].data))]} if sees else {}
    inputs = processor(text=[text], return_tensors="pt", **images)
    if sees:
        assert 4 <= (inputs["input_ids"] == model.config.image_token_id).sum() <= TinySize().image_tokens
    written = model.generate(**inputs, max_new_tokens=4, min_new_tokens=4, do_sample=False)
    assert written.shape[1] == inputs["input_ids"].shape[1] + 4
    tokenizer = processor.tokenizer if sees else processor
    assert {"1", "2", "<think>", "</think>"} <= {piece.strip() for piece in pieces(tokenizer, "<think>12</think>")}
