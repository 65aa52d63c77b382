"""Where points lie: read in both languages, told of figures, kept by the figures that are fitted."""

import pytest

from redstar_geo.formalise import answered, in_words, read_question, solve
from redstar_geo.formalise.agreement import agreed
from redstar_geo.formalise.certified import certificate_of
from redstar_geo.formalise.picture import told
from redstar_geo.formalise.placement import alike, placed, placements
from redstar_geo.formalise.solve import Solution
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.figure import Circle, Figure, holds


def answer(text: str, picture: str) -> Solution:
    return solve(read_question(text), in_words(picture))


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("C and D lie on the same side of AB", "SameOrientation(ABC,ABD)"),
        ("D, C on the same side of line BA", "SameOrientation(ABC,ABD)"),
        ("C lies on the same side of $\\overline{AB}$ as D and E", "SameOrientation(ABC,ABD,ABE)"),
        ("C and D are on opposite sides of AB", "SameOrientation(ABC,ADB)"),
        ("C is on the opposite side of AB from D", "SameOrientation(ABC,ADB)"),
        ("AB separates C, D from E", "SameOrientation(ABC,ABD,AEB)"),
        ("C, D on one side of AB and E on the other side", "SameOrientation(ABC,ABD,AEB)"),
        ("D is in the interior of $\\angle ABC$", "SameOrientation(ABC,ABD,BCD)"),
        ("ray BD lies inside ∠ABC", "SameOrientation(ABC,ABD,BCD)"),
        ("BD is between BA and BC", "SameOrientation(ABC,ABD,BCD)"),
        ("P is a point inside triangle ABC", "SameOrientation(ABC,ABP,APC,BCP)"),
        ("A, B, C and D lie on ⊙O in this order", "SameOrientation(ABC,ABD,ACD,BCD)"),
        ("D, C, B, A in this order on circle O", "SameOrientation(ABC,ABD,ACD,BCD)"),
        ("ABCD is a convex quadrilateral", "SameOrientation(ABC,ABD,ACD,BCD)"),
        ("C lies on the minor arc AB of ⊙O", "SameOrientation(ABC,AOB)"),
        ("C lies on the major arc AB of ⊙O", "SameOrientation(ABC,ABO)"),
        ("sector OAB is the smaller one", "MinorArc(OAB)"),
        ("点C、D在直线AB的同侧", "SameOrientation(ABC,ABD)"),
        ("C与D位于AB的两侧", "SameOrientation(ABC,ADB)"),
        ("C在AB的一侧，D、E在另一侧", "SameOrientation(ABC,ADB,AEB)"),
        ("点D在∠ABC的内部", "SameOrientation(ABC,ABD,BCD)"),
        ("P是△ABC内一点", "SameOrientation(ABC,ABP,APC,BCP)"),
        ("点E，F分别在直线AB的两侧", "SameOrientation(ABE,AFB)"),
        ("D,E为圆O上位于AB异侧的两点", "SameOrientation(ABD,AEB)"),
        ("E为正方形ABCD内一点", "SameOrientation(ABC,ABE,AED,BCE,CDE)"),
        ("P is inside square ABCD", "SameOrientation(ABC,ABP,APD,BCP,CDP)"),
        ("C是⊙O的劣弧AB上一点", "SameOrientation(ABC,AOB)"),
        ("⊙O上依次有A、B、C、D四点", "SameOrientation(ABC,ABD,ACD,BCD)"),
        ("凸四边形ABCD", "SameOrientation(ABC,ABD,ACD,BCD)"),
        ("点C在⊙O的劣弧AB上", "SameOrientation(ABC,AOB)"),
        ("⊙O的弧AB是优弧", "MajorArc(OAB)"),
    ],
)
def test_what_is_said_of_where_points_lie(text: str, statement: str) -> None:
    assert [str(each.statement) for each in placements(text)] == [statement]
    depiction = in_words(text)
    assert statement in map(str, depiction.statements) and not depiction.unread
    assert in_words(depiction.words) == depiction
    asked = f"{text}。求AB。" if "一" <= max(text) <= "龥" else f"{text}. Find AB."
    assert statement in map(str, read_question(asked).statements)


@pytest.mark.parametrize(
    "text",
    [
        "C and D do not lie on the same side of AB",
        "C might lie on the same side of AB as D",
        "It is not known whether C and D lie on the same side of AB",
        "Either C and D lie on the same side of AB or AB = 3",
        "C lies on the same side of AB",
        "A and D lie on the same side of AB",
        "A, B, C in this order on ⊙O",
        "A, B, A, C in this order on ⊙O",
        "点P在△ABC的内切圆上",
        "P is inside quadrilateral ABCD",
        "C、D不都在AB的同侧",
    ],
)
def test_what_is_not_said_for_sure_or_says_nothing(text: str) -> None:
    assert not [each for each in read_question(f"{text}.").statements if each.statement.head == "SameOrientation"]
    assert in_words(text).unread == (text,) and not in_words(text).statements


