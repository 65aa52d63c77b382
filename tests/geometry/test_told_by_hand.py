"""What a reader of traces found: systems with sines, names, definitions, ideas that are refuted, notation."""

from random import Random

import pytest
import sympy

from redstar_geo.geometry import cdl
from redstar_geo.geometry.claims import Facts, judge
from redstar_geo.geometry.narrate import narrate
from redstar_geo.geometry.narrate.arithmetic import work
from redstar_geo.geometry.narrate.checks import Checks
from redstar_geo.geometry.narrate.mathmode import in_math_mode
from redstar_geo.geometry.narrate.say import latex, say
from redstar_geo.geometry.narrate.solving import solution
from redstar_geo.geometry.narrate.story import passages
from redstar_geo.geometry.narrate.tempting import absurd, refuted
from redstar_geo.geometry.narrate.theorems import phrase
from redstar_geo.geometry.narrate.values import Values, all_values, stated_values
from redstar_geo.geometry.proof import Proof, Solve, Step
from redstar_geo.geometry.replay import _without_nested_roots


def lines(move: Solve) -> list[str]:
    solved = solution(move, "en")
    assert solved is not None
    return [line.text for line in solved.lines]


def angle(name: str) -> str:
    return f"MeasureOfAngle({name})"


def line(name: str) -> str:
    return f"LengthOfLine({name})"


def sines(one: str, at: str, other: str, by: str) -> str:
    return f"Equal(Mul({line(one)},Sin({angle(at)})),Mul({line(other)},Sin({angle(by)})))"


def total(*angles: str) -> str:
    return f"Equal(Add({','.join(map(angle, angles))}),180)"


RADII = ("Equal(LengthOfLine(BO),RadiusOfCircle(O))", "Equal(LengthOfLine(OD),RadiusOfCircle(O))")
SQUARES = (
    total("ABC", "BCA", "CAB"),
    total("BEG", "EGB", "CBE"),
    total("BEG", "EKA", "CAB"),
    sines("CB", "BCA", "AB", "CAB"),
    sines("BE", "BEG", "BG", "EGB"),
    sines("AE", "BEG", "AK", "EKA"),
    f"Equal(AreaOfTriangle(AEK),Mul({line('AE')},{line('AK')},Sin({angle('CAB')}),1/2))",
)


def test_a_law_of_sines_in_an_isosceles_triangle_is_told_without_sines() -> None:
    equations = (*RADII, sines("BO", "ABD", "OD", "BDO"), total("CBD", "BDO", "DCB"))
    told = lines(Solve(angle("DCB"), "52", equations, ((angle("ABD"), "38"), (angle("CBD"), "90"))))
    assert told[0] == "∠ABD = ∠BDO" and told[-1] == "∠DCB = 180° − 128° = 52°"
    assert not any("sin" in text or "radius" in text for text in told)


def test_angles_are_found_first_and_lengths_then() -> None:
    sides = {"AB": "8", "BE": "6", "CB": "8", "BG": "6", "AE": "14"}
    known = (*((line(name), worth) for name, worth in sides.items()), (angle("ABC"), "90"), (angle("CBE"), "90"))
    told = lines(Solve("AreaOfTriangle(AEK)", "49", SQUARES, known))
    assert told.index("∠EKA = 180° − 90° = 90°") < told.index("AK = 7√2") < told.index("98 / 2 = 49")
    assert told[-1] == "the area of △AEK = 49" and len(set(told)) == len(told)


