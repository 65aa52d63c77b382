from redstar_geo.geometry import cdl
from redstar_geo.geometry.fit import determined, fit

TRIANGLE = ["Shape(AB,BC,CA)"]


def is_determined(givens: list[str], asked: str, construction: list[str] = TRIANGLE) -> list[bool]:
    found = fit(construction, givens)
    assert found.figures
    return [determined(figure, construction, givens, cdl.parse(asked), True) for figure in found.figures]


def test_what_the_givens_fix_cannot_move() -> None:
    sides = ["Equal(LengthOfLine(AB),3)", "Equal(LengthOfLine(BC),4)"]
    assert not any(is_determined(sides, "LengthOfLine(CA)"))
    assert all(is_determined([*sides, "Equal(MeasureOfAngle(ABC),90)"], "LengthOfLine(CA)"))
    assert all(is_determined(sides, "Add(LengthOfLine(AB),LengthOfLine(BC))"))


def test_a_sum_may_be_fixed_where_its_parts_are_not() -> None:
    given = ["Equal(MeasureOfAngle(ABC),50)"]
    assert all(is_determined(given, "Add(MeasureOfAngle(BCA),MeasureOfAngle(CAB))"))
    assert not any(is_determined(given, "MeasureOfAngle(BCA)"))


def test_a_circle_with_no_point_on_it_has_no_size() -> None:
    construction = [*TRIANGLE, "Cocircular(A)"]
    given = ["IsCentreOfCircle(A,A)", "Equal(LengthOfLine(AB),3)"]
    assert not any(is_determined(given, "RadiusOfCircle(A)", construction))
