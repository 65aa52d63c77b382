"""A statement that was read, and where: the one currency between reading, putting together and certificates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from redstar_geo.geometry.cdl import Term

Source = Literal["text", "picture", "person"]


@dataclass(frozen=True)
class Said:
    """A statement of the formal language and its origin.

    Attributes:
        statement: it may leave open what its words leave open (`SomeRight(ABC)`: with the right angle anywhere).
        words: as it was said, for a person who checks the reading.
    """

    statement: Term
    words: str
    source: Source = "text"

    def __str__(self) -> str:
        return str(self.statement)
