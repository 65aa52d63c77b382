"""What a diagram says is written, and read back as the same statements."""

from __future__ import annotations

import pytest

from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.figure import Circle, Figure, Mark
from redstar_geo.geometry.reading import KINDS, Statement, as_drawn, read, shown, written


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_written_is_read_back(family: str) -> None:
    for seed in range(6):
        statements = shown(construct(family, seed, 1 + seed % 4, modality="picture").figure)
        assert read(written(statements)) == (statements, 0)


def test_every_kind_of_statement() -> None:
    points = {"A": (0.0, 0.0), "B": (6.0, 0.0), "C": (0.0, 4.0), "D": (3.0, 0.0), "O": (3.0, 2.0), "E": (3.0, 4.0)}
    marks = (
        Mark("angle", "CAB", "(2x + 10)°"),
        Mark("length", "DB", "5√3"),
        Mark("right", "BDO"),
        Mark("ticks", "AD"),
        Mark("ticks", "BD"),
        Mark("ticks", "OD"),
        Mark("angle", "ACB"),
        Mark("angle", "CBA"),
        Mark("arrows", "AD", count=2),
        Mark("arrows", "CE", count=2),
    )
    figure = Figure(points, ("AB", "BC", "CA", "OD", "CE"), {"O": Circle("O", 2.0)}, marks)
    text = written(shown(figure))
    assert text == (
        "lines AC, ADB, BOC, CE, DO; ⊙O: DE; AB touches ⊙O at D; CE touches ⊙O at E; ∠CAD = (2x+10)°; BD = 5√3; "
        "∠BDO = 90°; AD = BD = DO; ∠ACO = ∠DBO; AB ∥ CE"
    )
    assert {statement.kind for statement in shown(figure)} == set(KINDS)
    assert Statement("equal lengths", ("AD", "DO")) in shown(figure)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("lines CDA", "lines ADC"),
        ("∠CBA = 53°.", "∠ABC = 53°"),
        (" BA = 12 ;CD ∥ BA", "AB = 12; AB ∥ CD"),
        ("CD = AB = EF", "AB = CD; AB = EF; CD = EF"),
        ("∠CBA = 90°; ∠FED = ∠CBA", "∠ABC = 90°; ∠ABC = ∠DEF"),
        (r"$\angle CBA = 53^\circ$.", "∠ABC = 53°"),
        (r"AB = 5\sqrt{3}, $\overline{BC} \parallel \overline{AD}$", "AB = 5√3; BC ∥ AD"),
        ("m∠ABC = 53 degrees and BC = 5 cm", "∠ABC = 53°; BC = 5"),
        ("- AB is parallel to CD\n- **AB is perpendicular to BC**", "AB ∥ CD; ∠ABC = 90°"),
        ("1. line AB ∥ line CD\n2. angle ABC is 53°", "AB ∥ CD; ∠ABC = 53°"),
        ("Points A, D and C are collinear", "lines ADC"),
        ("circle O passes through A, B and C; D lies on ⊙O", "⊙O: ABCD"),
        ("Line AE is tangent to circle O at A", "AE touches ⊙O at A"),
        ("Equal(MeasureOfAngle(ABC),4*y-10)", "∠ABC = (4y − 10)°"),
        ("Equal(LengthOfLine(AB),5*sqrt(3)); Collinear(CBA)", "AB = 5√3; lines ABC"),
        ("PerpendicularBetweenLine(AC,BC)\nParallelBetweenLine(DC,AB)", "∠ACB = 90°; AB ∥ CD"),
        ("Equal(LengthOfLine(AB),LengthOfLine(CD))", "AB = CD"),
    ],
)
def test_other_spellings_are_the_same(text: str, same: str) -> None:
    assert read(text) == read(same)


@pytest.mark.parametrize(
    "part",
    [
        "A touches O",
        "∠AB = 3°",
        "ABC = 3",
        "AB ∥ CDE",
        "∠ABC = ∠AB",
        "so",
        "lines A",
        "AB =",
        "AB = small",
        "AB = (3",
        "Square(ABCD)",
    ],
)
def test_what_is_no_statement_is_counted(part: str) -> None:
    assert read(f"AB = 12; {part}") == ({Statement("length", ("AB",), "12")}, 1)


def test_names_of_one_thing_are_one() -> None:
    drawn, told = ["ADB", "BEC", "CD"], read("∠DBC = 53°; AD ∥ CB; ∠BDC = 90°; ∠EBA = ∠DCB; AB = 12; AD = 3")[0]
    same = read("∠ABE = 53°; AB ∥ EC; ∠ADC = 90°; ∠DCE = ∠CBD; AB = 12; AD = 3")[0]
    assert told != same and as_drawn(told, drawn) == as_drawn(same, drawn)
    assert as_drawn(read("AD = 12")[0], drawn) != as_drawn(read("AB = 12")[0], drawn), "a part is not the whole"


def test_nothing_is_read_from_nothing() -> None:
    assert read("") == (set(), 0) == read(" ; ")
