"""One answer while it comes in: its thought, its answer, its tokens and seconds."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from redstar_geo.generation.reply import read_reply
from redstar_geo.records import Problem, Trace, Verdict

_OPENING = "<think>"


@dataclass(frozen=True)
class Settings:
    """What a person can set."""

    temperature: float = 0.6
    max_tokens: int = 2048


@dataclass(frozen=True)
class Delta:
    """What has come since the last one; servers that know the thought apart send it as `thought`."""

    content: str = ""
    thought: str = ""
    tokens: int = 0
    finish_reason: str | None = None


class Answerer(Protocol):
    """Whoever can answer. Closing the iterator ends the generation where it runs."""

    name: str

    def stream(self, problem: Problem, settings: Settings, sample: int) -> AsyncIterator[Delta]: ...


@dataclass
class Attempt:
    """What one sample has said so far. `state` ends as done, stopped or failed (`failure` then says why)."""

    name: str
    sample: int = 0
    content: str = ""
    thought: str = ""
    tokens: int = 0
    finish_reason: str = "unknown"
    state: Literal["running", "done", "stopped", "failed"] = "running"
    failure: str = ""
    verdict: Verdict | None = None
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None

    def take(self, delta: Delta) -> None:
        self.content += delta.content
        self.thought += delta.thought
        self.tokens += delta.tokens
        self.finish_reason = delta.finish_reason or self.finish_reason

    def end(self, state: Literal["done", "stopped", "failed"], failure: str = "") -> None:
        self.state, self.failure, self.ended = state, failure, time.monotonic()

    @property
    def seconds(self) -> float:
        return (self.ended or time.monotonic()) - self.started

    def parts(self) -> tuple[str, str]:
        """Thought and answer as they stand; a tag that is not yet closed is all thought."""
        if self.thought:
            return self.thought.strip(), self.content.strip()
        said = self.content.lstrip()
        if not said or _OPENING.startswith(said):
            return "", ""
        reply = read_reply({"choices": [{"message": {"content": said}}]})
        return reply.reasoning, reply.response

    def trace(self, problem: Problem) -> Trace:
        reasoning, response = self.parts()
        reason = "length" if self.state in ("stopped", "failed") else self.finish_reason
        return Trace(
            problem.id,
            self.sample,
            self.name,
            "",
            reasoning,
            response,
            reason,
            None,
            self.tokens or None,
            self.seconds,
            self.verdict,
        )
