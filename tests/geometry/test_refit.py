"""FormalGeo7k's problems with other values: both figures are true, and both answers are proved."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from redstar_geo.errors import InputError
from redstar_geo.geometry import cdl
from redstar_geo.geometry.figure import close, holds, measure
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.refit import RefitError, counterfactual, values
from redstar_geo.records import Problem
from redstar_geo.sources.counterfactual import formalgeo7k_pairs
from redstar_geo.sources.reading import test_split as ids_of_the_test_split
from tests.paths import DOZEN
from tests.sources.formal_set import AB, BC, RIGHT, problem


def drawn(givens: list[str], image: list[str] | None = None, **changes: Any) -> dict[str, Any]:
    return problem(givens, image_cdl=givens if image is None else image, **changes)


LEGS = drawn([AB, BC, RIGHT])
LETTERS = drawn(
    [
        "Equal(LengthOfLine(AB),3*x-5)",
        "Equal(LengthOfLine(AC),2*x+7)",
        "Equal(LengthOfLine(AB),LengthOfLine(AC))",
        "Equal(LengthOfLine(BC),22)",
    ],
    answer="12",
    theorems=[],
    goal_cdl="Value(x)",
    problem_text_en="As shown in the diagram, AB=3*x-5, AC=2*x+7, AB=AC, BC=22. Find the value of x.",
)
ANGLES = drawn(
    ["Equal(MeasureOfAngle(ABC),50)", "Equal(MeasureOfAngle(BCA),60)"],
    answer="70",
    theorems=["triangle_property_angle_sum(1,ABC)"],
    goal_cdl="Value(MeasureOfAngle(CAB))",
    problem_text_en="As shown in the diagram, ∠ABC=50°, ∠BCA=60°. Find the measure of ∠CAB.",
)

SQUARE = "Equal(MeasureOfAngle(ABC),90)"


@pytest.fixture(scope="module")
def solver() -> FormalSolver:
    return FormalSolver(DOZEN / "gdl")


@pytest.mark.parametrize("formal", [LEGS, LETTERS, ANGLES], ids=["legs", "letters", "angles"])
@pytest.mark.parametrize("seed", range(3))
def test_both_figures_are_true_and_both_answers_proved(formal: dict[str, Any], seed: int, solver: FormalSolver) -> None:
    first, other = counterfactual(formal, solver, Random(seed))
    assert first.formal == formal and first.picture != other.picture
    assert first.formal["problem_answer"] != other.formal["problem_answer"]
    changed = set(other.formal["text_cdl"]) - set(formal["text_cdl"])
    assert changed and changed <= set(values(other.formal)) <= set(other.formal["image_cdl"])
    for each in (first, other):
        assert all(holds(each.figure, text) for text in each.formal["text_cdl"])
        goal, answer = cdl.parse(each.formal["goal_cdl"]).terms[0], each.formal["problem_answer"]
        assert close(measure(each.figure, goal), float(cdl.value(answer)))
        assert solver.replay(each.formal).answer == answer
        written = {mark.text for mark in each.figure.marks} - {""}
        assert len(written) == len(values(each.formal)), "each value stands in the picture"


def test_a_plain_answer_stays_one(solver: FormalSolver) -> None:
    """Other legs would have a root for hypotenuse, so all are scaled."""
    for seed in range(5):
        answer = counterfactual(LEGS, solver, Random(seed))[1].formal["problem_answer"]
        assert "sqrt" not in answer


@pytest.mark.parametrize(
    ("formal", "reason"),
    [
        (drawn([AB, BC, RIGHT], [AB, RIGHT]), "value_in_the_text"),
        (drawn([AB, BC, RIGHT, "Equal(AreaOfTriangle(ABC),6)"]), "value_in_the_text"),
        (drawn([AB, BC, RIGHT, "Equal(MeasureOfAngle(ABC),x/2)"]), "value_not_drawn"),
        (drawn([AB, BC, RIGHT], construction_cdl=["Shape(AB,BC,CA)", "Collinear(ADB)"]), "value_not_drawn"),
        (drawn(["Equal(LengthOfLine(AB),x)", RIGHT]), "no_value"),
        (drawn([AB, BC, RIGHT], answer="6"), "other_answer"),
        (drawn([AB, BC, "Equal(LengthOfLine(AC),9)"], answer="9"), "not_fitted"),
        (
            drawn(["Equal(MeasureOfAngle(ABC),90)"], answer="90", goal_cdl="Value(MeasureOfAngle(ABC))"),
            "no_other_values",
        ),
    ],
)
def test_what_has_no_pair_says_why(formal: dict[str, Any], reason: str, solver: FormalSolver) -> None:
    with pytest.raises(RefitError) as caught:
        counterfactual(formal, solver, Random(0))
    assert caught.value.reason == reason


def folder_of(path: Path, rows: dict[int, dict[str, Any]]) -> Path:
    (path / "problems").mkdir(parents=True)
    shutil.copytree(DOZEN / "gdl", path / "gdl")
    for number, row in rows.items():
        (path / "problems" / f"{number}.json").write_text(json.dumps(row))
    return path


def test_the_pairs_of_a_folder_have_no_value_in_their_text(tmp_path: Path) -> None:
    test, train = (
        [number for number in range(1, 60) if (f"formalgeo7k/{number}" in ids_of_the_test_split()) == wanted]
        for wanted in (True, False)
    )
    rows = {test[0]: LEGS, test[1]: LETTERS, test[2]: drawn([AB, BC, RIGHT], goal_cdl="Equal(LengthOfLine(AB),3)")}
    folder = folder_of(tmp_path, rows | {train[0]: ANGLES})
    items = list(formalgeo7k_pairs(folder, 10, 0, "test"))
    found = {item.id.removeprefix("counterfactual/formalgeo7k/"): item for item in items if isinstance(item, Problem)}
    assert found.keys() == {f"{number}{ending}" for number in test[:2] for ending in ("", "-other")}
    assert [item.reason for item in items if not isinstance(item, Problem)] == ["asks_for_a_proof"]
    first, other = (found[f"{test[1]}{ending}"] for ending in ("", "-other"))
    assert first.question == other.question and first.answer == "12" != other.answer
    assert first.question == (
        "As shown in the diagram, AB = AC. The given values are marked in the diagram. Find the value of x."
    )
    assert first.meta["pair"] == other.meta["pair"] and first.images != other.images
    assert list(formalgeo7k_pairs(folder, 10, 0, "test")) == items
    assert next(item.id for item in formalgeo7k_pairs(folder, 10, 0, "train")).endswith(f"/{train[0]}")
    assert len([item for item in formalgeo7k_pairs(folder, 1, 0, "test") if isinstance(item, Problem)]) == 2
    shutil.rmtree(folder / "gdl")
    with pytest.raises(InputError, match="gdl"):
        list(formalgeo7k_pairs(folder, 1, 0, "test"))
