import pickle
from importlib import resources
from io import BytesIO

import pytest
import torch
from PIL import Image as Picture

from redstar_geo.errors import InputError
from redstar_geo.generation.prompt import completion_messages, prompt_messages
from redstar_geo.models.collate import collate
from redstar_geo.models.encode import (
    IGNORED,
    Encoder,
    ImagesDoNotMatch,
    NoReasoning,
    NothingToLearn,
    TooLong,
    render_prompt,
)
from redstar_geo.models.families import FAMILIES, tokenizer_of
from redstar_geo.models.load import load
from tests.train.small import problem, trace

SEEING = [family.name for family in FAMILIES.values() if family.sees]
# family, a template that TRL ships (none: the tiny model's own), and whether its prompt opens the reasoning
TEMPLATES = [
    *((family, None, False) for family in FAMILIES),
    ("qwen2_5_vl", "qwen2_5_vl", False),
    ("qwen3_vl", "qwen3_vl", False),
    ("qwen2", "qwen2_5", False),
    ("qwen3", "qwen3", False),
    ("qwen2", "deepseek_r1_distill", True),
    ("qwen3", "qwen3_5_think", True),
    ("qwen3_5", "qwen3_5_think", True),
]


def trl_template(name):
    return (resources.files("trl") / "chat_templates" / f"{name}.jinja").read_text(encoding="utf-8")


def model_and_encoder(tiny, family, template=None, **options):
    model, processor = load(str(tiny(family)), torch.float32)
    if template is not None:
        processor.chat_template = trl_template(template)
    return model, Encoder(model.config, processor, **options)


def row(number=1, images=1):
    one = problem(number)
    pictures = [Picture.open(BytesIO(one.images[0].data)).resize((200 + 40 * i, 150)) for i in range(images)]
    return f"{number}", prompt_messages(one), completion_messages(trace(one)), pictures


def trained_text(encoder, encoded):
    return tokenizer_of(encoder.processor).decode(encoded.labels[encoded.labels != IGNORED])


@pytest.mark.parametrize(("family", "template", "opens"), TEMPLATES)
def test_labels_are_the_completion_and_its_end_and_it_thinks_once(tiny, family, template, opens):
    _, encoder = model_and_encoder(tiny, family, template)
    images = 1 if family in SEEING else 0
    id, prompt, completion, pictures = row(images=images)
    encoded = encoder(id, prompt, completion, pictures)
    answer = completion[0]["content"]
    expected = answer.removeprefix("<think>\n") if opens else answer
    assert trained_text(encoder, encoded) == expected + encoder.end_of_turn
    whole = tokenizer_of(encoder.processor).decode(encoded.input_ids)
    assert whole.count("<think>") == whole.count("</think>") == 1
    assert whole.endswith(answer + encoder.end_of_turn)
    first = int((encoded.labels != IGNORED).int().argmax())
    assert (encoded.labels[:first] == IGNORED).all()
    assert torch.equal(encoded.labels[first:], encoded.input_ids[first:])


@pytest.mark.parametrize(("family", "template", "opens"), TEMPLATES)
def test_the_prompt_is_the_one_that_evaluation_gives(tiny, family, template, opens):
    _, encoder = model_and_encoder(tiny, family, template)
    images = 1 if family in SEEING else 0
    id, prompt, completion, pictures = row(images=images)
    encoded = encoder(id, prompt, completion, pictures)
    text = render_prompt(encoder.processor, prompt, pictures)
    options = {"images": pictures} if images else {}
    given = encoder.processor(text=[text], add_special_tokens=False, return_tensors="pt", **options)
    assert torch.equal(encoded.input_ids[encoded.labels == IGNORED], given["input_ids"][0])


@pytest.mark.parametrize(("family", "template"), [("qwen2", "qwen2_5"), ("qwen2_5_vl", "qwen2_5_vl")])
def test_where_a_template_keeps_the_completion_the_text_is_the_templates(tiny, family, template):
    _, encoder = model_and_encoder(tiny, family, template)
    id, prompt, completion, _ = row(images=0)
    encoded = encoder(id, prompt, completion)
    conversation = encoder.processor.apply_chat_template([*prompt, *completion], tokenize=False)
    assert tokenizer_of(encoder.processor).decode(encoded.input_ids) == conversation.rstrip("\n")


