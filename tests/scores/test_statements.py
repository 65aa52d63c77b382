"""Precision, recall and F1 of what was read, by kind and in all."""

from __future__ import annotations

import pytest

from redstar_geo.geometry.reading import read
from redstar_geo.scores.statements import agreement


def test_agreement_by_kind_and_in_all() -> None:
    first, second = read("AB = 12; ∠ABC = 53°; AB ∥ CD")[0], read("AB = 7; lines AB, AC")[0]
    told, unreadable = read("BA = 12; ∠ABC = 54°; it is a nice figure")
    found = agreement([(first, told, unreadable), (second, read("lines AB, AC, BC")[0], 0)])
    length, whole = found["length"], found["all"]
    assert (length.there, length.said, length.right) == (2, 1, 1)
    assert (length.precision, length.recall) == (1.0, 0.5) and length.f1 == pytest.approx(2 / 3)
    assert (found["angle"].precision, found["angle"].recall, found["angle"].f1) == (0.0, 0.0, 0.0)
    assert found["parallel"].precision is None and found["parallel"].recall == 0.0
    assert (whole.there, whole.said, whole.right) == (6, 6, 3), "what cannot be understood was said, and is wrong"
    assert "tangent" not in found


def test_nothing_there_and_nothing_said() -> None:
    assert agreement([(set(), set(), 0)]) == {}
