import json
import math
from pathlib import Path

import numpy as np
import pytest

from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.figure import Circle, Figure, holds, measure
from redstar_geo.geometry.fit import Fitted, fit, shown
from redstar_geo.geometry.fit.system import Starts, System
from redstar_geo.geometry.formal import FormalSolver, balanced
from tests.bench.geometry_fit import goal_agrees
from tests.paths import DOZEN

TRIANGLE = ["Shape(AB,BC,CA)"]


def value(figure: Figure, expression: str) -> float:
    return measure(figure, cdl.parse(expression))


def real_problems(folder: Path, every: int = 1) -> list[dict]:
    files = sorted((folder / "problems").glob("*.json"))
    return [json.loads(file.read_text()) for file in files[::every]]


def fit_real(problem: dict) -> Fitted:
    return fit(problem["construction_cdl"], [balanced(text) for text in problem["text_cdl"] + problem["image_cdl"]])


def test_real_problems_get_figures_that_show_every_given_and_the_gold_answer() -> None:
    assert fitted_and_agreeing(real_problems(DOZEN)) == (12, 12)


def fitted_and_agreeing(problems: list[dict]) -> tuple[int, int]:
    """How many have figures, which show every given, and how many of these show the gold answer."""
    fitted = [(problem, found) for problem in problems if (found := fit_real(problem)).figures]
    for problem, found in fitted:
        if "reflex_angle" not in found.departures:
            givens = [balanced(text) for text in problem["text_cdl"] + problem["image_cdl"]]
            lines = [text for text in problem["construction_cdl"] if text.startswith("Collinear")]
            assert all(holds(figure, text) for figure in found.figures for text in givens + lines)
    return len(fitted), sum(goal_agrees(found.figures, problem) for problem, found in fitted)


def test_solver_and_figures_agree_on_every_derived_value() -> None:
    solver = FormalSolver(DOZEN / "gdl")
    compared = 0
    for problem in real_problems(DOZEN):
        found = fit_real(problem)
        for name, text in solver.replay_with_values(problem)[1].items():
            known = float(cdl.value(text).evalf())
            if not (name.startswith("MeasureOfAngle") and known > 180):  # figures measure angles up to 180°
                assert all(math.isclose(value(f, name), known, rel_tol=1e-6, abs_tol=1e-6) for f in found.figures), name
                compared += len(found.figures)
    assert compared > 200


def test_what_the_givens_determine_is_the_same_in_all_figures_and_the_rest_is_not() -> None:
    givens = ["Equal(MeasureOfAngle(ABC),40)", "Equal(MeasureOfAngle(BCA),75)"]
    found = fit(TRIANGLE, givens, count=3)
    assert len(found.figures) == 3
    assert all(math.isclose(value(figure, "MeasureOfAngle(CAB)"), 65) for figure in found.figures)
    sides = [value(figure, "LengthOfLine(AB)") for figure in found.figures]
    assert min(abs(a - b) for i, a in enumerate(sides) for b in sides[:i]) > 0.01


def test_angles_and_outlines_run_counter_clockwise() -> None:
    sides = ["Equal(LengthOfLine(AB),3)", "Equal(LengthOfLine(BC),4)", "Equal(LengthOfLine(CA),5)"]
    for figure in fit(TRIANGLE, sides).figures:
        a, b, c = (complex(*figure.at(name)) for name in "ABC")
        assert math.isclose(((b - a).conjugate() * (c - a)).imag, 12)


def test_an_angle_written_the_wrong_way_round_is_a_departure() -> None:
    found = fit(TRIANGLE, ["Equal(MeasureOfAngle(CBA),90)"])
    assert found.figures and found.departures == ("direction",)
    assert all(holds(figure, "Equal(MeasureOfAngle(CBA),90)") for figure in found.figures)


def test_arcs_symbols_and_areas_are_fitted() -> None:
    construction = ["Shape(OAB,BO,OA)", "Shape(AO,OB,BA)", "Cocircular(O,AB)"]
    givens = ["IsCentreOfCircle(O,O)", "Equal(MeasureOfArc(OAB),3*x)", "Equal(AreaOfSector(OAB),6*pi)", "Equal(x,20)"]
    for figure in fit(construction, givens).figures:
        assert math.isclose(figure.symbols["x"], 20)
        assert math.isclose(figure.circle("O").radius, 6)
        assert math.isclose(value(figure, "LengthOfLine(AB)"), 6)


def test_a_circle_without_centre_point_gets_one() -> None:
    construction = ["Shape(AB,BC,CA)", "Cocircular(O,ABC)"]
    figure = fit(construction, ["Equal(LengthOfLine(AB),RadiusOfCircle(O))"]).figures[0]
    assert figure.circle("O").centre == "o"
    assert math.isclose(value(figure, "MeasureOfAngle(BCA)"), 30)


