"""Marks in the picture: what is equal or parallel bears the same number of ticks, arcs or arrows."""

from redstar_geo.geometry.construct.deduction import Deduction
from redstar_geo.geometry.construct.sketch import Sketch, signs
from redstar_geo.geometry.figure import Mark

POINTS = {name: (float(i), float(i * i)) for i, name in enumerate("ABCDEFGH")}


def marks_of(*givens: str) -> list[tuple[Mark, ...]]:
    deduction = Deduction(givens, "LengthOfLine(AB)")
    return signs(Sketch(POINTS, "AB CD", deduction, ("", ""), ()))


def equal(first: str, second: str) -> str:
    return f"Equal(LengthOfLine({first}),LengthOfLine({second}))"


def test_equals_of_equals_bear_the_same_ticks() -> None:
    first, second, other = marks_of(equal("AB", "CD"), equal("CD", "EF"), equal("BC", "GH"))
    assert {mark.count for mark in (*first, *second)} == {1}
    assert {mark.count for mark in other} == {2}


def test_what_would_need_two_kinds_of_ticks_is_left_to_the_text() -> None:
    assert marks_of(equal("AB", "CD"), equal("EF", "GH"), equal("AB", "EF"))[2] == ()


def test_an_equilateral_triangle_has_one_kind_of_ticks() -> None:
    (marks,) = marks_of("EquilateralTriangle(ABC)")
    assert {mark.count for mark in marks} == {1}
    assert {frozenset(mark.points) for mark in marks} == {frozenset("AB"), frozenset("BC"), frozenset("CA")}


def test_arrows_of_parallels_point_the_same_way() -> None:
    first, second = marks_of("ParallelBetweenLine(AB,CD)", "ParallelBetweenLine(EF,BA)")
    assert [mark.points for mark in first] == ["AB", "CD"]
    assert [mark.points for mark in second] == ["FE", "AB"]
    assert {mark.count for mark in (*first, *second)} == {1}