def test_sines_of_known_angles_and_of_one_that_cancels_are_numbers_and_letters() -> None:
    equations = (
        "Equal(LengthOfLine(BA),Add(LengthOfLine(BE),LengthOfLine(AE)))",
        sines("AE", "AEC", "CA", "ECA"),
        sines("BA", "EBC", "CA", "BCA"),
    )
    known = {"AEC": "90", "ECA": "60", "EBC": "60", "BCA": "90"}
    move = Solve(line("CA"), "42", equations, ((line("BE"), "7*sqrt(3)"), *((angle(n), w) for n, w in known.items())))
    assert lines(move)[-1] == "CA = 4 · 10.5 = 42"
    cancelled = (sines("BE", "BEC", "BC", "ECB"), sines("CE", "ECB", "BE", "CBE"))
    known_too = ((line("CE"), "4"), (angle("CBE"), "35"), (angle("BEC"), "90"))
    assert "sin(35°) · BC = 4" in lines(Solve(line("BC"), "4/sin(7*pi/36)", cancelled, known_too))


@pytest.mark.parametrize(
    ("equations", "unknown", "worth", "last"),
    [
        (("Equal(Mul(x,Sub(Mul(2,x),1)),15)", f"Equal({line('AB')},x)"), "x", "3", "x = (1 + √121) / (2 · 2) = 3"),
        (("Equal(Mul(2,x),Div(96,7))",), "x", "48/7", "x = (96/7) / 2 = 48/7"),
        ((f"Equal(Div({line('AB')},3),2)",), line("AB"), "6", "AB = 3 · 2 = 6"),
        (
            ("Equal(AreaOfTriangle(ABC),Mul(10,LengthOfLine(MH)))", "Equal(LengthOfLine(MH),Add(1,LengthOfLine(FH)))"),
            "AreaOfTriangle(ABC)",
            "10+10*sqrt(35)",
            "the area of △ABC = 10 · (1 + √35) = 10 + 10√35",
        ),
    ],
)
def test_numbers_are_put_in_as_they_are_meant(equations: tuple[str, ...], unknown: str, worth: str, last: str) -> None:
    known = ((line("FH"), "sqrt(35)"),) if "Area" in unknown else ()
    assert lines(Solve(unknown, worth, equations, known))[-1] == last


def test_a_length_has_one_name_in_a_solution() -> None:
    ratio = "RatioOfSimilarTriangle(ZUW,WUY)"
    move = Solve(
        line("UZ"), "18", (f"Equal({line('ZU')},Mul({line('UW')},{ratio}))",), ((line("UW"), "24"), (ratio, "3/4"))
    )
    assert lines(move)[-1].startswith("UZ = ")


def test_a_product_that_is_asked_for_needs_no_factors() -> None:
    ratio = "RatioOfSimilarTriangle(ADE,BDC)"
    equations = (f"Equal({line('ED')},Mul({line('DC')},{ratio}))", f"Equal({line('AD')},Mul({line('DB')},{ratio}))")
    move = Solve(f"Mul({line('AD')},{line('DC')})", "7", equations, ((line("ED"), "7"), (line("DB"), "1")))
    assert lines(move) == ["7 / DC = AD", "AD · DC = 7"]


def test_a_letter_that_looks_like_a_point_is_no_number() -> None:
    assert not list(stated_values(["Equal(LengthOfLine(AB),Add(Mul(Div(1,2),X),12))"]))


@pytest.mark.parametrize(
    ("statement", "english"),
    [
        (
            "Equal(LengthOfArc(OAB),Mul(1/180,pi,MeasureOfArc(OAB),RadiusOfCircle(O)))",
            "the length of arc AB = π · (arc AB) · (the radius of ⊙O) / 180",
        ),
        ("Equal(Mul(LengthOfLine(YA),LengthOfLine(YA)),5)", "YA² = 5"),
        ("Equal(AreaOfCircle(O),Mul(pi,8,8))", "the area of ⊙O = 8² · π"),
        ("Equal(Mul(2*sqrt(15),2*sqrt(15)),60)", "(2√15)² = 60"),
        ("Equal(LengthOfLine(AB),28*cos(17*pi/90))", "AB = 28 · cos(34°)"),
    ],
)
def test_formulas_are_written_as_people_write_them(statement: str, english: str) -> None:
    assert say(statement, "en") == english


