"""What an evaluation asks of a backend, and what it gets."""

from __future__ import annotations

import base64
import os
from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Protocol

from PIL import Image as Pillow

from redstar_geo.errors import InputError
from redstar_geo.generation.prompt import prompt_messages
from redstar_geo.records import Image, Problem

Key = tuple[str, int]  # problem, number of the attempt


@dataclass(frozen=True)
class Generation:
    """The one set of settings that answers are written with; temperature 0 takes the likeliest token.

    Nothing else applies: a `generation_config.json` that came with a model changes only where its answers end.
    """

    max_new_tokens: int
    temperature: float
    top_p: float
    seed: int


@dataclass(frozen=True)
class Sample:
    """One attempt that is wanted at a problem; a `plain` one is asked in the problem's own words alone."""

    problem: Problem
    number: int
    plain: bool = False

    @property
    def key(self) -> Key:
        return self.problem.id, self.number

    def messages(self) -> list[dict[str, str]]:
        """What the model is asked, without the pictures."""
        plain = [{"role": "user", "content": self.problem.question}]
        return plain if self.plain else prompt_messages(self.problem)


@dataclass(frozen=True)
class Answer:
    """One attempt as it came.

    Attributes:
        text: all of it, thoughts included.
        finish_reason: `length` when it was cut.
        tokens: how many were written; None where a server does not say.
        failure: why there is no answer, and would be none if it was asked again.
    """

    text: str
    finish_reason: str
    tokens: int | None
    seconds: float
    failure: str | None = None


Keep = Callable[[Sequence[tuple[Sample, Answer]]], None]


@dataclass(frozen=True)
class Shard:
    """Which part of the work is this process's: rank `rank` of `ranks`, as torchrun numbers them."""

    rank: int = 0
    ranks: int = 1
    local_rank: int = 0

    @classmethod
    def here(cls) -> Shard:
        """By torchrun's variables; without them this process does all.

        Raises:
            InputError: they are no numbers, or the rank is not below the number of ranks.
        """
        given = [os.environ.get(name, usual) for name, usual in (("RANK", "0"), ("WORLD_SIZE", "1"))]
        local = os.environ.get("LOCAL_RANK", given[0])
        if not all(text.isdecimal() for text in (*given, local)) or int(given[0]) >= int(given[1]):
            raise InputError(
                f"RANK={given[0]}, WORLD_SIZE={given[1]} and LOCAL_RANK={local} name no part of the work. Start the "
                "ranks with torchrun, or unset these variables."
            )
        return cls(int(given[0]), int(given[1]), int(local))


class Backend(Protocol):
    def answer(self, samples: Sequence[Sample], done: Container[Key], keep: Keep, shard: Shard) -> Counter[str]:
        """Answer this shard's part of the samples that are not done, giving each to `keep` as soon as it is there.

        Returns:
            How many could not be answered now, by reason; asked again they may be.

        Raises:
            InputError: the model, a server or a setting is at fault.
            RedStarError: the backend cannot go on; what was kept stays.
        """


def chat_messages(sample: Sample) -> list[dict[str, Any]]:
    """The problem as messages of an OpenAI-compatible chat, the pictures before the text and in their own size."""
    pictures = [{"type": "image_url", "image_url": {"url": _data_url(image)}} for image in sample.problem.images]
    (message,) = sample.messages()
    text = message["content"]
    return [{"role": "user", "content": [*pictures, {"type": "text", "text": text}] if pictures else text}]


def _data_url(image: Image) -> str:
    data = image.data
    with Pillow.open(BytesIO(data)) as opened:
        kind = str(opened.format).lower()
        if kind not in ("png", "jpeg"):  # the forms that every server takes
            out = BytesIO()
            opened.convert("RGB").save(out, "PNG")
            data, kind = out.getvalue(), "png"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
