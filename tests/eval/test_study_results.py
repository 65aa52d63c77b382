"""Intervals and fitted laws of a study, against what they are made from."""

from __future__ import annotations

import numpy as np
import pytest

from redstar_geo.scores.wilson import accuracy
from redstar_geo.study.power import fit
from redstar_geo.study.results import Reading, score


def readings(error: float, repeats: int, problems: int, chance: np.random.Generator) -> list[Reading]:
    found = []
    for _ in range(repeats):
        right = chance.random(problems) >= error
        found.append(Reading(float(right.mean()), problems, {str(n): [bool(r)] for n, r in enumerate(right)}))
    return found


def test_one_repeat_has_wilsons_interval_and_repeats_that_agree_do_not_narrow_it() -> None:
    (one,) = readings(0.3, 1, 200, np.random.default_rng(0))
    alone, thrice = score([one]), score([one, one, one])
    expected = accuracy(round(one.value * 200), 200)
    for found in (alone, thrice):
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert alone.t_low is None and thrice.t_low == thrice.t_high == pytest.approx(one.value)


def test_students_interval_over_repeats() -> None:
    found = score([Reading(value, 10) for value in (0.2, 0.3, 0.4)])
    assert found.value == pytest.approx(0.3) and found.low is None
    assert found.t_high == pytest.approx(0.3 + 4.302653 * 0.1 / 3**0.5)  # t of two degrees of freedom


def test_the_law_is_found_and_its_interval_holds_it_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(20):
        chance = np.random.default_rng(seed)
        law = fit({float(n): readings(2 * n**-0.4, 3, 300, chance) for n in (16, 64, 256, 1024)})
        assert law is not None and law.r2 > 0.9 and law.points == 4
        assert (law.error_low <= law.error).all() and (law.error <= law.error_high).all()
        held += law.low <= 0.4 <= law.high
    assert held >= 17


def test_no_law_without_three_sizes_or_any_change() -> None:
    chance = np.random.default_rng(0)
    assert fit({1.0: readings(0.5, 1, 50, chance), 2.0: readings(0.4, 1, 50, chance)}) is None
    assert fit({float(n): readings(1.1, 1, 50, chance) for n in (1, 2, 4)}) is None
    assert fit({0.0: readings(0.9, 1, 50, chance), 1.0: readings(0.5, 1, 50, chance)}) is None


def test_the_law_is_of_the_problems_that_all_were_asked() -> None:
    levels = {x: [Reading(0.5, 3, {"a": [x > 1], "b": [x > 2], f"of {x}": [True]})] for x in (1.0, 2.0, 4.0)}
    found = fit(levels)
    assert found is not None and found.points == 3 and found.error[0] > found.error[-1]
    assert fit({x: [Reading(0.5, 1, {f"of {x}": [x > 1]})] for x in (1.0, 2.0, 4.0)}) is None
