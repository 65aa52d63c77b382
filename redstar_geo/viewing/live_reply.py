"""One reply while it comes in: its reasoning, its response, its tokens and seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Literal

from redstar_geo.generation.reply import Reply
from redstar_geo.generation.request import Delta
from redstar_geo.records import Problem, Trace, Verdict
from redstar_geo.thinking import split_thinking

_OPENING = "<think>"
LONGEST = 400_000  # characters of an answer, and of its reasoning; a longer one is truncated


@dataclass
class LiveReply:
    """What one sample has said so far. `state` ends as done, stopped or failed (`failure` then says why)."""

    name: str
    sample: int = 0
    content: str = ""
    reasoning: str = ""
    tokens: int = 0
    finish_reason: str = "none"
    state: Literal["running", "done", "stopped", "failed"] = "running"
    failure: str = ""
    verdict: Verdict | None = None
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None

    def take(self, delta: Delta) -> None:
        """Add a piece, as far as there is room."""
        self.content = (self.content + delta.content)[:LONGEST]
        self.reasoning = (self.reasoning + delta.reasoning)[:LONGEST]
        self.tokens += delta.tokens
        self.finish_reason = "length" if self.full else delta.finish_reason or self.finish_reason

    def end(self, state: Literal["done", "stopped", "failed"], failure: str = "") -> None:
        self.state, self.failure, self.ended = state, failure, time.monotonic()

    @property
    def full(self) -> bool:
        return len(self.content) + len(self.reasoning) >= LONGEST

    @property
    def seconds(self) -> float:
        return (self.ended or time.monotonic()) - self.started

    def parts(self) -> tuple[str, str]:
        """Reasoning and response as they stand; a tag that is not yet closed is all reasoning."""
        if self.reasoning:
            return self.reasoning.strip(), self.content.strip()
        text = self.content.lstrip()
        return ("", "") if _OPENING.startswith(text) else split_thinking(text)

    def trace(self, problem: Problem) -> Trace:
        """As a data run would keep it; one that was stopped or failed counts as truncated."""
        finish_reason = "length" if self.state in ("stopped", "failed") else self.finish_reason
        reply = Reply(self.content, *self.parts(), finish_reason, None, self.tokens or None, self.seconds)
        return replace(reply.trace(problem.id, self.sample, teacher=self.name), verdict=self.verdict)
