"""How many samples a prompt gets: as many as the paper (fixed), or until enough of them are verified (adaptive)."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

_BEFORE = 2.0  # observations that the typical pass rate counts for, before a prompt has shown its own


@dataclass
class Prompt:
    """What is known of one problem's samples.

    Attributes:
        most: samples that it can get.
        issued: samples requested, whatever their outcome.
        in_flight: those of them without an outcome yet.
        to_ask_again: failures that a later run need not meet.
        outcomes: `correct`, `wrong`, `undecided`, `rejected` or `failed` → how many.
    """

    most: int
    issued: int = 0
    in_flight: int = 0
    to_ask_again: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def correct(self) -> int:
        return self.outcomes["correct"]

    @property
    def decided(self) -> int:
        return sum(self.outcomes.values()) - self.outcomes["failed"]


class Policy(Protocol):
    def more(self, prompt: Prompt) -> int:
        """How many samples to request now."""

    def finished(self, prompt: Prompt) -> bool:
        """Whether nothing more will be requested and nothing is in flight."""

    def satisfied(self, prompt: Prompt) -> bool:
        """Whether a finished prompt needs nothing from a later run."""

    def learn(self, outcome: str) -> None:
        """Update the estimate with an outcome of any prompt."""


class Fixed:
    """As many samples as a prompt can get; the paper takes 10, and more for harder ones."""

    def more(self, prompt: Prompt) -> int:
        return prompt.most - prompt.issued

    def finished(self, prompt: Prompt) -> bool:
        return prompt.issued >= prompt.most and prompt.in_flight == 0

    def satisfied(self, prompt: Prompt) -> bool:
        return prompt.to_ask_again == 0

    def learn(self, outcome: str) -> None:
        """Nothing depends on it."""


@dataclass
class Adaptive:
    """Sample until `wanted` samples are verified, or the prompt has had its most.

    What is in flight counts with the prompt's estimated pass rate: its own observations, with the typical rate of all
    prompts as a start. So an easy prompt gets about `wanted` samples, and what that saves goes to the hard ones.
    """

    wanted: int
    _right: int = 0
    _decided: int = 0

    def rate(self, prompt: Prompt) -> float:
        """The estimated pass rate, never 0 or 1."""
        typical = (self._right + 1) / (self._decided + 2)
        return (prompt.correct + _BEFORE * typical) / (prompt.decided + _BEFORE)

    def more(self, prompt: Prompt) -> int:
        rate = self.rate(prompt)
        missing = self.wanted - prompt.correct - prompt.in_flight * rate
        if missing < rate / 2:  # one more would more likely than not be one too many
            return 0
        return min(prompt.most - prompt.issued, max(1, math.floor(missing / rate)), max(1, prompt.issued // 2))

    def finished(self, prompt: Prompt) -> bool:
        done = prompt.correct >= self.wanted or prompt.issued >= prompt.most
        return done and prompt.in_flight == 0

    def satisfied(self, prompt: Prompt) -> bool:
        return prompt.correct >= self.wanted or prompt.to_ask_again == 0

    def learn(self, outcome: str) -> None:
        if outcome != "failed":
            self._decided += 1
            self._right += outcome == "correct"


@dataclass
class Budget:
    """Bounds on a whole run; None is no bound. Money follows from tokens and the recipe's prices.

    Attributes:
        sent: requests sent so far, resumed ones included.
    """

    requests: int | None = None
    tokens: int | None = None
    money: float | None = None
    price_in: float = 0.0  # for a million prompt tokens
    price_out: float = 0.0
    sent: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def spent(self) -> float:
        return (self.tokens_in * self.price_in + self.tokens_out * self.price_out) / 1e6

    def exhausted(self) -> str | None:
        """Which bound is reached."""
        used = {"requests": self.sent, "tokens": self.tokens_in + self.tokens_out, "money": self.spent}
        bounds = {"requests": self.requests, "tokens": self.tokens, "money": self.money}
        return next((name for name, bound in bounds.items() if bound is not None and used[name] >= bound), None)

    def count(self, tokens_in: int | None, tokens_out: int | None) -> None:
        self.tokens_in += tokens_in or 0
        self.tokens_out += tokens_out or 0
