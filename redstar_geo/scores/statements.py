"""How well diagrams are read: precision, recall and F1 of statements, by their kind and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from redstar_geo.geometry.reading import KINDS, Statement

ALL, VALUES = "all", "values"  # of every kind; of the lengths and angles that are written in the picture
_VALUED = ("length", "angle")


@dataclass(frozen=True)
class Agreement:
    """Of statements: how many are `there`, how many were `said`, how many of these are `right`."""

    there: int
    said: int
    right: int

    @property
    def precision(self) -> float | None:
        """None where nothing was said."""
        return self.right / self.said if self.said else None

    @property
    def recall(self) -> float | None:
        """None where there is nothing to say."""
        return self.right / self.there if self.there else None

    @property
    def f1(self) -> float | None:
        """None where nothing is there and nothing was said."""
        together = self.there + self.said
        return 2 * self.right / together if together else None

    def as_dict(self) -> dict[str, int | float | None]:
        """The three counts and the three shares."""
        return asdict(self) | {"precision": self.precision, "recall": self.recall, "f1": self.f1}


def agreement(read: Iterable[tuple[set[Statement], set[Statement], int]]) -> dict[str, Agreement]:
    """By kind, of values, and of all together, over pictures.

    Args:
        read: for each picture what it shows, what was said of it, and how many parts of that could not be understood:
            they count as said, in all, and as wrong.
    """
    there, said, right = Counter[str](), Counter[str](), Counter[str]()
    for shown, told, unreadable in read:
        for counted, statements in ((there, shown), (said, told), (right, shown & told)):
            counted.update(statement.kind for statement in statements)
            counted[ALL] += len(statements)
            counted[VALUES] += sum(statement.kind in _VALUED for statement in statements)
        said[ALL] += unreadable
    return {
        kind: Agreement(there[kind], said[kind], right[kind])
        for kind in (*KINDS, VALUES, ALL)
        if there[kind] or said[kind]
    }