def test_an_answer_has_degrees_under_its_cosine_and_an_area_its_own_name() -> None:
    assert latex("28*cos(17*pi/90)", False) == r"28\cos(34^\circ)"
    assert in_math_mode("The area of ABCD = 32π/9.") == r"The area of $ABCD$ = $32\pi/9$."


def definitions() -> Proof:
    def define(reason: str, fact: str) -> Step:
        return Step("definition", (), (reason,), (fact,))

    sides, right = f"Equal({line('CB')},{line('AB')})", f"Equal({angle('ABC')},90)"
    square = f"Equal(Add(Pow({line('AB')},2),Pow({line('CB')},2)),Pow({line('AC')},2))"
    return Proof(
        ("Square(ABCD)", f"Equal({line('AB')},3)"),
        line("AC"),
        "3*sqrt(2)",
        (
            define("Square(ABCD)", "Rhombus(ABCD)"),
            define("Rhombus(ABCD)", "Kite(BCDA)"),
            define("Kite(BCDA)", sides),
            define("Square(ABCD)", "Rectangle(ABCD)"),
            define("Rectangle(ABCD)", "PerpendicularBetweenLine(AB,CB)"),
            define("PerpendicularBetweenLine(AB,CB)", right),
            Solve(line("CB"), "3", (sides,), ((line("AB"), "3"),)),
            Step("right_triangle_judgment_angle", ("ABC",), (right,), ("RightTriangle(ABC)",)),
            Step("right_triangle_property_pythagorean", ("ABC",), ("RightTriangle(ABC)",), (square,)),
            Solve(line("AC"), "3*sqrt(2)", (square,), ((line("AB"), "3"), (line("CB"), "3"))),
        ),
    )


def test_what_only_leads_from_definition_to_definition_is_not_told() -> None:
    told = [(step.premises, step.conclusions) for passage in passages(definitions()) for step in passage.steps]
    assert told[0] == (("Square(ABCD)",), (f"Equal({line('CB')},{line('AB')})",))
    assert told[1] == (("Square(ABCD)",), (f"Equal({angle('ABC')},90)",))
    for seed in range(10):
        text = narrate(definitions(), form="long", seed=seed).reasoning
        assert not any(word in text for word in ("rhombus", "kite", "rectangle")), text
        assert judge(text, Facts(definitions())).first_false is None


def test_two_triangles_keep_the_name_under_which_they_came_up() -> None:
    ratio = f"Equal({line('NH')},Mul({line('EC')},RatioOfSimilarTriangle(HMN,CDE)))"
    step = Step("similar_triangle_property_line_ratio", ("NHM", "ECD"), ("SimilarBetweenTriangle(NHM,ECD)",), (ratio,))
    proof = Proof(("SimilarBetweenTriangle(HMN,CDE)",), line("NH"), "1", (step,))
    (passage,) = passages(proof)
    assert passage.steps[0].premises == proof.givens and passage.steps[0].args == ("HMN", "CDE")


def test_a_mirrored_triangle_is_named_in_the_order_of_its_corners() -> None:
    texts = {phrase("mirror_similar_triangle_property_line_ratio", ("BAC", "CDA"), "en", Random(n)) for n in range(20)}
    assert any("△BAC and △CAD" in text for text in texts) and not any("CDA" in text for text in texts)


def test_nobody_asks_whether_a_right_triangle_is_equilateral() -> None:
    values = Values({angle("ABC"): "90", angle("BCA"): "30"})
    equilateral = Step("equilateral_triangle_judgment_isosceles_and_isosceles", ("ABC",), (), (), False)
    right = Step("right_triangle_judgment_angle", ("BCA",), (), (), False)
    isosceles = Step("isosceles_triangle_judgment_line_equal", ("ABC",), (), (), False)
    assert absurd(equilateral, values) and absurd(right, values) and not absurd(isosceles, values)
    wanted = f"Equal({angle('BCA')},{angle('ABC')})"
    assert refuted((wanted,), values) == (wanted, f"Equal({angle('BCA')},30)")
    assert refuted((f"Equal({angle('CAB')},90)",), values) is None


