"""Conversations for servers: pictures in the sizes that Qwen-VL models take, and back again for a local model."""

from __future__ import annotations

import base64
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from qwen_vl_utils import smart_resize as of_qwen

from redstar_geo.generation.chat import (
    PATCH,
    Pixels,
    data_url,
    image_tokens,
    plain_messages,
    smart_resize,
    user_message,
)
from redstar_geo.records import Image

SIDES = st.integers(1, 4000)


def picture(width: int, height: int, form: str = "PNG", mode: str = "RGB") -> Image:
    out = BytesIO()
    Pillow.new(mode, (width, height), 255 if mode in ("P", "L") else "white").save(out, form)
    return Image.of(out.getvalue())


@given(SIDES, SIDES, st.integers(1, 64), st.integers(64, 2000))
def test_sizes_are_those_of_qwen_vl_utils(height: int, width: int, least: int, most: int) -> None:
    pixels = Pixels(least * PATCH * PATCH, most * PATCH * PATCH)
    if max(height, width) > 200 * min(height, width):
        with pytest.raises(ValueError, match="too thin"):
            smart_resize(height, width, pixels)
        return
    theirs = of_qwen(height, width, PATCH, *pixels)
    assert smart_resize(height, width, pixels) == tuple(max(PATCH, side) for side in theirs)


@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "RGB"), ("JPEG", "RGB"), ("GIF", "P"), ("BMP", "RGB"), ("PNG", "L")]
)
def test_a_picture_within_the_limits_goes_as_it_is_if_servers_take_its_form(form: str, mode: str) -> None:
    image = picture(200, 100, form, mode)
    kind, _, data = data_url(image, Pixels()).partition(";base64,")
    sent = base64.b64decode(data)
    if form in ("PNG", "JPEG"):
        assert sent == image.data and kind == f"data:image/{form.lower()}"
    else:
        assert kind == "data:image/png" and Pillow.open(BytesIO(sent)).size == (196, 112)
        assert Pillow.open(BytesIO(base64.b64decode(data_url(image).partition(",")[2]))).size == (200, 100)


def test_tokens_are_those_of_the_picture_that_is_sent() -> None:
    pixels = Pixels(4 * PATCH * PATCH, 16 * PATCH * PATCH)
    image = picture(1000, 500)
    sent = Pillow.open(BytesIO(base64.b64decode(data_url(image, pixels).partition(",")[2])))
    assert image_tokens(image, pixels) == sent.width * sent.height // PATCH**2 <= 16


def test_a_conversation_comes_back_as_texts_and_pictures() -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        user_message("Which?", [picture(30, 40), picture(50, 60)]),
        {"role": "assistant", "content": "That."},
    ]
    turns, pictures = plain_messages(messages)
    assert [(turn["role"], turn["content"]) for turn in turns] == [
        ("system", "Be brief."),
        ("user", "Which?"),
        ("assistant", "That."),
    ]
    assert [each.size for each in pictures] == [(30, 40), (50, 60)] and {each.mode for each in pictures} == {"RGB"}
