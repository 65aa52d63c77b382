"""Counterfactual pairs: one question, two figures, two answers. Who is right on both has looked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from redstar_geo.scores.summary import Attempt, by_problem
from redstar_geo.scores.wilson import Accuracy, clustered

Rights = list[int]  # of a pair: how many of its two are right, attempt by attempt


@dataclass(frozen=True)
class Pairs:
    """How often both of a pair are right, one alone, and none; `pairs` is their number."""

    pairs: int
    both: Accuracy
    one: Accuracy
    none: Accuracy

    @classmethod
    def of(cls, rights: Iterable[Rights]) -> Pairs:
        """Of several pairs; the attempts at one are not independent of each other."""
        known = list(rights)
        both, one, none = (clustered([[right == n for right in each] for each in known]) for n in (2, 1, 0))
        return cls(len(known), both, one, none)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def rights(attempts: Iterable[Attempt], pair_of: Mapping[str, str]) -> tuple[dict[str, Rights], int]:
    """Of every pair how many are right, and how many problems are here without the other one.

    Args:
        attempts: those at a problem in the order of their numbers.
        pair_of: problem → the name of its pair, for those that have one.
    """
    members: dict[str, list[list[Attempt]]] = {}
    for problem, samples in by_problem(attempts).items():
        if problem in pair_of:
            members.setdefault(pair_of[problem], []).append(samples)
    found = {
        name: [one.correct + other.correct for one, other in zip(*both, strict=True)]
        for name, both in members.items()
        if len(both) == 2
    }
    return found, len(members) - len(found)
