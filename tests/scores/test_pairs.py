"""Right on both, on one, on none: of pairs, with what has lost its other one counted."""

from __future__ import annotations

import pytest

from redstar_geo.scores import accuracy
from redstar_geo.scores.pairs import Pairs, rights
from redstar_geo.scores.summary import Attempt

PAIR_OF = {f"{letter}{n}": letter for letter in "abcd" for n in (1, 2)}


def attempt(problem: str, right: bool) -> Attempt:
    return Attempt(problem, "correct" if right else "wrong", "equal", "1", False, 1)


def test_pairs_by_hand() -> None:
    right = {"a1", "a2", "b1", "x"}
    attempts = [attempt(each, each in right) for each in ("a1", "b1", "c1", "c2", "d1", "x", "b2", "a2")]
    found, unpaired = rights(attempts, PAIR_OF)
    assert (found, unpaired) == ({"a": [2], "b": [1], "c": [0]}, 1), "d has one, and x is of no pair"
    whole = Pairs.of(found.values())
    assert whole.pairs == 3 and whole.both == whole.one == whole.none == accuracy(1, 3)


def test_attempts_at_one_pair_are_held_against_each_other_by_their_numbers() -> None:
    taken = {"a1": (True, False), "a2": (True, True), "b1": (False, True), "b2": (False, False)}
    found, unpaired = rights([attempt(each, right) for each, two in taken.items() for right in two], PAIR_OF)
    assert found == {"a": [2, 1], "b": [0, 1]} and unpaired == 0
    whole = Pairs.of(found.values())
    assert (whole.both.correct, whole.one.correct, whole.none.correct, whole.both.n) == (1, 2, 1, 4)


def test_no_pairs_have_no_share() -> None:
    assert Pairs.of([]).both.accuracy is None
    with pytest.raises(ValueError, match="zip"):
        rights([attempt("a1", True), attempt("a2", True), attempt("a2", True)], PAIR_OF)
