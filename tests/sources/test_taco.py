import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from redstar_geo.errors import InputError
from redstar_geo.records import Problem, from_row, to_row
from redstar_geo.sandbox.tests import parse
from redstar_geo.sources import taco
from tests.sources.small import parquet, sorted_out


def row(**changes: Any) -> dict[str, Any]:
    return {
        "question": "Read n numbers, print their sum.",
        "solutions": json.dumps(["input()\nprint(sum(map(int, input().split())))"] * 7),
        "starter_code": "",
        "input_output": json.dumps({"inputs": ["2\n1 5\n"], "outputs": ["6\n"]}),
        "difficulty": "MEDIUM_HARD",
        "raw_tags": "['math']",
        "name": "Sum",
        "source": "codeforces",
        "tags": "['Mathematics']",
        "skill_types": "[]",
        "url": "https://example.org/1",
        "Expected Auxiliary Space": "",
        "time_limit": "2.0 seconds",
        "date": "2020-01-01",
        "picture_num": "0",
        "memory_limit": "256.0 megabytes",
        "Expected Time Complexity": "",
    } | changes


def arrow(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(rows)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)


def test_a_row_keeps_what_judging_and_prompting_need(tmp_path: Path) -> None:
    path = parquet(tmp_path / "ALL" / "train-00000-of-00009.parquet", [row()])
    ((problem,), reasons) = sorted_out(taco.problems(str(path)))
    assert not reasons and problem.id == "taco/train/0"
    assert (problem.domain, problem.answer, problem.answer_kind, problem.licence) == ("code", "", "tests", "Apache-2.0")
    assert (problem.difficulty, problem.difficulty_by) == (6.0, "taco label")
    assert problem.meta == {
        "difficulty": "MEDIUM_HARD",
        "url": "https://example.org/1",
        "time_limit": "2.0 seconds",
        "memory_limit": "256.0 megabytes",
        "tags": "['Mathematics']",
        "skill_types": "[]",
        "name": "Sum",
        "source": "codeforces",
        "solutions": ["input()\nprint(sum(map(int, input().split())))"] * 5,
    }
    assert problem.tests is not None and parse(problem.tests).cases[0].expected == "6\n"
    assert from_row(Problem, to_row(problem)) == problem


def test_labels_spread_over_the_scale_and_an_unknown_one_says_nothing(tmp_path: Path) -> None:
    labels = ["EASY", "MEDIUM", "MEDIUM_HARD", "HARD", "VERY_HARD", "UNKNOWN_DIFFICULTY", None]
    path = parquet(tmp_path / "train.parquet", [row(difficulty=label) for label in labels])
    problems, _ = sorted_out(taco.problems(str(path)))
    assert [problem.difficulty for problem in problems] == [2, 4, 6, 8, 10, None, None]
    assert [problem.difficulty_by for problem in problems] == ["taco label"] * 5 + [None] * 2


def test_the_authors_arrow_files_are_read_by_split_and_in_order(tmp_path: Path) -> None:
    for part in (3, 0, 4, 1, 2):
        rows = [row(name=f"{part}-{number}") for number in range(5)]
        arrow(tmp_path / "train" / f"data-0000{part}-of-00005.arrow", rows)
    arrow(tmp_path / "test" / "data-00000-of-00001.arrow", [row(name="other")])
    problems, _ = sorted_out(taco.problems(str(tmp_path)))
    assert [problem.meta["name"] for problem in problems] == [f"{p}-{n}" for p in range(5) for n in range(5)]
    assert problems[-1].id == "taco/train/24"
    assert [problem.meta["name"] for problem in sorted_out(taco.problems(str(tmp_path), "test"))[0]] == ["other"]


def test_a_function_to_call(tmp_path: Path) -> None:
    tests = json.dumps({"fn_name": "double", "inputs": [[2], [5]], "outputs": [[4], [10]]})
    starter = "class Solution:\n    def double(self, n: int) -> int:\n"
    path = parquet(tmp_path / "train.parquet", [row(input_output=tests, starter_code=starter)])
    ((problem,), _) = sorted_out(taco.problems(str(path)))
    assert problem.meta["starter_code"] == starter and problem.tests is not None
    assert json.loads(problem.tests) == {
        "kind": "call",
        "fn_name": "double",
        "cases": [{"input": [2], "expected": 4}, {"input": [5], "expected": 10}],
        "checker": "exact",
    }


def test_what_cannot_be_judged_is_counted(tmp_path: Path) -> None:
    rows = [
        row(input_output=""),
        row(input_output='{"inputs": [], "outputs": []}'),
        row(input_output='{"inputs": ["1"'),
        row(solutions='["print('),
        row(question=None),
        row(solutions=""),
    ]
    problems, reasons = sorted_out(taco.problems(str(parquet(tmp_path / "train.parquet", rows))))
    assert reasons == {"no_tests": 2, "bad_tests": 1, "bad_solutions": 1, "missing_field": 1}
    assert [problem.meta["solutions"] for problem in problems] == [[]]


def test_a_wrong_copy_is_the_users_mistake(tmp_path: Path) -> None:
    arrow(tmp_path / "train" / "data-00000-of-00001.arrow", [{"question": "…", "answer": "3"}])
    with pytest.raises(InputError, match="lacks difficulty, input_output, solutions, starter_code"):
        list(taco.problems(str(tmp_path)))
    (tmp_path / "train" / "data-00000-of-00001.arrow").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(InputError, match="Fetch it again"):
        list(taco.problems(str(tmp_path)))
    few = parquet(tmp_path / "few.parquet", [{key: value for key, value in row().items() if key != "input_output"}])
    with pytest.raises(InputError, match="lacks input_output"):
        list(taco.problems(str(few)))
    with pytest.raises(InputError, match="hf download BAAI/TACO"):
        list(taco.problems(None))
