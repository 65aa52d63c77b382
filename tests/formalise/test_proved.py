import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from redstar_geo.cli import app
from redstar_geo.errors import InputError
from redstar_geo.formalise import annotated, answered, corrected, in_words
from redstar_geo.formalise.proved import directed, proof_of, told
from redstar_geo.formalise.scene import united
from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct import construct
from redstar_geo.geometry.figure import Figure
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.proof import Solve
from redstar_geo.geometry.reading import shown, written
from redstar_geo.geometry.replay import ReplayError
from tests.paths import DOZEN


@pytest.fixture(scope="module")
def solver() -> FormalSolver:
    return FormalSolver(DOZEN / "gdl")


@pytest.mark.parametrize(
    ("question", "picture", "theorem"),
    [
        ("In △ABC, AB = 6, BC = 8 and ∠ABC = 90°. Find AC.", "", "right_triangle_property_pythagorean"),
        ("In △CBA, AB = 6, BC = 8 and ∠CBA = 90°. Find AC.", "", "right_triangle_property_pythagorean"),
        ("Find ∠ACB.", "lines AB, BC, CA; ∠ABC = 53°; ∠BAC = 60°", "triangle_property_angle_sum"),
        (
            "In △ABC, D lies on AB and E on AC. DE ∥ BC, AD = 4, DB = 2, DE = 3. Find BC.",
            "",
            "similar_triangle_judgment_aa",
        ),
        ("AB is a diameter of ⊙O. C lies on ⊙O. ∠CAB = 25°. Find ∠ABC.", "", "diameter_of_circle_property_right_angle"),
        ("Rectangle ABCD has AB = 8 and BC = 15. Find AC.", "", "right_triangle_property_pythagorean"),
        ("AC ⊥ BD at O. OA = 3 and AB = 5. Find OB.", "lines AOC, BOD, AB", "right_triangle_property_pythagorean"),
    ],
)
def test_an_answer_comes_with_a_proof(solver: FormalSolver, question: str, picture: str, theorem: str) -> None:
    found = corrected(question, picture)
    assert found.solution.value is not None
    proof = proof_of(found, solver)
    assert theorem in [step.theorem for step in proof.steps]
    last = proof.moves[-1]
    assert isinstance(last, Solve)
    assert float(cdl.value(last.value)) == pytest.approx(found.solution.value.number, abs=1e-9)


def test_an_annotated_picture_keeps_its_own_directions(solver: FormalSolver) -> None:
    raw = json.loads((DOZEN / "problems" / "1193.json").read_text())
    found = answered(raw["problem_text_en"], annotated(raw))
    assert proof_of(found, solver).answer == raw["problem_answer"]


def test_names_are_turned_as_the_figure_is() -> None:
    figure = Figure({"A": (0.0, 1.0), "B": (0.0, 0.0), "C": (2.0, 0.0), "D": (2.0, 1.0)}, ("AB", "BC", "CD", "AD"))
    texts = ["RightTriangle(CBA)", "Trapezoid(DCBA)", "ParallelBetweenLine(DA,BC)", "PerpendicularBetweenLine(AB,BC)"]
    said = directed(figure, [*map(cdl.parse, texts)], cdl.parse("MeasureOfAngle(CBA)"))
    assert said["goal_cdl"] == "Value(MeasureOfAngle(ABC))"
    assert said["text_cdl"] == (
        "RightTriangle(ABC)",
        "Trapezoid(ABCD)",
        "ParallelBetweenLine(AD,BC)",
        "PerpendicularBetweenLine(AB,CB)",
    )
    assert "Shape(AB,BC,CD,DA)" in said["construction_cdl"]


def test_why_there_is_no_proof(solver: FormalSolver) -> None:
    with pytest.raises(ReplayError, match="no_answer"):
        proof_of(corrected("Find AC.", "lines AB, BC, CA; AB = 3"), solver)
    built = construct("trapezoid_midsegment", 327, 3, modality="picture")
    found = answered(built.problem.question, in_words(written(shown(built.figure))))
    assert len(united(found.question, found.depiction).ways) > 1
    with pytest.raises(ReplayError, match="open_reading"):
        proof_of(found, solver)


def test_a_proof_is_told_on_the_command_line() -> None:
    found = corrected("In △ABC, ∠ABC = 50° and ∠BAC = 60°. Find ∠ACB.", "")
    said = told(found, DOZEN / "gdl")
    assert said["theorems"] and "70" in said["proof"]
    command = ["solve", "--question", found.question.text, "--gdl", str(DOZEN / "gdl")]
    printed = CliRunner().invoke(app, command)
    assert printed.exit_code == 0 and "A proof:" in printed.stdout
    missing = CliRunner().invoke(app, [*command[:-1], str(Path("nowhere"))])
    assert isinstance(missing.exception, InputError)
