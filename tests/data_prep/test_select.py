from __future__ import annotations

import pytest

from redstar_geo.data_prep.select import Candidate, choose, paired
from redstar_geo.recipes.data import Pairing, by_level


def candidates(*texts: str, status: str = "correct") -> list[Candidate]:
    return [Candidate(row, "p", row, status, False, None, text) for row, text in enumerate(texts)]


def test_the_cap_holds_in_every_way_of_choosing() -> None:
    fit = candidates("aaaa bb", "a", "bbb c d", "aaaa bb cc", "x y")
    for how in ("first", "shortest", "random", "diverse"):
        assert len(choose(fit, 3, how)) == 3
        assert choose(fit, 9, how) == fit
    assert [c.sample for c in choose(fit, 2, "first")] == [0, 1]
    assert [c.sample for c in choose(fit, 2, "shortest")] == [1, 4]


def test_random_choice_is_drawn_by_seed_and_nothing_else() -> None:
    fit = candidates(*"abcdefgh")
    drawn = [c.sample for c in choose(fit, 3, "random")]
    assert drawn == [c.sample for c in choose(list(reversed(fit)), 3, "random")]
    reseeded = [Candidate(c.row, "p", c.sample, c.status, False, None, c.text, seed=1) for c in fit]
    assert drawn != [c.sample for c in choose(reseeded, 3, "random")]


def test_diverse_choice_leaves_out_what_is_like_another() -> None:
    one = "first we look at the angles of the triangle and add them up to one hundred and eighty degrees"
    two = "the circle has a radius of four so its area follows from the formula with pi and the square"
    fit = candidates(one, one + " again", two)
    assert [c.sample for c in choose(fit, 2, "diverse")] == [0, 2]


def test_pairs_are_alike_in_length_and_use_each_trace_once() -> None:
    right = candidates("r" * 100, "r" * 1000)
    wrong = [
        Candidate(10 + i, "p", 10 + i, "wrong", False, unfit, "w" * n)
        for i, (n, unfit) in enumerate([(900, None), (110, None), (100, "loop at the end"), (5000, None)])
    ]
    found = paired(right, [*right, *wrong], Pairing(length_ratio=1.5))
    assert [(pair["chosen"], pair["rejected"]) for pair in found] == [(0, 11), (1, 10)]
    assert paired(right, right, Pairing()) == []
    assert len(paired(right, [*right, *wrong], Pairing(per_problem=1))) == 1


@pytest.mark.parametrize(("difficulty", "number"), [(None, 10), (6.9, 10), (7, 20), (8.5, 20), (9.5, 40)])
def test_harder_prompts_get_their_own_number(difficulty: float | None, number: int) -> None:
    assert by_level({7: 20, 9: 40}, difficulty, 10) == number
