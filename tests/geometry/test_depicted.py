"""FormalGeo's description of a diagram, as statements that can be read off it."""

from __future__ import annotations

import pytest

from redstar_geo.geometry.cdl import CDLError
from redstar_geo.geometry.depicted import depicted
from redstar_geo.geometry.reading import written


def test_lines_circles_and_marks() -> None:
    construction = [
        "Shape(PA,AO,OP)",
        "Shape(AO,OB,OAB)",
        "Shape(BC,CD,DB)",
        "Shape(CB,BE,EC)",
        "Collinear(POB)",
        "Cocircular(O,AB)",
    ]
    image = [
        "IsCentreOfCircle(O,O)",
        "IsTangentOfCircle(PA,O)",
        "Equal(LengthOfLine(OA),2*x-14)",
        "Equal(MeasureOfAngle(APB),4*y-10)",
        "Equal(LengthOfLine(PA),LengthOfLine(BC))",
        "PerpendicularBetweenLine(PA,OA)",
        "ParallelBetweenLine(CB,OP)",
        "Equal(MeasureOfArc(OAB),35)",
        "IsDiameterOfCircle(BC,O)",
    ]
    found, left_out = depicted(construction, image)
    assert written(found) == (
        "lines AO, AP, BC, BD, BE, BOP, CD, CE; ⊙O: AB; AP touches ⊙O at A; ∠APO = (4y-10)°; AO = 2x-14; "
        "∠OAP = 90°; AP = BC; BC ∥ BP"
    )
    assert left_out == ["Equal(MeasureOfArc(OAB),35)", "IsDiameterOfCircle(BC,O)"]


def test_a_circle_without_a_centre_has_no_name() -> None:
    construction = ["Shape(PA,AB,BP)", "Cocircular(E,AB)"]
    found, left_out = depicted(construction, ["IsTangentOfCircle(PA,E)"])
    assert written(found) == "lines AB, AP, BP" and left_out == ["IsTangentOfCircle(PA,E)"]
    named, left_out = depicted(construction, ["IsTangentOfCircle(PA,E)", "IsCentreOfCircle(K,E)"])
    assert "⊙K: AB; AP touches ⊙K at A" in written(named) and not left_out


def test_what_is_not_in_the_language_is_an_error() -> None:
    with pytest.raises(CDLError):
        depicted(["Shape(DJ.JC,CD)"], [])
