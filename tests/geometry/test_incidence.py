"""Lines, circles and tangents of a drawn figure, whatever segments it was given as."""

from __future__ import annotations

import pytest

from redstar_geo.geometry.figure import Circle, Figure
from redstar_geo.geometry.incidence import arm, lines, neighbours, on_circles, tangents

POINTS = {"A": (0.0, 0.0), "B": (4.0, 0.0), "C": (1.0, 3.0), "D": (2.0, 0.0), "E": (6.0, 0.0)}


@pytest.mark.parametrize("segments", [("AB", "BE"), ("AE",), ("EA", "DB"), ("BE", "DE", "DA"), ("AD", "DB", "BE")])
def test_a_line_is_one_however_it_is_drawn(segments: tuple[str, ...]) -> None:
    assert lines(Figure(POINTS, (*segments, "CA"))) == ["AC", "ADBE"]


def test_segments_of_one_line_that_do_not_meet_are_two() -> None:
    assert lines(Figure(POINTS, ("AD", "BE"))) == ["AD", "BE"]
    assert lines(Figure(POINTS, ("AB",), dashed=("BE",))) == ["ADBE"]


def test_next_points_and_arms() -> None:
    drawn = lines(Figure(POINTS, ("AE", "CA", "CD")))
    assert neighbours(drawn, "D") == ["A", "B", "C"]
    assert neighbours(drawn, "B") == ["D", "E"]
    assert arm(drawn, "A", "E") == "D"
    assert arm(drawn, "E", "A") == "B"
    assert arm(drawn, "C", "B") == "B", "no line is drawn there"


def test_circles_and_what_touches_them() -> None:
    points = {"O": (0.0, 0.0), "A": (0.0, 2.0), "P": (5.0, 2.0), "Q": (-5.0, 2.0), "B": (2.0, 0.0), "R": (2.0, 5.0)}
    figure = Figure(points, ("PQ", "OA", "RB", "RO"), {"O": Circle("O", 2.0)})
    assert on_circles(figure) == {"O": "AB"}
    assert list(tangents(figure)) == [("BR", "O", "B"), ("PAQ", "O", "A")]