@pytest.mark.parametrize(
    ("equations", "known", "unknown", "worth", "last"),
    [
        (  # the sine of 18° is no root of roots
            (sines("AB", "ACB", "BC", "BAC"),),
            {angle("ACB"): "21", angle("BAC"): "52", line("BC"): "23"},
            line("AB"),
            "23*sin(13*pi/45)/sin(7*pi/60)",
            "AB = 23 · sin(52°) / sin(21°)",
        ),
        (  # an unknown that leads nowhere first
            (
                f"Equal({line('BF')},Mul({line('DB')},RatioOfSimilarTriangle(EBF,CBD)))",
                f"Equal({line('EF')},Mul({line('CD')},RatioOfSimilarTriangle(EBF,CBD)))",
                f"Equal({line('DB')},Mul({line('FD')},RatioOfSimilarTriangle(ABD,EFD)))",
                f"Equal({line('AB')},Mul({line('EF')},RatioOfSimilarTriangle(ABD,EFD)))",
                f"Equal({line('DB')},Add({line('BF')},{line('FD')}))",
            ),
            {line("AB"): "4", line("CD"): "12"},
            line("EF"),
            "3",
            "EF = 12 / 4 = 3",
        ),
        (  # Pythagoras in a law of cosines
            (
                f"Equal(Add(Pow({line('BC')},2),Mul(2,{line('AC')},{line('AB')},2*sqrt(2)/3)),"
                f"Add(Pow({line('AC')},2),Pow({line('AB')},2)))",
                f"Equal(Pow({line('AB')},2),Add(Pow({line('BC')},2),Pow({line('AC')},2)))",
            ),
            {line("BC"): "2"},
            line("AB"),
            "6",
            "AB = 6",
        ),
        (  # a sum that is asked for as a whole
            (
                total("CAB", "ABC", "BCA"),
                *(
                    f"Equal(AreaOfSector({sector}),Mul(pi,{angle(corner)},1/360))"
                    for sector, corner in (("CDE", "BCA"), ("AGF", "CAB"), ("BIH", "ABC"))
                ),
            ),
            {},
            "Add(AreaOfSector(CDE),AreaOfSector(AGF),AreaOfSector(BIH))",
            "pi/2",
            "the sum = π/2",
        ),
        (  # a quotient where no length is known
            (
                f"Equal(Div({line('CF')},{line('AB')}),2/3)",
                f"Equal({line('CD')},{line('AB')})",
                f"Equal({line('CD')},Add({line('CF')},{line('FD')}))",
                f"Equal({line('BC')},Mul({line('DE')},RatioOfSimilarTriangle(FCB,FDE)))",
                f"Equal({line('CF')},Mul({line('FD')},RatioOfSimilarTriangle(FCB,FDE)))",
            ),
            {},
            f"Div({line('DE')},{line('BC')})",
            "1/2",
            "DE / BC = 0.5",
        ),
        (  # a ratio of similarity is a quotient of two lengths
            (
                f"Equal(Div({line('AB')},{line('AC')}),3/2)",
                f"Equal({line('AD')},Mul({line('AB')},RatioOfSimilarTriangle(EAD,CAB)))",
                f"Equal({line('EA')},Mul({line('AC')},RatioOfSimilarTriangle(EAD,CAB)))",
                f"Equal({line('AC')},Add({line('EA')},{line('CE')}))",
            ),
            {line("AD"): "3", line("CE"): "3"},
            "RatioOfSimilarTriangle(EAD,CAB)",
            "2/5",
            "the ratio △EAD : △CAB = 3/(15/2) = 0.4",
        ),
        (  # a product that is known
            (
                f"Equal(AreaOfQuadrilateral(ATBC),Mul(HeightOfQuadrilateral(ATBC),{line('TB')}))",
                f"Equal({line('FG')},Mul({line('TB')},RatioOfSimilarQuadrilateral(FGHE,TBCA)))",
                "Equal(AreaOfQuadrilateral(EFGH),"
                "Mul(Pow(RatioOfSimilarQuadrilateral(FGHE,TBCA),2),AreaOfQuadrilateral(ATBC)))",
            ),
            {"AreaOfQuadrilateral(EFGH)": "60", "HeightOfQuadrilateral(ATBC)": "12", line("FG"): "10"},
            "AreaOfQuadrilateral(ATBC)",
            "240",
            "the area of ATBC = 24 · 10 = 240",
        ),
    ],
)
def test_systems_that_take_a_thought_are_solved_by_hand(
    equations: tuple[str, ...], known: dict[str, str], unknown: str, worth: str, last: str
) -> None:
    move = Solve(unknown, worth, equations, tuple(known.items()))
    worked = work(move, "en")
    assert (worked.by_hand and worked.result == last) or lines(move)[-1] == last


