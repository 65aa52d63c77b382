from pathlib import Path

import pytest

from redstar_geo.answer import verify
from redstar_geo.errors import InputError
from redstar_geo.sources import college_math
from tests.sources.small import jsonl, sorted_out

ROW = {
    "data_source": "college_math.Some_Algebra",
    "question_number": "exercise.1.2.3",
    "question": "Simplify: $\\sqrt{18}$",
    "answer": "$3 \\sqrt{2}$",
    "license": "Creative Commons Attribution 3.0 Unported License (CC BY 3.0)",
    "data_topic": "college_math.algebra",
}


def test_each_row_has_its_licence_and_other_sets_stay_out(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "full_test.json", [ROW, ROW | {"data_source": "gsm8k"}, ROW | {"answer": ""}])
    (problem,), rejected = sorted_out(college_math.problems(str(path)))
    assert problem.licence == ROW["license"]
    assert problem.meta == {name: ROW[name] for name in ("data_source", "question_number", "data_topic")}
    assert verify(problem.answer, "\\boxed{\\sqrt{18}}").status == "correct"
    assert rejected == {"other_source": 1, "no_answer": 1}


def test_it_is_not_on_the_hub() -> None:
    with pytest.raises(InputError, match="not on the hub"):
        college_math.problems()
