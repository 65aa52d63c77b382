"""What is asked of a model, and what comes of it: the types that teacher, evaluation, training, RL and app share."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Container, Sequence
from dataclasses import dataclass
from typing import Protocol

from redstar_geo.errors import InputError
from redstar_geo.generation.prompt import prompt_messages
from redstar_geo.generation.reply import Reply
from redstar_geo.records import Problem

Key = tuple[str, int]  # problem, number of the sample


@dataclass(frozen=True)
class GenerationSettings:
    """The one set of settings that completions are written with; temperature 0 takes the likeliest token.

    Nothing else applies: a `generation_config.json` that came with a model changes only where its completions end.

    Attributes:
        stop: strings that end a completion as the end of the turn does; they stay in its text.
    """

    max_new_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sample:
    """One completion that is wanted for a problem; a `plain` one is asked for in the problem's own words alone."""

    problem: Problem
    number: int
    plain: bool = False

    @property
    def key(self) -> Key:
        return self.problem.id, self.number

    def messages(self) -> list[dict[str, str]]:
        """The conversation, without the pictures."""
        plain = [{"role": "user", "content": self.problem.question}]
        return plain if self.plain else prompt_messages(self.problem)


@dataclass(frozen=True)
class Delta:
    """What a stream has brought since the last one; servers that know the reasoning apart send it as such."""

    content: str = ""
    reasoning: str = ""
    tokens: int = 0
    finish_reason: str | None = None


class Streaming(Protocol):
    """Whoever answers while a person watches. Closing the iterator ends the generation where it runs."""

    name: str

    def stream(self, problem: Problem, settings: GenerationSettings) -> AsyncIterator[Delta]:
        """Raises:
        RedStarError: no completion can be had; the message is for people.
        """


Keep = Callable[[Sequence[tuple[Sample, Reply]]], None]


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
    """Whoever answers an evaluation."""

    def answer(self, samples: Sequence[Sample], done: Container[Key], keep: Keep, shard: Shard) -> Counter[str]:
        """Answer this shard's part of the samples that are not done, giving each to `keep` as soon as it is there.

        Returns:
            How many could not be answered now, by reason; asked again they may be.

        Raises:
            InputError: the model, a server or a setting is at fault.
            RedStarError: the backend cannot go on; what was kept stays.
        """