@pytest.mark.parametrize("family", SEEING)
@pytest.mark.parametrize("images", [0, 1, 3])
def test_the_model_sees_in_our_tensors_what_it_sees_in_its_processors(tiny, family, images):
    model, encoder = model_and_encoder(tiny, family)
    id, prompt, completion, pictures = row(images=images)
    encoded = encoder(id, prompt, completion, pictures)
    assert encoded.position_ids.shape == (3 if FAMILIES[family].mrope else 1, len(encoded.input_ids))
    positions = encoded.position_ids.unsqueeze(1) if FAMILIES[family].mrope else encoded.position_ids
    with torch.inference_mode():
        ours = model(input_ids=encoded.input_ids[None], position_ids=positions, **encoded.images).logits
        text = render_prompt(encoder.processor, prompt, pictures) + completion[0]["content"] + encoder.end_of_turn
        given = encoder.processor(text=[text], images=pictures or None, return_tensors="pt")
        theirs = model(**given).logits
    assert torch.allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_measure_is_the_encodings_size(tiny, family):
    _, encoder = model_and_encoder(tiny, family)
    for number, images in ((1, 0), (2, 1), (30, 3)):
        sample = row(number, images if family in SEEING else 0)
        encoded = encoder(*sample)
        assert encoder.measure(*sample) == (len(encoded.input_ids), encoded.vision_patches)


def test_where_a_template_ends_no_turn_the_mark_of_the_next_one_does(tiny):
    """As GLM's does: `<|user|>` is what generation ends by."""
    _, processor = load(str(tiny("qwen3")), torch.float32)
    opening = "{{ '<|im_start|>' if message.role == 'user' else '<|im_end|>' }}"
    processor.chat_template = "{% for message in messages %}" + opening + "\n{{ message.content }}{% endfor %}"
    config = load(str(tiny("qwen3")), torch.float32)[0].config
    encoder = Encoder(config, processor)
    assert encoder.end_of_turn == "<|im_start|>"
    id, prompt, completion, _ = row(images=0)
    assert trained_text(encoder, encoder(id, prompt, completion)).endswith("}<|im_start|>")


@pytest.mark.parametrize("mark", ["<|im_end|>", "<|image_pad|>", "<|endoftext|>"])
def test_a_completion_that_spells_a_special_token_means_its_letters(tiny, mark):
    model, encoder = model_and_encoder(tiny, "qwen2_5_vl")
    id, prompt, _, pictures = row()
    answer = f"<think>\nThe mark {mark} is written so.\n</think>\n\\boxed{{1}}"
    encoded = encoder(id, prompt, completion_messages(answer), pictures)
    assert trained_text(encoder, encoded) == answer + "<|im_end|>"
    token = tokenizer_of(encoder.processor).convert_tokens_to_ids(mark)
    assert (encoded.labels == token).sum() == (1 if mark == "<|im_end|>" else 0)
    model(**collate([encoded]))  # an image token without an image would be an error


def test_too_long_is_said_and_nothing_is_cut(tiny):
    _, encoder = model_and_encoder(tiny, "internvl")
    sample = row(images=2)
    tokens = len(encoder(*sample).input_ids)
    processor = encoder.processor
    assert len(Encoder(encoder.config, processor, max_tokens=tokens)(*sample).input_ids) == tokens
    with pytest.raises(TooLong) as error:
        Encoder(encoder.config, processor, max_tokens=tokens - 1)(*sample)
    for found in (error.value, pickle.loads(pickle.dumps(error.value))):
        assert (found.id, found.tokens, found.reason) == ("1", tokens, "too long")
        assert str(found) == f"sample '1': {tokens} tokens, at most {tokens - 1} are allowed"


def test_samples_that_teach_nothing_or_lack_an_image_are_refused(tiny):
    _, encoder = model_and_encoder(tiny, "qwen3_vl")
    id, prompt, completion, pictures = row()
    for empty in ([], completion_messages(""), completion_messages("\n "), [*prompt, *completion]):
        with pytest.raises(NothingToLearn):
            encoder(id, prompt, empty, pictures)
    _, blind = model_and_encoder(tiny, "qwen3_vl")
    blind.processor.chat_template = trl_template("qwen3")  # it has no place for a picture
    with pytest.raises(ImagesDoNotMatch, match="1 images, 0 places"):
        blind(id, prompt, completion, pictures)
    _, text_encoder = model_and_encoder(tiny, "qwen3")
    with pytest.raises(ImagesDoNotMatch):
        text_encoder(id, prompt, completion, pictures)
    _, opened = model_and_encoder(tiny, "qwen2", "deepseek_r1_distill")
    with pytest.raises(NoReasoning):
        opened(id, prompt, completion_messages("\\boxed{5}"))


def test_templates_that_cannot_be_learned_from_are_refused(tiny):
    with pytest.raises(InputError, match="no reasoning is to follow"):
        model_and_encoder(tiny, "qwen3", "qwen3_5_nothink")
    _, processor = load(str(tiny("qwen2")), torch.float32)
    processor.chat_template = "{% for message in messages %}{{ message.content }}{% endfor %}"
    with pytest.raises(InputError, match="no mark at the end"):
        Encoder(load(str(tiny("qwen2")), torch.float32)[0].config, processor)
