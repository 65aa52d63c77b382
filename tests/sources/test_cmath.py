from pathlib import Path

import pytest

from redstar_geo.errors import InputError
from redstar_geo.sources import cmath
from tests.sources.small import jsonl, sorted_out

ROW = {
    "grade": 3,
    "question": "小明有12个苹果，吃了5个，还剩几个？",
    "golden": "7",
    "reasoning_step": 1,
    "num_digits": 2,
}


def test_rows_become_chinese_problems(tmp_path: Path) -> None:
    rows = [ROW, ROW | {"golden": 7}, ROW | {"golden": ""}, ROW | {"question": " "}, "{"]
    found, reasons = sorted_out(cmath.problems(str(jsonl(tmp_path / "test.jsonl", rows))))
    assert [(problem.answer, problem.answer_kind, problem.language) for problem in found] == [("7", "number", "zh")] * 2
    assert (found[0].id, found[0].domain, found[0].meta["grade"]) == ("cmath/test/0", "math", 3)
    assert reasons == {"no_answer": 1, "missing_field": 1, "bad_json": 1}


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lacks golden"):
        list(cmath.problems(str(jsonl(tmp_path / "test.jsonl", [{"grade": 1, "question": "几？"}]))))


def test_as_the_qwen_evaluation_ships_it(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "cmath" / "test.jsonl", [{"question": "小明有2个苹果，又买了3个，共几个？", "answer": "5"}])
    for given in (path, path.parent):
        ((problem,), rejected) = sorted_out(cmath.problems(str(given)))
        assert not rejected and problem.answer == "5"