@pytest.mark.parametrize("degrees", range(-363, 400, 21))
def test_a_held_sine_is_the_same_number(degrees: int) -> None:
    for function in (sympy.sin, sympy.cos, sympy.tan):
        if function is sympy.tan and degrees % 90 == 0:
            continue
        radians = sympy.pi * degrees / 180
        held = cdl.function_of(function, radians)
        assert abs(sympy.N(held - function(radians))) < 1e-12
        assert held.is_Rational or not any("sqrt(5)" in str(part) for part in sympy.preorder_traversal(held))
        assert cdl.value(str(held).replace(" ", "")) == held


def test_a_value_in_roots_of_roots_is_written_without_them() -> None:
    plain = _without_nested_roots(cdl.value("(-36+24*sqrt(3))/sqrt(7-4*sqrt(3))"))
    assert str(plain) == "12*sqrt(3)"
    assert _without_nested_roots(cdl.value("504/(17*pi)")) == cdl.value("504/(17*pi)")


def test_a_letter_is_put_back_into_what_it_has_to_satisfy() -> None:
    """Not only into what was given by it, which checks nothing."""
    givens = (f"Equal({line('ST')},Sub(Mul(11,x),2))", f"Equal({line('TU')},Add(Mul(8,x),4))")
    equal = f"Equal({line('ST')},{line('TU')})"
    step = Step("congruent_triangle_property_line_equal", ("RST", "VUT"), (), (equal,))
    proof = Proof((*givens, f"Equal({line('UV')},Mul(15,x))"), "x", "2", (step, Solve("x", "2", (*givens, equal), ())))
    checks = Checks(proof, Values(all_values(proof)), {*givens, equal}, "en")
    (check,) = (each for each in checks.unused() if each.slot == "check_letter")
    assert check.content["check"] == "ST = TU" and "UV" not in check.content["line"]
    assert check.content["line"] == "ST = 11 · 2 − 2 = 20, TU = 8 · 2 + 4 = 20"


def test_a_letter_that_has_only_a_number_to_satisfy_is_not_checked() -> None:
    """What was solved would be said again: 90 = 90."""
    given, right = f"Equal({angle('ADC')},Sub(Mul(4,x),6))", f"Equal({angle('ADC')},90)"
    step = Step("definition", (), ("IsAltitudeOfTriangle(AD,ABC)",), (right,))
    proof = Proof(
        (given, "IsAltitudeOfTriangle(AD,ABC)"), "x", "24", (step, Solve("x", "24", (given,), ((angle("ADC"), "90"),)))
    )
    checks = Checks(proof, Values(all_values(proof)), {given, right}, "en")
    assert not [each for each in checks.unused() if each.slot == "check_letter"]
