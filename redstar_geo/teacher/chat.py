"""Problem → messages of an OpenAI-compatible chat, pictures as data URLs in the sizes that Qwen-VL models take."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

from PIL import Image as Pillow

from redstar_geo.generation.prompt import prompt_messages
from redstar_geo.records import Image, Problem
from redstar_geo.sandbox.prompt import program_question

PATCH = 28  # pixels of a side behind one token of the language model
_ASK = {
    "en": "Think it through step by step, then give the final answer in \\boxed{}.",
    "zh": "请一步一步思考，最后把答案写在\\boxed{}里。",
}
Messages = list[dict[str, Any]]


def question_text(problem: Problem, as_taught: bool = False) -> str:
    """The question as a teacher reads it: with its choices, and with where to put the answer.

    Args:
        as_taught: in the words of a training, the only ones that a small model fine-tuned here knows.
    """
    if as_taught:
        return prompt_messages(problem)[0]["content"]
    if problem.answer_kind == "tests":
        return program_question(problem)
    choices = "\n".join(f"{letter}. {text}" for letter, text in zip("ABCDEFGH", problem.choices, strict=False))
    ask = _ASK.get(problem.language, _ASK["en"])
    return "\n".join(part for part in (problem.question, choices, ask) if part)


def messages(
    problem: Problem, system: str | None, min_pixels: int, max_pixels: int, as_taught: bool = False
) -> Messages:
    """The conversation that asks for a solution; the pictures come before the text."""
    pictures = [
        {"type": "image_url", "image_url": {"url": data_url(image, min_pixels, max_pixels)}} for image in problem.images
    ]
    text = question_text(problem, as_taught)
    content: Any = [*pictures, {"type": "text", "text": text}] if pictures else text
    first: Messages = [{"role": "system", "content": system}] if system else []
    return [*first, {"role": "user", "content": content}]


def keyed(problem: Problem, system: str | None, as_taught: bool = False) -> list[dict[str, Any]]:
    """The same conversation as the ledger's key sees it: pictures by their hash."""
    pictures = [{"image": image.sha256} for image in problem.images]
    first = [{"role": "system", "content": system}] if system else []
    return [*first, {"role": "user", "images": pictures, "content": question_text(problem, as_taught)}]


def data_url(image: Image, min_pixels: int, max_pixels: int) -> str:
    """The picture as a data URL; resized only when its sides are outside what the model takes."""
    with Pillow.open(io.BytesIO(image.data)) as opened:
        height, width = _sides(opened, min_pixels, max_pixels)
        inside = min_pixels <= opened.width * opened.height <= max_pixels
        data, kind = image.data, str(opened.format).lower()
        if not inside or kind not in ("png", "jpeg"):
            out = io.BytesIO()
            opened.convert("RGB").resize((width, height), Pillow.Resampling.LANCZOS).save(out, "PNG")
            data, kind = out.getvalue(), "png"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def image_tokens(image: Image, min_pixels: int, max_pixels: int) -> int:
    """How many tokens the picture costs a Qwen-VL model."""
    with Pillow.open(io.BytesIO(image.data)) as opened:
        height, width = _sides(opened, min_pixels, max_pixels)
    return (height // PATCH) * (width // PATCH)


def _sides(picture: Pillow.Image, min_pixels: int, max_pixels: int) -> tuple[int, int]:
    """Height and width that Qwen-VL's processors would give the picture."""
    from qwen_vl_utils import smart_resize  # brings torch along, which workers that send no picture can do without

    height, width = smart_resize(picture.height, picture.width, PATCH, min_pixels, max_pixels)
    return int(height), int(width)


def follow_up(conversation: Messages, said: Sequence[tuple[str, str]]) -> Messages:
    """The conversation with what was said after it: (role, text) in turn."""
    return [*conversation, *({"role": role, "content": text} for role, text in said)]
