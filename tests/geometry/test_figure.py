"""Figures tell true statements from false ones, by coordinates alone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redstar_geo.geometry import cdl
from redstar_geo.geometry.figure import Circle, Figure, FigureError, holds, measure, rename

RIGHT = Figure(
    {"A": (0.0, 3.0), "B": (0.0, 0.0), "C": (4.0, 0.0), "M": (2.0, 1.5), "D": (4.0, 3.0), "H": (36 / 25, 48 / 25)},
    ("AB", "BC", "CA"),
    {"M": Circle("M", 2.5)},
    symbols={"x": 7.0},
)
TRUE = (
    "Equal(LengthOfLine(AC),5)",
    "Equal(Add(MeasureOfAngle(ABC),MeasureOfAngle(BCA),MeasureOfAngle(CAB)),180)",
    "Equal(AreaOfTriangle(ABC),6)",
    "Equal(PerimeterOfTriangle(BCA),12)",
    "Equal(AreaOfQuadrilateral(ABCD),12)",
    "Equal(HeightOfTriangle(BCA),Mul(12,1/5))",
    "Equal(LengthOfLine(BM),x/2-1)",
    "Equal(MeasureOfArc(MAC),180)",
    "Equal(LengthOfArc(MAC),5/2*pi)",
    "Equal(AreaOfCircle(M),25/4*pi)",
    "Equal(Mul(Sin(MeasureOfAngle(ACB)),LengthOfLine(AC)),LengthOfLine(AB))",
    "RightTriangle(ABC)",
    "PerpendicularBetweenLine(AB,CB)",
    "ParallelBetweenLine(AB,DC)",
    "IsMidpointOfLine(M,AC)",
    "Collinear(AMC)",
    "Cocircular(M,ABCD)",
    "IsDiameterOfCircle(AC,M)",
    "IsCentreOfCircle(M,M)",
    "Rectangle(ABCD)",
    "Parallelogram(BCDA)",
    "CongruentBetweenTriangle(ABC,CDA)",
    "MirrorCongruentBetweenTriangle(BAC,DAC)",
    "SimilarBetweenTriangle(ABC,AHB)",
    "IsAltitudeOfTriangle(BH,BCA)",
    "IsOrthocenterOfTriangle(B,ABC)",
    "IsCircumcenterOfTriangle(M,ABC)",
)
FALSE = (
    "Equal(LengthOfLine(AC),5.00001)",
    "RightTriangle(BAC)",
    "ParallelBetweenLine(AB,BC)",
    "IsMidpointOfLine(M,AB)",
    "Collinear(ACM)",
    "Cocircular(M,AH)",
    "IsTangentOfCircle(BC,M)",
    "Square(ABCD)",
    "IsoscelesTriangle(BAC)",
    "CongruentBetweenTriangle(ABC,DAC)",
    "SimilarBetweenTriangle(ABC,BHA)",
    "IsCentroidOfTriangle(M,ABC)",
)


@pytest.mark.parametrize("statement", TRUE)
def test_true_statements_hold(statement: str) -> None:
    assert holds(RIGHT, statement)


@pytest.mark.parametrize("statement", FALSE)
def test_false_statements_do_not(statement: str) -> None:
    assert not holds(RIGHT, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "Equal(LengthOfLine(AZ),5)",
        "Equal(LengthOfLine(ABC),5)",
        "Equal(RadiusOfCircle(A),5)",
        "Equal(y,5)",
        "Equal(Div(1,0),5)",
        "Flat(ABC)",
        "ParallelBetweenLine(AB)",
    ],
)
def test_what_the_figure_does_not_know_is_a_typed_error(statement: str) -> None:
    with pytest.raises(FigureError):
        holds(RIGHT, statement)


coordinate = st.floats(-10, 10)


@given(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=3))
def test_triangle_angles_are_unsigned_and_add_up(corners: list[tuple[float, float]]) -> None:
    sides = [math.dist(corners[i], corners[i - 1]) for i in range(3)]
    if min(sides) < 0.1:
        return
    figure = Figure(dict(zip("ABC", corners, strict=True)), ())
    angles = [measure(figure, cdl.parse(f"MeasureOfAngle({abc})")) for abc in ("ABC", "BCA", "CAB")]
    assert all(0 <= angle <= 180 for angle in angles)
    assert sum(angles) == pytest.approx(180, abs=1e-6)
    assert measure(figure, cdl.parse("MeasureOfAngle(CBA)")) == angles[0]


def test_arcs_run_counter_clockwise() -> None:
    figure = Figure({"O": (0.0, 0.0), "A": (1.0, 0.0), "B": (0.0, 1.0)}, (), {"O": Circle("O", 1.0)})
    assert measure(figure, cdl.parse("MeasureOfArc(OAB)")) == pytest.approx(90)
    assert measure(figure, cdl.parse("MeasureOfArc(OBA)")) == pytest.approx(270)
    assert measure(figure, cdl.parse("PerimeterOfSector(OAB)")) == pytest.approx(2 + math.pi / 2)


def test_renaming_touches_points_only() -> None:
    table = str.maketrans("ABC", "XYZ")
    assert rename("Equal(AreaOfTriangle(ABC),MeasureOfAngle(CAB))", table) == (
        "Equal(AreaOfTriangle(XYZ),MeasureOfAngle(ZXY))"
    )
    assert rename("in △ABC with D on AB，在△ABC中", table) == "in △XYZ with D on XY，在△XYZ中"
