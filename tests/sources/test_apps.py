import json
from pathlib import Path

import pytest

from redstar_geo.errors import InputError
from redstar_geo.sandbox.tests import parse
from redstar_geo.sources import apps
from tests.sources.small import jsonl, sorted_out

ROW = {
    "problem_id": 17,
    "question": "Print the larger of two numbers.",
    "solutions": json.dumps(["print(max(map(int, input().split())))"]),
    "input_output": json.dumps({"inputs": ["1 2\n", "9 3\n"], "outputs": ["2\n", "9\n"]}),
    "difficulty": "introductory",
    "url": "https://example.org/17",
    "starter_code": "",
}


def test_rows_of_one_split(tmp_path: Path) -> None:
    jsonl(tmp_path / "train.jsonl", [ROW, ROW | {"input_output": ""}, ROW | {"input_output": "{"}, "{"])
    jsonl(tmp_path / "test.jsonl", [ROW | {"problem_id": 3, "solutions": ""}])
    ((problem,), reasons) = sorted_out(apps.problems(str(tmp_path)))
    assert reasons == {"no_tests": 1, "bad_tests": 1, "bad_json": 1}
    assert (problem.id, problem.split, problem.difficulty) == ("apps/train/0", "train", None)
    assert problem.meta == {
        "problem_id": 17,
        "difficulty": "introductory",
        "url": "https://example.org/17",
        "solutions": ["print(max(map(int, input().split())))"],
    }
    assert problem.tests is not None and [case.input for case in parse(problem.tests).cases] == ["1 2\n", "9 3\n"]
    ((other,), _) = sorted_out(apps.problems(str(tmp_path), "test"))
    assert (other.meta["problem_id"], other.meta["solutions"]) == (3, [])


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "train.jsonl", [{key: ROW[key] for key in ("problem_id", "question", "solutions")}])
    with pytest.raises(InputError, match="lacks input_output, difficulty, url, starter_code"):
        list(apps.problems(str(path)))
    with pytest.raises(InputError, match="hf download codeparrot/apps"):
        list(apps.problems(None))
