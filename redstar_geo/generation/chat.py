"""Problem → conversation with an OpenAI-compatible server, pictures as data URLs. Needs no torch."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from PIL import Image as Pillow

from redstar_geo.generation.prompt import prompt_messages, question_with_choices
from redstar_geo.pictures.bounds import format_of
from redstar_geo.pictures.read import picture_size, read_picture
from redstar_geo.records import Image, Problem
from redstar_geo.sandbox.prompt import program_question

PATCH = 28  # pixels of a side behind one token of a Qwen-VL language model
_LONGEST_SIDES = 200  # how many times as long as the other the longer side may be
_AS_THEY_CAME = ("png", "jpeg")  # the forms that every server takes
_ASK = {
    "en": "Think it through step by step, then give the final answer in \\boxed{}.",
    "zh": "请一步一步思考，最后把答案写在\\boxed{}里。",
}
_SPECIAL = re.compile(
    r"<(?=[|｜][^<>|｜\n]{1,40}[|｜]>|/?(?:s|img|IMG_CONTEXT|image|video|(?:start|end)_of_(?:turn|image))>)"
    r"|\[(?=/?(?:INST|IMG)\])"
)  # where a text spells a special token of any family, its first character
Messages = list[dict[str, Any]]


class Pixels(NamedTuple):
    """Between how many pixels a picture is scaled before it is sent."""

    least: int = 4 * PATCH * PATCH
    most: int = 1280 * PATCH * PATCH


def teacher_question(problem: Problem, training_prompt: bool = False) -> str:
    """The question as a teacher reads it: with its choices, and with where to put the answer.

    Args:
        training_prompt: in the words of a training, the only ones that a small model fine-tuned here knows.
    """
    if training_prompt or problem.answer_kind == "statements":
        return prompt_messages(problem)[0]["content"]
    if problem.answer_kind == "tests":
        return program_question(problem)
    return f"{question_with_choices(problem)}\n{_ASK.get(problem.language, _ASK['en'])}"


def user_message(text: str, images: Sequence[Image], pixels: Pixels | None = None) -> dict[str, Any]:
    """A turn with its pictures before its text, each in its own size unless limits are given."""
    pictures = [{"type": "image_url", "image_url": {"url": data_url(image, pixels)}} for image in images]
    return {"role": "user", "content": [*pictures, {"type": "text", "text": text}] if pictures else text}


def letters_only(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A conversation for a server, whose tokenizer nobody knows here: what looks like a special token is none there.

    A mark of no width within it tells the two apart, and people see no difference.
    """
    spelled: list[dict[str, Any]] = []
    for message in messages:
        content = message["content"]
        if isinstance(content, str):
            content = _SPECIAL.sub("\\g<0>\u200b", content)
        else:
            texts = [part["text"] if part["type"] == "text" else None for part in content]
            content = [
                part if text is None else {**part, "text": _SPECIAL.sub("\\g<0>\u200b", text)}
                for part, text in zip(content, texts, strict=True)
            ]
        spelled.append({**message, "content": content})
    return spelled


def plain_messages(messages: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, str]], list[Pillow.Image]]:
    """A conversation as servers take it, for a model in this process: its turns as texts, and its pictures in order."""
    turns: list[dict[str, str]] = []
    pictures: list[Pillow.Image] = []
    for message in messages:
        content = message["content"]
        parts: Any = [{"type": "text", "text": content}] if isinstance(content, str) else content
        turns.append({"role": message["role"], "content": "".join(part.get("text", "") for part in parts)})
        urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
        pictures += [read_picture(base64.b64decode(url.partition(",")[2])) for url in urls]
    return turns, pictures


def data_url(image: Image, pixels: Pixels | None = None) -> str:
    """The picture as a data URL; encoded anew only when its size or its format is one that servers do not take."""
    data, kind = image.data, format_of(image.data).lower()
    width, height = picture_size(data)
    outside = pixels is not None and not pixels.least <= width * height <= pixels.most
    if outside or kind not in _AS_THEY_CAME:
        picture = read_picture(data)
        if pixels is not None:
            height, width = smart_resize(picture.height, picture.width, pixels)
            picture = picture.resize((width, height), Pillow.Resampling.LANCZOS)
        out = io.BytesIO()
        picture.save(out, "PNG")
        data, kind = out.getvalue(), "png"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def image_tokens(image: Image, pixels: Pixels) -> int:
    """How many tokens the picture costs a Qwen-VL model."""
    width, height = picture_size(image.data)
    height, width = smart_resize(height, width, pixels)
    return (height // PATCH) * (width // PATCH)


def smart_resize(height: int, width: int, pixels: Pixels) -> tuple[int, int]:
    """Height and width that Qwen-VL's processors give a picture: whole patches, its area within the limits.

    The rule of `qwen_vl_utils.smart_resize`, which cannot be had without torch.

    Raises:
        ValueError: one side is more than 200 times the other.
    """
    if max(height, width) > _LONGEST_SIDES * min(height, width):
        raise ValueError(f"a picture of {width} × {height} pixels is too thin for a model to see")
    sides = [max(PATCH, round(side / PATCH) * PATCH) for side in (height, width)]
    if sides[0] * sides[1] > pixels.most:
        shrink = (height * width / pixels.most) ** 0.5
        sides = [max(PATCH, int(side / shrink / PATCH) * PATCH) for side in (height, width)]
    elif sides[0] * sides[1] < pixels.least:
        stretch = (pixels.least / (height * width)) ** 0.5
        sides = [-int(-side * stretch // PATCH) * PATCH for side in (height, width)]
    return sides[0], sides[1]
