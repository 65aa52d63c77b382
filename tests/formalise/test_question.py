import pytest

from redstar_geo.formalise import read_question
from redstar_geo.formalise.question import LONGEST
from redstar_geo.formalise.units import OTHER_UNITS


def said(text: str) -> set[str]:
    return {str(each) for each in read_question(text).statements}


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("AB = 5. Find AC.", "Equal(LengthOfLine(AB),5)"),
        ("If $\\angle ABC = 50^\\circ$, what is ∠BAC?", "Equal(MeasureOfAngle(ABC),50)"),
        ("What is ∠BAC if ∠ABC is 50 degrees?", "Equal(MeasureOfAngle(ABC),50)"),
        ("若∠ABC=50°，则∠BAC的度数是多少？", "Equal(MeasureOfAngle(ABC),50)"),
        ("The diagonals of rectangle ABCD meet at O. Find AO.", "Rectangle(ABCD)"),
        ("The diagonals AC and BD of rectangle ABCD meet at O. Find AO.", "Between(AC,O)"),
        ("如图，在平行四边形ABCD中，AB=3，求CD的长。", "Parallelogram(ABCD)"),
        ("FC and CB are the legs of the right △ FCB. Find FB.", "RightTriangle(FCB)"),
        ("FC和CB是直角△FCB的两个直角边。求FB的长度。", "RightTriangle(FCB)"),
        ("In right triangle ABC, ∠ACB = 90°. Find AB.", "RightTriangle(ACB)"),
        ("TV and AR are the non-parallel sides (legs) of trapezoid TVAR. Find TA.", "Trapezoid(TVAR)"),
        ("CG and CD are one pair of adjacent sides of the kite CGFD. Find GF.", "Kite(CGFD)"),
        ("BE is the altitude of triangle ACB. Find BE.", "IsAltitudeOfTriangle(BE,BAC)"),
        ("A and B lie on ⊙O. Find ∠AOB.", "Cocircular(O,B)"),
        ("The center of ⊙O is O, the tangent to circle O is PA. Find PA.", "IsTangentOfCircle(PA,O)"),
        ("Quadrilateral ABCD is inscribed in circle O. Find ∠ABC.", "Cocircular(O,D)"),
        ("In triangle ABC with BC extended to D, find ∠ACD.", "Between(BD,C)"),
        ("A(1, −4) and B(2, 3) are points. Find AB.", "Equal(OrdinateOfPoint(A),Neg(4))"),
        ("As shown, ∠FDA=y**2-1°. Find y.", "Equal(MeasureOfAngle(FDA),Sub(Pow(y,2),1))"),
        ("The measure of arc AYW is x. Find x.", "Equal(MeasureOfArc(AYW),x)"),
        ("如图，BD平分∠ABC交AC于点D，求∠BDC的度数。", "Between(AC,D)"),
        ("M bisects segment AB. Find AM.", "IsMidpointOfLine(M,AB)"),
        ("如图，EC：CD=1：2，求AC的长。", "Equal(Div(LengthOfLine(EC),LengthOfLine(CD)),Div(1,2))"),
        ("以AD为直径作☉O，AD是☉O的直径，求AD的长。", "IsDiameterOfCircle(AD,O)"),
    ],
)
def test_what_a_question_gives(text: str, statement: str) -> None:
    assert statement in said(text)


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("Find the measure of ∠ABC.", "MeasureOfAngle(ABC)"),
        ("How many degrees is ∠PQS?", "MeasureOfAngle(PQS)"),
        ("Given AB = 3, then BC = ____.", "LengthOfLine(BC)"),
        ("AB=3，则BC的长为（  ）", "LengthOfLine(BC)"),
        ("求直线CD的长度与直线DB的长度之比。", "Div(LengthOfLine(CD),LengthOfLine(DB))"),
        (
            "Find the sum of the measure of ∠CAO and the measure of ∠OBC.",
            "Add(MeasureOfAngle(CAO),MeasureOfAngle(OBC))",
        ),
        ("What is x?", "x"),
        ("在平面直角坐标系中，A(8, −9)、B(−2, −3)，AB的长是多少？", "LengthOfLine(AB)"),
        ("In the coordinate plane, A(8, −9) and B(−2, −3). How long is AB?", "LengthOfLine(AB)"),
        ("Find the value of sin ∠ABC.", "Sin(MeasureOfAngle(ABC))"),
        ("求扇形OAB的面积。", "AreaOfSector(OAB)"),
        ("AB = 6 cm, BC = 8 cm. Find AC in cm.", "LengthOfLine(AC)"),
        ("AB=6厘米，BC=8厘米，AC的长是多少厘米？", "LengthOfLine(AC)"),
        (
            "Find the area of quadrilateral ABCD minus the area of △ABE.",
            "Sub(AreaOfQuadrilateral(ABCD),AreaOfTriangle(ABE))",
        ),
    ],
)
def test_what_is_asked_for(text: str, goal: str) -> None:
    assert str(read_question(text).goal) == goal


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("In square ABCD, find the area of the shaded part.", "an area that has no name"),
        ("如图，求阴影部分的面积。", "an area that has no name"),
        ("AB ∥ CD. Prove that ∠A = ∠C.", "a proof"),
        ("求证：AB=CD", "a proof"),
        ("Find the minimum value of AP.", "a greatest or least value"),
        ("求AB和CD的长。", "several things at once"),
        ("Find AB and ∠C.", "several things at once"),
        ("Rectangle ABCD is folded along EF. Find ∠AEF.", "a figure that is moved or folded"),
        ("将△ABC绕点A旋转30°，求∠BAC。", "a figure that is moved or folded"),
        ("Find the coordinates of A.", "the coordinates of a point"),
        ("Find the area of ABCD minus the sum of the areas of sectors OCA and EBD.", "what the grammar does not read"),
        ("AB=10, BC=8, ∠ACB=90°. Find the value of sin(BA).", "what the grammar does not read"),
        ("AB=10，求cos(AB+BC)的值。", "what the grammar does not read"),
        ("AB = 6 cm, BC = 80 mm, ∠ABC = 90°. Find AC.", OTHER_UNITS),
        ("$AB = 6\\text{ cm}$, $BC = 8\\,\\mathrm{cm}$, ∠ABC = 90°. Find AC in mm.", OTHER_UNITS),
        ("AB = 1 ft, BC = 5 inches. Find AC.", OTHER_UNITS),
        ("AB=6厘米，BC=8厘米，∠ABC=90°，AC的长是多少米？", OTHER_UNITS),
        ("∠A = 0.5 rad, ∠B = 1 rad. Find ∠C.", OTHER_UNITS),
        ("In △ABC, ∠A = π/3 and ∠B = π/4. Find ∠C.", OTHER_UNITS),
        ("∠C = 90°, ∠A + 2∠B = π. Find ∠A.", OTHER_UNITS),
        ("∠C = 90°, ∠A = arctan(3/4). Find ∠B.", OTHER_UNITS),
        ("In △ABC, ∠A = 50°20′ and ∠B = 60°. Find ∠C.", OTHER_UNITS),
        ("Hello!", "what the grammar does not read"),
        ("x" * (LONGEST + 1), f"a text of more than {LONGEST} characters"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(text: str, refusal: str) -> None:
    question = read_question(text)
    assert question.goal is None and question.refusal == refusal


@pytest.mark.parametrize(
    "text",
    [
        "AB is not parallel to CD. Find ∠A.",
        "AB might be equal to CD. Find ∠A.",
        "Either AB = CD or AB = 5. Find ∠ABC.",
        "AB > 5. Find ∠ABC.",
        "AB = 3 or AB = 4. Find ∠ABC.",
    ],
)
def test_what_is_not_said_for_sure_is_no_given(text: str) -> None:
    assert said(text) == set()


def test_what_is_asked_is_no_given() -> None:
    assert said("Find y so that ABCD is a parallelogram, AB = y.") == {
        "Parallelogram(ABCD)",
        "Equal(LengthOfLine(AB),y)",
    }
    assert "Equal(LengthOfLine(AB),x)" not in said("What is AB = x?")


def test_clauses_that_are_not_read_are_told() -> None:
    question = read_question("As shown in the figure, AB = 5, the mouse eats 3 pieces of cheese. Find AC.")
    assert question.unread == ("the mouse eats 3 pieces of cheese",)
    assert read_question("如图所示，已知△ABC中，AB=5，求AC的长。").unread == ()
