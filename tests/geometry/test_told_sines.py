"""Systems of sines and cosines are worked out by hand: equal sines, an angle from its sine, functions of 90° − x."""

from __future__ import annotations

import pytest

from redstar_geo.geometry.narrate.lines import Line
from redstar_geo.geometry.narrate.solving import solution
from redstar_geo.geometry.proof import Solve
from tests.geometry.test_told_by_hand import angle, line, sines, total


def told(unknown: str, worth: str, equations: tuple[str, ...], **known: str) -> list[Line]:
    """The lines of a solution; two letters name a length, three an angle."""
    values = tuple((line(name) if len(name) == 2 else angle(name), value) for name, value in known.items())
    solved = solution(Solve(unknown, worth, equations, values), "en")
    assert solved is not None
    return list(solved.lines)


def test_angles_with_equal_sines_are_equal_where_they_cannot_make_180() -> None:
    equations = (total("OAB", "ABO", "BOA"), sines("OA", "OAB", "OC", "ACO"), sines("OC", "OCB", "OB", "ABO"))
    lines = told(line("OC"), "sqrt(3)", equations, BOA="120", OB="2*sqrt(3)", OA="2*sqrt(3)", ACO="90", OCB="90")
    assert "∠ABO = ∠OAB" in [each.text for each in lines if each.kind == "equal_sines"]
    assert lines[-1].text.endswith("√3")


def test_of_two_angles_with_one_sine_the_impossible_one_is_named() -> None:
    """CD = 20, ∠BDF = ∠FBG = 30°, right angles at A, F and C; how long is AB?"""
    equations = (
        f"Equal(Add(Pow({line('CA')},2),Pow({line('AB')},2)),Pow({line('CB')},2))",
        total("BDF", "DGB", "GBD"),
        total("DCB", "GBD", "BDC"),
        sines("BD", "BDF", "BG", "DGB"),
        sines("BG", "BGF", "BF", "DFB"),
        sines("CD", "DCB", "BD", "GBD"),
        sines("BD", "BDC", "CB", "DCB"),
        sines("CA", "CAB", "CB", "FBG"),
        sines("BD", "BDF", "BF", "DFB"),
    )
    known = {"BDF": "30", "CAB": "90", "DFB": "90", "FBG": "30", "BGF": "60", "DCB": "90"}
    lines = told(line("AB"), "30", equations, CD="20", **known)
    assert [(each.text, each.discarded, each.absurd) for each in lines if each.discarded] == [
        ("∠DGB = 120°", "∠DGB = 60°", "∠BDC = 0°")
    ]
    assert lines[-1].text == "AB = 30"


def test_the_angle_sum_of_a_triangle_is_told_where_only_its_sines_are() -> None:
    equations = (sines("AB", "ABC", "AC", "BCA"), sines("BC", "BCA", "AB", "CAB"))
    lines = told(line("AC"), "10*sqrt(3)", equations, BC="10", ABC="60", BCA="90")
    assert (lines[0].kind, lines[0].text) == ("angle_sum", "∠ABC + ∠BCA + ∠CAB = 180°")
    assert "∠CAB = 180° − 150° = 30°" in [each.text for each in lines]


@pytest.mark.parametrize(
    ("equations", "unknown", "worth", "known", "step"),
    [
        (  # a sine that cancels
            (sines("AC", "ACB", "AB", "CBA"), sines("BC", "CBA", "AC", "BAC")),
            f"Sin({angle('BAC')})",
            "4/5",
            {"AB": "10", "BC": "8", "ACB": "90"},
            "8 · sin ∠CBA = 10 · sin ∠CBA · sin ∠BAC",
        ),
        (  # one product in two equations
            (sines("AB", "ABD", "AD", "BDA"), sines("AC", "ACD", "AD", "BDA")),
            line("AC"),
            "2*sqrt(6)",
            {"AB": "4", "ABD": "60", "ACD": "45"},
            "AC = (2√3) / (√2/2) = 2√6",
        ),
        (  # 90° − x
            (
                f"Equal({angle('CAB')},{angle('CBD')})",
                total("ABC", "BCA", "CAB"),
                total("CBD", "BDC", "DCB"),
                sines("BC", "BCA", "AB", "CAB"),
                sines("BC", "CBD", "CD", "BDC"),
            ),
            line("CD"),
            "9/4",
            {"AB": "4", "BC": "3", "ABC": "90", "DCB": "90"},
            "3 · cos ∠CBD = 4 · sin ∠CBD",
        ),
        (  # a square into a product
            (
                f"Equal(Add(Pow({line('AC')},2),Pow({line('BC')},2)),Pow({line('AB')},2))",
                f"Equal(Add(Pow({line('BC')},2),Mul(2,{line('AC')},{line('AB')},Cos({angle('BAC')}))),"
                f"Add(Pow({line('AC')},2),Pow({line('AB')},2)))",
            ),
            line("AC"),
            "6",
            {"BC": "6*sqrt(3)", "BAC": "60"},
            "AB · AC = 2 · AC²",
        ),
    ],
)
def test_sines_are_eliminated_like_other_unknowns(
    equations: tuple[str, ...], unknown: str, worth: str, known: dict[str, str], step: str
) -> None:
    assert step in [each.text for each in told(unknown, worth, equations, **known)]


def test_two_angles_with_one_sine_that_both_fit_are_not_chosen_between() -> None:
    """∠MBA may be 45° or 135°; only the figure knows."""
    equations = (
        f"Equal({line('MC')},{line('MB')})",
        total("MBA", "CAM", "AMB"),
        sines("MC", "MCD", "MD", "CDM"),
        sines("MB", "MBA", "MA", "CAM"),
        sines("AB", "CAM", "MB", "AMB"),
        sines("CB", "CBM", "MC", "BMC"),
        sines("MD", "MDB", "MA", "CAM"),
    )
    known = {"AB": "1", "CAM": "30", "CBM": "45", "MCD": "45", "BMC": "90", "CDM": "90", "MDB": "90"}
    values = tuple((line(name) if len(name) == 2 else angle(name), value) for name, value in known.items())
    assert solution(Solve(line("CB"), "-1+sqrt(3)", equations, values), "en") is None
