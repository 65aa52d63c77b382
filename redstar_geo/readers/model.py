"""Models as readers of pictures: one behind an address, or one in a folder. Each is asked for what the diagram shows in
the language of `formalise.picture`, again where that cannot be read, and as often as is wanted for a majority.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.formalise.agreement import agreed
from redstar_geo.formalise.picture import Depiction, told_parts
from redstar_geo.generation.address import Endpoint, ServerAddress
from redstar_geo.generation.chat import Pixels, user_message
from redstar_geo.generation.client import Client, Outcome
from redstar_geo.generation.events import first_model
from redstar_geo.generation.reply import BadReply, Reply, read_reply
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.generation.served import request_body
from redstar_geo.geometry.reading import QUESTION
from redstar_geo.pictures.read import read_picture
from redstar_geo.records import Image

if TYPE_CHECKING:
    from redstar_geo.generation.local import LocalModel

PROMPT = f"""{QUESTION}

Parts are separated by semicolons. A line is written once, from end to end, with all points on it in their order. \
⊙O: AB says that A and B lie on the circle round O. Equal lengths, equal angles and parallel lines are written where \
ticks, arcs or arrows mark them. Say of every line on which sides of it the points beside it lie, and of every circle \
with four points or more in which order: AB separates C from D, E; C, D on the same side of AB; \
A, C, B, D in this order on ⊙O. So may be said: D inside ∠ABC; P inside △ABC; C on the minor arc AB of ⊙O; \
sector OAB is the smaller one. ∠ABC = ? or AB = ? is what the diagram asks for. Write only what the diagram itself \
shows: nothing that the question says, nothing computed, no answer, no other words.

Examples of whole replies:
lines AB, AC, BDC, AD; ∠ABD = 50°; BD = 4; ∠ADB = 90°; AB = AC; AD separates B from C
lines AOB, AC, BC, PA; ⊙O: ABC; PA touches ⊙O at A; ∠BAC = (2x+10)°; OA = 5; C, P on opposite sides of AB

The question that the diagram belongs to, only so that its letters are named alike: """
_AGAIN = "These parts are not in that form: {}. Write the whole reply again in that form, and nothing else."
_SAMPLED = 0.7  # temperature of several samples, and of another try
_SETTINGS = GenerationSettings(max_new_tokens=1024)
_TRIES = 3
_SHOWN = 5  # parts that could not be read, in the words that ask again


@dataclass
class _Sample:
    """One reading that is wanted: the best text so far, and how often it was asked for."""

    number: int
    tries: int = 0
    text: str | None = None
    last: str = ""

    @property
    def unreadable(self) -> tuple[str, ...]:
        return told_parts(self.last).unread

    def take(self, text: str) -> None:
        """Keep the text with the fewest parts that cannot be read, of these the one that says most."""
        self.tries, self.last = self.tries + 1, text
        self.text = text if self.text is None else min(self.text, text, key=_flaws)

    @property
    def done(self) -> bool:
        return self.tries >= _TRIES or _flaws(self.last)[:2] == (False, 0)


def _flaws(text: str) -> tuple[bool, int, int]:
    parts = told_parts(text)
    said = len(parts.drawn) + len(parts.places)
    return not said, len(parts.unread), -said


Complete = Callable[[Image, str, Sequence[_Sample]], list[Reply]]


@dataclass
class ModelReader:
    """Reads with a model; made by `served` or `in_folder`.

    Attributes:
        samples: readings of a picture, of which more than half have to agree.
    """

    complete: Complete = field(repr=False)
    samples: int = 1

    def read(self, picture: Image, question: str) -> Depiction:
        """See `PictureReader`; for a thread without an event loop.

        Raises:
            RedStarError: no sample came.
        """
        wanted = [_Sample(number) for number in range(self.samples)]
        failures: list[str] = []
        while asked := [each for each in wanted if not each.done]:
            for sample, reply in zip(asked, self.complete(picture, question, asked), strict=True):
                if reply.failure is None:
                    sample.take(reply.response)
                else:
                    failures.append(f"{reply.failure}: {reply.said}".rstrip(": "))
                    sample.tries = _TRIES
        came = [each.text for each in wanted if each.text is not None]
        if not came:
            raise RedStarError(f"The picture could not be read: {failures[0]}.")
        found = agreed(came)
        lost = {"did not come": len(wanted) - len(came), "said nothing": sum(not text.strip() for text in came)}
        told = (f"{count} of {len(wanted)} readings {what}" for what, count in lost.items() if count)
        return replace(found, unread=(*told, *found.unread))


def served(server: ServerAddress, model: str = "", samples: int = 1) -> ModelReader:
    """The model of this name at an OpenAI-compatible server, or its first one.

    Raises:
        InputError: the server does not answer, or has no such model; later, when it is asked.
    """
    return ModelReader(partial(_served, server, model), samples)


def in_folder(folder: str, samples: int = 1) -> ModelReader:
    """A model at a folder or hub id that was trained to read diagrams, as the base is: asked in those words alone."""
    return ModelReader(_Folder(folder), samples)


def _served(server: ServerAddress, model: str, picture: Image, question: str, asked: Sequence[_Sample]) -> list[Reply]:
    return asyncio.run(_ask(server, model, picture, question, asked))


async def _ask(
    server: ServerAddress, model: str, picture: Image, question: str, asked: Sequence[_Sample]
) -> list[Reply]:
    name = model or await first_model(server)
    first = user_message(PROMPT + question, [picture], Pixels())

    def request(sample: _Sample) -> Mapping[str, Any]:
        messages = [first]
        if sample.unreadable:
            again = _AGAIN.format("; ".join(repr(part[:80]) for part in sample.unreadable[:_SHOWN]))
            messages += [{"role": "assistant", "content": sample.last}, {"role": "user", "content": again}]
        return request_body(name, messages, _settings(sample))

    replies: dict[int, Reply] = {}
    async with Client(Endpoint(servers=[server], give_up_s=60)) as client:
        await client.check(name)
        async for sample, outcome in client.ask_all(deque(asked), request):
            replies[sample.number] = _reply(outcome)
    return [replies[sample.number] for sample in asked]


def _reply(outcome: Outcome) -> Reply:
    if outcome.failure is not None:
        return Reply.failed(outcome.failure, outcome.seconds, outcome.body["detail"])
    try:
        return read_reply(outcome.body)
    except BadReply as error:
        return Reply.failed("bad_reply", outcome.seconds, str(error))


def _settings(sample: _Sample) -> GenerationSettings:
    """The likeliest text of the first sample at first; all others differ by their seeds."""
    certain = sample.number == 0 and sample.tries == 0
    seed = sample.number * _TRIES + sample.tries
    return replace(_SETTINGS, temperature=0.0 if certain else _SAMPLED, seed=seed)


class _Folder:
    """A model in this process, which is loaded when it is first asked."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    @cached_property
    def _model(self) -> LocalModel:
        from redstar_geo.generation.local import LocalModel

        model = LocalModel(self._folder)
        if not model.family.sees:
            raise InputError(f"{self._folder} is a model that sees no pictures. Name one that does as the reader.")
        return model

    def __call__(self, picture: Image, question: str, asked: Sequence[_Sample]) -> list[Reply]:
        model = self._model
        prompt = model.encode("picture", [{"role": "user", "content": QUESTION}], [read_picture(picture.data)])
        return [model.complete([prompt], _settings(each))[0] for each in asked]