def test_one_statement_has_one_spelling_and_a_contradiction_in_itself_none() -> None:
    assert alike(["ABC", "ABD"]) == alike(["CAB", "BDA"]) == alike(["DBA", "BAC"])
    assert alike(["ABC", "CBA"]) is None and alike(["ABC"]) is None and alike(["ABC", "ABB"]) is None


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_told_of_a_figure_is_true_of_it_and_can_be_read(family: str) -> None:
    built = construct(family, 7, 4, modality="picture")
    for text in placed(built.figure):
        (each,) = placements(text)
        assert each.statement.head == "MinorArc" or holds(built.figure, str(each.statement)), text
    assert not in_words(told(built.figure)).unread


def test_points_on_a_line_are_on_no_side_of_it_and_flat_triples_turn_no_way() -> None:
    points = {"A": (0.0, 0.0), "B": (2.0, 0.0), "C": (1.0, 1.0), "D": (3.0, 0.0), "E": (1.0, 2.0)}
    figure = Figure(points, ("AB",))
    assert list(placed(figure)) == ["C, E on the same side of AB"]
    assert holds(figure, "SameOrientation(ABC,ABE)") and not holds(figure, "SameOrientation(ABC,ABD)")
    assert not holds(figure, "SameOrientation(ABC,AEB)")


def test_order_is_told_of_a_circle_with_four_points() -> None:
    points = {"O": (0.0, 0.0), "A": (1.0, 0.0), "B": (-1.0, 0.0), "C": (0.0, 1.0), "D": (0.0, -1.0)}
    (told_,) = placed(Figure(points, (), {"O": Circle("O", 1.0)}))
    assert told_ == "D, A, C, B in this order on ⊙O"


CHORD = "⊙O: ABC; lines AC, BC, AO, BO; ∠AOB = 80°"
TANGENT = "lines AB, AC, AP, BC; ⊙O: ABC; AP touches ⊙O at A; ∠ACB = 70°"
SECTOR = "lines AO, BO; ⊙O: AB; ∠AOB = 80°; BO = 3"


@pytest.mark.parametrize(
    ("question", "picture", "placement", "value"),
    [
        ("Find ∠ACB.", CHORD, "C on the major arc AB of ⊙O", "40"),
        ("Find ∠ACB.", CHORD, "C on the minor arc AB of ⊙O", "140"),
        ("Find ∠ACB.", CHORD, "C, O on the same side of AB", "40"),
        ("Find ∠BAP.", TANGENT, "AB separates C from P", "70"),
        ("Find ∠BAP.", TANGENT, "C, P on the same side of AB", "110"),
        ("Find the area of sector OAB.", SECTOR, "sector OAB is the smaller one", "2*pi"),
        ("Find the area of sector OAB.", SECTOR, "arc AB of ⊙O is the major one", "7*pi"),
        ("Find ∠BDC.", "⊙O: ABCD; lines AB, AC, BD, CD; ∠BAC = 35°", "A, D, C, B in this order on ⊙O", "35"),
        ("Find ∠BDC.", "⊙O: ABCD; lines AB, AC, BD, CD; ∠BAC = 35°", "A, B, D, C in this order on ⊙O", "145"),
        ("Find ∠ABC.", "lines AB, BC, BD; ∠ABD = 30°; ∠DBC = 40°", "D inside ∠ABC", "70"),
        ("Find ∠ABC.", "lines AB, BC, BD; ∠ABD = 30°; ∠DBC = 40°", "C, A on the same side of BD", "10"),
    ],
)
def test_where_a_point_lies_determines_what_is_asked(question: str, picture: str, placement: str, value: str) -> None:
    assert answer(question, picture).outcome == "not determined"
    found = answer(question, f"{picture}; {placement}")
    assert found.value is not None and found.value.exact == value, found
    assert placement in [said.words for said in found.rests_on]
    assert answer(f"{placement}. {question}", picture).value == found.value


def test_no_figure_has_points_on_both_sides() -> None:
    found = answer("Find ∠ACB.", f"{CHORD}; C, O on the same side of AB; AB separates C from O")
    assert found.outcome == "contradiction" and found.conflict is not None
    assert [said.words for said in found.conflict.statements] == [
        "C, O on the same side of AB",
        "AB separates C from O",
    ]


def test_readings_have_to_agree_on_where_points_lie() -> None:
    lines = "lines AB, CD"
    same, other = "C and D on the same side of AB", "AB separates C from D"
    found = agreed([f"{lines}; {same}", f"{lines}; D, C on the same side of BA", f"{lines}; {other}"])
    assert found.words == f"{lines}; {same}" and found.unread == (f"{other} (1 of 3 readings)",)


def test_built_in_problems_are_certified_by_where_their_points_lie() -> None:
    problem = construct("tangent_chord", 3, 4, modality="picture").problem
    assert certificate_of(problem, f"\\boxed{{{problem.answer}}}").status == "certified"


def test_what_the_embedded_reader_lists_of_the_labels_is_no_unread_part() -> None:
    depiction = answered("Find ∠ACB.", in_words("labels A B C 50°; lines AB, BC, CA; ∠ABC = 50°")).depiction
    assert not depiction.unread and depiction.words == "lines AB, AC, BC; ∠ABC = 50°"
