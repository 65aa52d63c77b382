"""Questions that upstream left in the formal language: each given gets its value back."""

import json
import re

import pytest

from redstar_geo.geometry import cdl
from redstar_geo.geometry.formal import balanced
from redstar_geo.geometry.narrate.say import expression, number
from redstar_geo.sources.formal_words import LostGivenError, mended, misnamed
from tests.paths import FORMALGEO7K

_FORMAL = re.compile(r"[A-Z][a-z]+[A-Za-z]*\(|(?:sin|cos|tan)\([A-Z]+\)")
RATIO = "Equal(Div(LengthOfLine(PQ),LengthOfLine(PR)),4/7)"
SUM = "Equal(Add(PerimeterOfCircle(A),PerimeterOfCircle(B),PerimeterOfCircle(C)),30*pi)"
SINE = "Value(Sin(MeasureOfAngle(QPR)))"


TWICE = "Equal(LengthOfLine(PQ),Mul(LengthOfLine(PR),2))"


@pytest.mark.parametrize(
    ("clause", "statements", "words"),
    [
        ("Div(LengthOfLine(PQ)=LengthOfLine(PR))", [TWICE, RATIO], "PQ / PR = 4/7"),
        ("Add(PerimeterOfCircle(A)=PerimeterOfCircle(B)", [SUM], "circumference of ⊙C = 30π"),
        ("PQ=Mul(LengthOfLine(PR),2)", [RATIO, TWICE], "PQ = 2 · PR"),
        ("the length of PQ is Mul(LengthOfLine(PR),2)", [RATIO, TWICE], "PQ = 2 · PR"),
        ("sin(PQ)=x", [], "sin ∠QPR=x"),
        ("PQ=3*sqrt(2), RPQ is a triangle", [], "PQ=3*sqrt(2), RPQ is a triangle"),
    ],
)
def test_a_clause_says_what_its_statement_says(clause: str, statements: list[str], words: str) -> None:
    text = mended(f"As shown, PR=7, {clause}, ST=1. Find x.", statements, SINE, "en")
    assert text.startswith("As shown, PR=7, ") and text.endswith(f"{words}, ST=1. Find x.")


def test_the_same_in_chinese() -> None:
    text = "如图所示，Div(LengthOfLine(PQ)=LengthOfLine(PR))，PR=7。求sin(PQ)的值。"
    assert mended(text, [RATIO], SINE, "zh") == "如图所示，PQ / PR = 4/7，PR=7。求sin ∠QPR的值。"


@pytest.mark.parametrize("text", ["Given, Div(LengthOfLine(AB)=LengthOfLine(CD)). Find x.", "Find tan(AB)."])
def test_a_clause_without_a_statement_is_refused(text: str) -> None:
    with pytest.raises(LostGivenError):
        mended(text, [RATIO], "Value(x)", "en")


@pytest.mark.parametrize(
    ("text", "statements", "words"),
    [
        ("As shown, AB=3, DF⊥DF. Find x.", ["Equal(LengthOfLine(AB),3)", "PerpendicularBetweenLine(DF,DE)"], "DF ⊥ DE"),
        ("如图所示，⊙O的切线为DG。求x的值。", ["IsTangentOfCircle(DG,C)"], "DG是⊙C的切线"),
        (
            "如图所示，AB=3，TF垂直平分AB。求x的值。",
            ["Equal(LengthOfLine(AB),3)", "IsPerpendicularBisectorOfLine(TF,RQ)"],
            "RQ",
        ),
        ("As shown, DG is the altitude of triangle DDC. Find x.", ["IsAltitudeOfTriangle(DG,EDC)"], "EDC"),
    ],
)
def test_a_clause_that_names_something_else_names_what_its_statement_does(
    text: str, statements: list[str], words: str
) -> None:
    question = mended(text, statements, "Value(x)", "zh" if "如" in text else "en")
    assert words in question and len(misnamed(text, statements)) == 1
    assert not misnamed(question, statements)


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("As shown, CB ⊥ BA. Find x.", "PerpendicularBetweenLine(AB,BC)"),
        ("As shown, BCA is a right triangle. Find x.", "RightTriangle(ABC)"),
        ("As shown, DB is the tangent to ⊙C. Find x.", "IsTangentOfCircle(DB,C,B)"),
    ],
)
def test_other_corners_and_ends_are_no_other_names(text: str, statement: str) -> None:
    assert not misnamed(text, [statement]) and mended(text, [statement], "Value(x)", "en") == text


@pytest.mark.long
@pytest.mark.skipif(not FORMALGEO7K.is_dir(), reason="FormalGeo7k is not there")
@pytest.mark.parametrize(("field", "language"), [("problem_text_en", "en"), ("problem_text_cn", "zh")])
def test_no_question_of_formalgeo7k_lacks_a_value_that_its_statements_have(field: str, language: str) -> None:
    refused = []
    for file in sorted((FORMALGEO7K / "problems").glob("*.json")):
        problem = json.loads(file.read_bytes())
        try:
            question = mended(problem[field], problem["text_cdl"], problem["goal_cdl"], language)
        except LostGivenError:
            refused.append(file.stem)
            continue
        assert not _FORMAL.search(question), file.stem
        assert set(problem["image_cdl"]) <= set(problem["text_cdl"]), file.stem
        for statement in problem["text_cdl"]:
            for name in (str(part.args[0]) for part in cdl.parse(balanced(statement)).walk() if part.head == "Points"):
                turns = (way[i:] + way[:i] for way in (name, name[::-1]) for i in range(len(name)))
                assert any(turn in question for turn in turns), (file.stem, statement, question)
            side = cdl.parse(statement).terms[-1] if statement.startswith("Equal(") else None
            if side is not None and not any(part.head in ("Points", "Name") for part in side.walk()):
                said = (
                    statement.rpartition(",")[2][:-1],
                    expression(side, language),
                    number(cdl.value(str(side)), language),
                )
                assert any(words in question for words in said), (file.stem, statement, question)
    assert len(refused) <= 1, refused