@pytest.mark.parametrize(
    ("givens", "reason"),
    [
        (["Equal(MeasureOfAngle(ABC),100)", "Equal(MeasureOfAngle(BCA),100)"], "no_convergence"),
        (["Equal(LengthOfLine(AB),9)", "Equal(LengthOfLine(BC),3)", "Equal(LengthOfLine(CA),4)"], "no_convergence"),
        (["Equal(LengthOfLine(AB),7)", "Equal(LengthOfLine(BC),3)", "Equal(LengthOfLine(CA),4)"], "degenerate"),
        (["Equal(LengthOfLine(AZ),9)"], "unsupported_statement"),
        (["Equal(RadiusOfCircle(O),9)"], "unsupported_statement"),
        (["IsPretty(ABC)"], "unsupported_statement"),
        (["Equal(LengthOfLine(AB"], "unsupported_statement"),
        (["Kite(ABC)"], "unsupported_statement"),
        (["IsTangentOfCircle(A,O)"], "unsupported_statement"),
        (["Equal(LengthOfLine(AB),10^400)"], "no_convergence"),
    ],
)
def test_failures_have_a_reason(givens: list[str], reason: str) -> None:
    found = fit(TRIANGLE, givens)
    assert not found.figures and found.reason.partition(":")[0] == reason


def test_a_construction_of_other_words_is_refused() -> None:
    for construction in (["Shape(exit())"], [], [f"Collinear({'ABCDEFGHIJ' * 400})"] * 2):
        assert fit(construction, []).reason.startswith("unsupported_statement")


def test_the_same_seed_gives_the_same_figures() -> None:
    givens = ["IsoscelesTriangle(ABC)"]
    assert fit(TRIANGLE, givens, seed=7) == fit(TRIANGLE, givens, seed=7) != fit(TRIANGLE, givens, seed=8)


@pytest.mark.parametrize("family", FAMILIES)
def test_near_a_built_in_figure_the_answer_stays(family: str) -> None:
    built = construct(family, 11, 5)
    found = fit(shown(built.figure), built.proof.givens, start=built.figure)
    assert len(found.figures) == 3
    answer = float(cdl.value(built.proof.answer).evalf())
    for figure in found.figures:
        assert figure != built.figure
        assert all(holds(figure, text) for text in built.proof.givens)
        assert math.isclose(value(figure, built.proof.goal), answer, rel_tol=1e-7)


def test_what_a_figure_shows() -> None:
    points = {"A": (0.0, 0.0), "B": (4.0, 0.0), "M": (1.0, 0.0), "C": (0.0, 3.0), "D": (6.0, 0.0), "O": (2.0, 1.5)}
    figure = Figure(points, ("AB", "AC", "BC", "BD"), {"O": Circle("O", 2.5)})
    lines = {min(text[10:-1], text[-2:9:-1]) for text in shown(figure) if text.startswith("Collinear")}
    assert lines == {"AMBD", "BOC"}
    circle = shown(figure)[-1]
    assert circle.startswith("Cocircular(O,") and sorted(circle[13:-1]) == ["A", "B", "C"]
    arcs = [
        value(figure, f"MeasureOfArc(O{a}{b})") for a, b in zip(circle[13:-1], circle[14:-1] + circle[13], strict=True)
    ]
    assert math.isclose(sum(arcs), 360)


@pytest.mark.parametrize("directed", [True, False])
def test_derivatives_match_finite_differences(directed: bool) -> None:
    equations = [
        "LengthOfLine(AB)*x-AreaOfTriangle(ABC)/RadiusOfCircle(O)",
        "Cos(Turn(AB,CD))+sqrt(LengthOfLine(AC))",
        "Tan(MeasureOfAngle(ABC)/2)-Sin(Arc(DAB))^2",
        "Tilt(AB,DC)+3*Corner(CDA)-x",
        "AreaOfQuadrilateral(ABCD)*pi-7",
    ]
    system = System(
        "ABCD", [cdl.parse(text) for text in equations], [(cdl.parse("LengthOfLine(CD)"), 50, 90)], directed
    )
    rows = np.random.default_rng(0).normal(3, 1, (4, system.unknowns))
    system.normalise(Starts(rows, 1.0))
    _, jacobian = system.residuals(rows, 0.5)
    for k in range(system.unknowns):
        step = np.zeros(system.unknowns)
        step[k] = 1e-6
        slope = (system.residuals(rows + step, 0.5)[0] - system.residuals(rows - step, 0.5)[0]) / 2e-6
        assert np.allclose(jacobian[:, :, k], slope, rtol=1e-4, atol=1e-6)
